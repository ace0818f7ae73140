"""The unit of deploy/labelguard.service, as systemd itself reads it; what it sets are settings, in folders it makes."""

import re
import shutil
import subprocess

import pytest

from backend.settings import Settings, variable
from tests.child import ROOT

UNIT = ROOT / "deploy" / "labelguard.service"
TEXT = UNIT.read_text(encoding="utf-8")


def test_systemd_reads_it(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    own = tmp_path / UNIT.name
    own.write_text(TEXT.replace("/opt/labelguard/bin/labelguard", "/bin/true"))
    done = subprocess.run([program, "verify", "--man=no", str(own)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert said == []


def test_what_it_sets_are_settings_in_folders_that_it_makes():
    given = dict(re.findall(r"^Environment=(\w+)=(.*)$", TEXT, re.MULTILINE))
    assert given.keys() <= {variable(name) for name in Settings.model_fields}
    folders = {"/var/lib/labelguard", "/var/cache/labelguard", "/run/labelguard"}
    assert all(value.removeprefix("sqlite:///").startswith(tuple(folders)) for value in given.values())
    made = re.findall(r"^(State|Cache|Runtime)Directory=labelguard$", TEXT, re.MULTILINE)
    assert len(made) == len(folders)


def test_who_ends_it_waits_as_long_as_it_takes():
    (waits,) = map(int, re.findall(r"^TimeoutStopSec=(\d+)$", TEXT, re.MULTILINE))
    assert waits > 2 * Settings.model_fields["stop_timeout"].default
