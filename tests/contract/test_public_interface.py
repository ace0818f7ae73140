"""The names on which handlers and programs of others may rely: exactly these, and all that their signatures name."""

import inspect
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args, get_type_hints

import pytest

from labelguard import embed, handler
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.standin import StandIn

HANDLER = {
    *("JSON", "AnnotatedDocument", "Case", "Condition", "Content", "Control", "Document", "Handler", "Label"),
    *("ObjectTag", "Region", "Role", "Span", "is_list_of_texts", "label_names", "wrong_labels", "wrong_paths"),
}
EMBED = {
    *("Engine", "EngineThread", "LabelguardError", "Outcome", "Policy", "Prediction", "ProjectPlan", "Settings"),
    *("Task", "label_studio_access", "running_engine"),
}


@pytest.mark.parametrize(("module", "names"), [(handler, HANDLER), (embed, EMBED)])
def test_exactly_these_names_are_public(module, names):
    assert set(module.__all__) == names
    assert {name for name, value in vars(module).items() if not name.startswith("__")} == names
    assert sorted(module.__all__) == sorted(set(module.__all__))


def classes(hint: Any) -> set[type]:
    """Return our own classes in a type."""
    inner = set().union(*map(classes, get_args(hint)))
    return inner | ({hint} if isinstance(hint, type) and hint.__module__.startswith("backend") else set())


@pytest.mark.parametrize("protocol", [handler.Handler, handler.Document])
def test_all_that_a_handler_is_given_and_gives_is_public(protocol):
    public = {getattr(handler, name) for name in handler.__all__ if isinstance(getattr(handler, name), type)}
    own = [part for name, part in vars(protocol).items() if not name.startswith("_")]
    functions = [part.fget if isinstance(part, property) else part for part in own]
    hints = [get_type_hints(function) for function in functions if inspect.isfunction(function)]
    used = classes(tuple[tuple(hint for each in hints for hint in each.values())])  # type: ignore[misc]
    assert used
    assert used <= public


def test_every_public_name_is_told():
    for module in (handler, embed):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert value.__doc__, name


def test_a_handlers_imports_load_no_engine():
    code = "import sys, labelguard.handler; print(*{m.split('.')[1] for m in sys.modules if m[:8] == 'backend.'})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(shown.split()) == {"labelstudio", "system"}


def test_the_example_for_embedders_predicts(tmp_path, monkeypatch):
    @contextmanager
    def running(policy):
        yield build_engine(policy, lambda text: [])

    monkeypatch.chdir(tmp_path)
    names = {name: getattr(embed, name) for name in embed.__all__}
    names |= {"Path": Path, "label_config": SENTIMENT, "running_engine": running}  # the real one takes half a minute
    example = (embed.__doc__ or "").split("\n\n")[1]
    with StandIn() as model:
        write_policy(tmp_path, {"own": provider(model.address)})
        exec(dedent(example), names)
    (outcome,) = names["outcomes"]
    assert isinstance(outcome, embed.Prediction)
    assert outcome.payload()["result"][0]["value"] == {"choices": ["Good"]}
