"""A case: a folder with case.json and, as needed, config.xml and tasks.json. README.md says what stands in them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.parts import SENTIMENT

FOLDER = Path(__file__).parent
TASK = {"id": 1, "data": {"text": "The stay was lovely, thank you so much to all of you."}}


@dataclass(frozen=True, slots=True)
class Case:
    """What a case's file says, with what stands for the files that its folder lacks.

    Attributes:
        name: its folder's.
        about, report, kind, provider, rule, standin, env, tls, expect, texts: case.json's.
        config: the label config.
        tasks: Label Studio's.
    """

    name: str
    about: str
    report: str = ""
    kind: Literal["serve", "redact"] = "serve"
    provider: dict[str, Any] = field(default_factory=dict)
    rule: dict[str, Any] = field(default_factory=dict)
    standin: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    tls: Literal["", "own"] = ""
    expect: dict[str, Any] = field(default_factory=dict)
    texts: list[dict[str, Any]] = field(default_factory=list)
    config: str = SENTIMENT
    tasks: list[dict[str, Any]] = field(default_factory=lambda: [TASK])

    @classmethod
    def read(cls, folder: Path) -> "Case":
        """Read a case's folder.

        Raises:
            TypeError: case.json has a key that no case has.
        """
        said = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        if (config := folder / "config.xml").exists():
            said["config"] = config.read_bytes().decode()  # with its line ends as they are
        if (tasks := folder / "tasks.json").exists():
            said["tasks"] = json.loads(tasks.read_text(encoding="utf-8"))
        return cls(folder.name, **said)

    @property
    def place(self) -> str:
        """Equal for cases that one server can serve: they want the same TLS and environment, Azure's part aside."""
        shared = {name: value for name, value in self.env.items() if not name.startswith("AZURE_")}
        return json.dumps([self.tls, shared], sort_keys=True)


@dataclass(slots=True)
class Outcome:
    """What came of a case.

    Attributes:
        problems: what was not as the case expects it.
        got: what was, for whoever looks for the reason.
    """

    problems: list[str] = field(default_factory=list)
    got: dict[str, Any] = field(default_factory=dict)

    def want(self, holds: bool, problem: str) -> None:
        """Note a problem unless something holds."""
        if not holds:
            self.problems.append(problem)


def read_cases(words: Iterable[str] = ()) -> list[Case]:
    """Return the cases whose names hold one of these words, all by default: those of one server side by side."""
    names = sorted(file.parent for file in FOLDER.glob("*/case.json"))
    wanted = list(words)
    cases = [Case.read(folder) for folder in names if not wanted or any(word in folder.name for word in wanted)]
    return sorted(cases, key=lambda case: (case.kind, case.place, case.name))
