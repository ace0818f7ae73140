"""What is put off is imported once, whole, in its own order, and by whoever asks for it first."""

import subprocess
import sys

import pytest

FILES = {
    "house/__init__.py": "from house.light import Light\nfrom house.heavy import Heavy\nfrom house.annex import Deep\n",
    "house/light.py": "class Light:\n    pass\n",
    "house/heavy.py": "from house import Light\nimport house.annex.deep\nclass Heavy(Light):\n    pass\n",
    "house/annex/__init__.py": "from .shallow import Shallow\nfrom .deep import Deep\n",
    "house/annex/shallow.py": "class Shallow:\n    pass\n",
    "house/annex/deep.py": "print('deep')\nclass Deep:\n    pass\n",
    "maker.py": "print('made')\nclass Maker:\n    def __init__(self, what): self.what = what\n",
}
PUT_OFF = (
    "import sys\n"
    "from backend.system.imports import class_put_off, put_off\n"
    "put_off('house', {'Light': 'light', 'annex': 'annex'})\n"
    "put_off('house.annex', {'Shallow': 'shallow'})\n"
)


@pytest.fixture
def says(tmp_path, monkeypatch):
    """Runs code in a process of its own, and returns what it says."""
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def run(code: str) -> list[str]:
        command = [sys.executable, "-c", f"import sys; sys.path.append({str(tmp_path)!r})\n{PUT_OFF}{code}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    return run


def test_a_name_that_stands_alone_is_taken_alone(says):
    taken = "from house import Light\nfrom house.annex import Shallow\nimport house.light\n"
    assert says(taken + "print('house.heavy' in sys.modules)") == ["False"]


@pytest.mark.parametrize(
    "line",
    [
        "from house import Heavy",
        "from house.annex import Deep",
        "import house.annex.deep",
        "import house.heavy",
        "import house; house.Heavy",
    ],
)
def test_whatever_else_is_taken_imports_the_whole_once(says, line):
    code = (
        f"from house import Light as before\n{line}\nimport house\n"
        "from house import Deep, Heavy, Light\nfrom house.annex.deep import Deep as same\n"
        "print(Light is before, issubclass(Heavy, Light), Deep is same, house.heavy is sys.modules['house.heavy'])"
    )
    assert says(code) == ["deep", "True", "True", "True", "True"]


def test_a_name_that_it_has_not_is_told_as_ever(says):
    assert says("try:\n    from house import Nothing\nexcept ImportError:\n    print('none')") == ["deep", "none"]


def test_what_was_imported_or_is_not_there_is_left_alone(says):
    code = (
        "put_off('nowhere', {})\nimport json\nput_off('json', {})\n"
        "print('nowhere' in sys.modules, json is sys.modules['json'])"
    )
    assert says(code) == ["False", "True"]


def test_a_class_is_imported_when_it_is_first_made(says):
    code = (
        "with class_put_off('maker', 'Maker'):\n    from maker import Maker\n"
        "print('maker' in sys.modules)\nprint(Maker('tea').what)\nfrom maker import Maker as real\nprint(real.__name__)"
    )
    assert says(code) == ["False", "made", "tea", "Maker"]
