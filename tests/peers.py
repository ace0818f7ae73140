"""The label configs that other backends show or test themselves with, and a task for each."""

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "fixtures" / "peers"
REVIEW = """
    <h1>Product Review: iPhone 14 Pro</h1>

    <p>The new iPhone 14 Pro represents a significant upgrade over previous models.</p>

    <ul>
        <li>Dynamic Island display integration</li>
        <li>48MP main camera</li>
    </ul>

    <p>Battery life is impressive. Overall, while expensive at $999, this device delivers excellent value.</p>
"""
DIALOGUE = [
    {"role": "user", "content": "What is the capital of France?"},
    {"role": "assistant", "content": "The capital of France is Paris."},
    {"role": "user", "content": "Tell me a joke."},
]
PROMPT = "Answer in one short sentence."


def peers() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return config and data by name; the grid's on Text and on HyperText."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for file in sorted(FOLDER.glob("*.xml")):
        config = file.read_text(encoding="utf-8")
        if file.stem.startswith("grid_"):
            found[f"{file.stem} on Text"] = (config, {"text": REVIEW})
            found[f"{file.stem} on HyperText"] = (config.replace("<Text ", "<HyperText "), {"text": REVIEW})
        else:
            found[file.stem] = (config, {"text": "I love it when my computer crashes", "dialogue": DIALOGUE})
    return found


def context(config: str) -> dict[str, Any] | None:
    """Return what Label Studio sends with a typed prompt, if the config has a box for one."""
    if 'name="prompt"' not in config:
        return None
    names = {"from_name": "prompt", "to_name": "text", "type": "textarea"}
    return {"result": [{"id": "p1", **names, "value": {"text": [PROMPT]}}]}
