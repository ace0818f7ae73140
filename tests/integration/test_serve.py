"""`make serve` and `labelguard predict` as the README has them: by the embedded model, in a folder like a checkout."""

import json
import os
import shutil
import subprocess

import httpx
import pytest

from tests.child import ROOT, Child, free_port
from tests.parts import SENTIMENT, predict_body
from tests.patience import HANGS_S, until_done

# The embedded model runs already, so that each command need not start it anew.
pytestmark = [pytest.mark.model, pytest.mark.usefixtures("embedded_models")]

HAPPY = "Emily Watson was wonderful, I love this clinic. Call me on +1 212 555 0147. Thank you!"


@pytest.mark.parametrize("arguments", [(), ("POLICY=policies/openai-redacted.yaml",)])
def test_make_serve_predicts(tmp_path, arguments):
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI")}
    environment |= {"LABELGUARD_PORT": str(port)}
    with Child(["make", "serve", *arguments], environment, ROOT, tmp_path / "serve.log") as child:
        child.wait_for(f"http://127.0.0.1:{port}/ready", HANGS_S)
        url = f"http://127.0.0.1:{port}/predict"
        body = predict_body(SENTIMENT, HAPPY)
        (result,) = until_done(lambda: httpx.post(url, json=body, timeout=HANGS_S, trust_env=False))
    assert result["result"][0]["value"] == {"choices": ["Good"]}


def test_predict_labels_the_examples(tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    command = [str(ROOT / ".venv/bin/labelguard"), "predict", "examples/tasks.json"]
    command += ["--config", "examples/config.xml", "--policy", "policies/default.yaml", "--out", "predictions.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tasks = json.loads((tmp_path / "predictions.json").read_text())
    moods = [task["predictions"][0]["result"][0]["value"]["choices"] for task in tasks]
    assert moods == [["Positive"], ["Negative"]]
