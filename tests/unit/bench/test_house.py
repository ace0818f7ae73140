"""The code is drawn and measured as it is."""

from tests.bench.house import House, draw, drawn, figures, floors, measure, reach, without_detours

GRAPH = {
    "app": frozenset({"rules", "words"}),
    "rules": frozenset({"words"}),
    "words": frozenset(),
    "one": frozenset({"other", "words"}),
    "other": frozenset({"one"}),
    "above": frozenset({"one"}),
}
FILES = {
    "backend/__init__.py": '"""The code."""\n',
    "backend/errors.py": '"""What goes wrong."""\n\nclass Error(Exception): ...\n',
    "backend/engine/__init__.py": '"""One step after the other."""\n',
    "backend/engine/ask.py": "from backend.errors import Error\n\ndef ask():\n    import handlers.rating  # noqa\n",
    "backend/engine/parts.py": "from backend.engine import ask\nimport json\n\nclass Error: ...\n",
    "handlers/__init__.py": '"""The task types."""\nfrom backend import errors\n',
    "handlers/rating.py": '"""Stars."""\nHANDLER = 1\n',
    "pyproject.toml": '[[tool.importlinter.contracts]]\nlayers = ["engine", "errors"]\n',
}


def house(tmp_path):
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return House.read(tmp_path)


def test_whoever_needs_another_stands_above_it_and_a_circle_stands_on_one_floor():
    assert floors(GRAPH) == {"words": 1, "rules": 2, "app": 3, "one": 2, "other": 2, "above": 3}


def test_a_circle_leads_back_to_itself():
    assert [name for name, others in reach(GRAPH).items() if name in others] == ["one", "other"]


def test_an_arrow_is_left_out_where_a_longer_way_leads_there():
    assert without_detours(GRAPH)["app"] == {"rules"}


def test_imports_are_read_wherever_they_stand(tmp_path):
    found = house(tmp_path)
    assert found.imports["backend.engine.ask"] == {"backend.errors", "handlers.rating"}
    assert found.imports["backend.engine.parts"] == {"backend.engine.ask"}
    assert found.packages == {
        "engine": frozenset({"errors", "handlers"}),
        "errors": frozenset(),
        "handlers": frozenset({"errors"}),
    }


def test_the_picture_has_all_packages_with_what_they_say_of_themselves(tmp_path):
    picture = draw(house(tmp_path))
    assert "    engine --> handlers\n    handlers --> errors\n" in picture
    assert "| 3 | `backend/engine/` | One step after the other. | errors, handlers |\n" in picture
    assert "| 1 | `backend/errors.py` | What goes wrong. |  |\n" in picture


def test_what_stands_in_a_document_is_what_was_drawn():
    assert drawn("a\n<!-- drawn by make draw-house -->\npicture\n<!-- until here -->\nb\n") == "picture\n"


def test_figures(tmp_path):
    found = dict(figures(house(tmp_path)))
    assert found["files"] == "7, 2 of them a docstring alone"
    assert found["functions"] == "1, median 2 lines, longest 2 (backend.engine.ask.ask)"
    assert found["packages"] == "3 on 3 floors, 3 arrows"
    assert found["modules in a circle"] == "0"
    assert found["layers of the contract"] == "2"
    assert found["noqa"] == "1"
    assert found["public names twice"] == "1: Error"


def test_each_package_has_its_line(tmp_path):
    _, packages = measure(house(tmp_path))
    assert packages.row_count == 3
