"""A hash of packages changes with each of their files and their names, and with nothing else."""

from backend.engine.previews.report.versions import package_hash


def test_each_file_counts_but_what_is_compiled(tmp_path, monkeypatch):
    package = tmp_path / "hashed_here"
    (package / "data").mkdir(parents=True)
    for name, text in (("__init__.py", ""), ("data/names.txt", "Ann")):
        (package / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    first = package_hash("hashed_here")
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "a.pyc").write_text("x")
    assert package_hash("hashed_here") == first
    (package / "data" / "names.txt").write_text("Anna")
    changed = package_hash("hashed_here")
    (package / "data" / "names.txt").rename(package / "data" / "other.txt")
    assert len({first, changed, package_hash("hashed_here")}) == 3
