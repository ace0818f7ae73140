"""How far a command is, told where no terminal shows a bar."""

from backend.cli.progress import TaskProgress


def test_lines_say_how_far_it_is(capsys):
    with TaskProgress(every=0) as progress:
        progress.update(1, 200, 0)
        progress.update(1, 200, 0)
        progress.update(1057, 2000, 2)
    assert capsys.readouterr().err.splitlines() == ["1 of 200", "1,057 of 2,000, 2 failed"]


def test_lines_come_now_and_then_alone(capsys):
    with TaskProgress(every=3600) as progress:
        progress.update(1, 200, 0)
    assert capsys.readouterr().err == ""


def test_a_terminal_has_a_bar(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with TaskProgress(every=0) as progress:
        progress.update(57, 200, 2)
    said = capsys.readouterr().err
    assert "57 of 200, 2 failed" in said
