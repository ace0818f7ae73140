"""Builds the documents as a site: docs/ as it stands, but for links that lead out of it, which lead to the repository.

python -m tests.bench.site FOLDER
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory

from tests.child import ROOT

REPOSITORY = "https://github.com/labelguard/labelguard/blob/main/"
_LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")


def outward(markdown: str, name: str) -> str:
    """Have links that lead out of docs/ lead to the repository.

    Args:
        markdown: a document.
        name: its path within docs/.
    """
    folder = PurePosixPath("docs", name).parent

    def led(found: re.Match[str]) -> str:
        target = normpath(str(folder / found[2]))
        return found[0] if target.startswith("docs/") else f"{found[1]}{REPOSITORY}{target}{found[3]}"

    return _LINK.sub(led, markdown)


def build(out: Path) -> str:
    """Write the site; a link that leads nowhere is an error. Returns what was told of it.

    Args:
        out: the folder; what stands there is replaced.

    Raises:
        SystemExit: with what is wrong.
    """
    with TemporaryDirectory() as name:
        work = Path(name)
        shutil.copytree(ROOT / "docs", work / "docs")
        shutil.copy(ROOT / "mkdocs.yml", work)
        for file in (work / "docs").rglob("*.md"):
            inner = file.relative_to(work / "docs").as_posix()
            file.write_text(outward(file.read_text(encoding="utf-8"), inner), encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(work / "site", out)
    return done.stdout


def main() -> None:
    """Build it where the command says."""
    print(build(Path(sys.argv[1])))  # noqa: T201


if __name__ == "__main__":
    main()
