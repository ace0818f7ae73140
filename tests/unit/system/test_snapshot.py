"""Files as they were read, and one as it is given."""

import pytest

from backend.system.disk import MOST
from backend.system.snapshot import GivenSnapshot


def test_of_a_given_file_nothing_else_is_read_but_what_may_be(tmp_path):
    for name in ("list.txt", "secret.txt", "shipped/one.yaml", "shipped/below/two.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    given = tmp_path / "policy.yaml"
    snapshot = GivenSnapshot(given, b"as given", [tmp_path / "list.txt"], [tmp_path / "shipped"])
    assert snapshot.read(given) == b"as given"
    assert snapshot.read(tmp_path / "list.txt") == b"list.txt"
    assert snapshot.read(tmp_path / "shipped" / "one.yaml") == b"shipped/one.yaml"
    for path in ("secret.txt", "shipped/below/two.yaml", "shipped/../secret.txt", "shipped/below/../../secret.txt"):
        assert not snapshot.has(tmp_path / path), path
        with pytest.raises(FileNotFoundError, match="not among the files"):
            snapshot.read(tmp_path / path)


def test_what_is_given_is_bounded(tmp_path):
    with pytest.raises(OSError, match="too large"):
        GivenSnapshot(tmp_path / "a", b"x" * (MOST + 1)).read(tmp_path / "a")
