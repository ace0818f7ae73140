"""The privacy suite passes in a network namespace with nothing but loopback: detection fetches nothing, ever."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.child import ROOT
from tests.privacy.offline import ways_out

SUITE = ("answers", "detect", "lookup", "normalize", "operators", "redact", "structure")
"""What the names of the privacy suite's files in tests/unit begin with, after test_; those of tests/unit/detect too."""
WITHOUT = "not property and not model and not label_studio and not browser and not compose"
ELSEWHERE = "not quick and not takes_long and not time_grows and not contacts_nobody"
"""What is about time, or about a network that is watched."""
WAYS = (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net"))
REMEDY = (
    "no network namespace can be made here: run the tests as root, or allow user namespaces"
    " (sysctl kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0;"
    " in a container --cap-add SYS_ADMIN, or --security-opt seccomp=unconfined)"
)


@pytest.fixture(scope="module")
def isolated():
    """Return what runs a command without a network. Where nothing does the tests fail, so that nobody misses it."""
    assert shutil.which("unshare"), "install util-linux, whose unshare makes network namespaces"
    for way in WAYS:
        if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
            return way
    pytest.fail(REMEDY)


def offline(isolated, *arguments):
    command = [*isolated, sys.executable, "-m", "tests.privacy.offline", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def suite():
    files = [file for word in SUITE for file in sorted(ROOT.glob(f"tests/unit/test_{word}*.py"))]
    files += sorted(ROOT.glob("tests/unit/detect/test_*.py"))
    assert {"test_detect.py", "test_redact.py", "test_profiles.py"} <= {file.name for file in files}
    return [str(file.relative_to(ROOT)) for file in files]


def test_the_check_refuses_to_run_where_there_is_a_network():
    done = offline((), "--version")
    assert (done.returncode, "there is a network" in done.stderr) == ((1, True) if ways_out() else (0, False))


def test_a_test_that_reaches_out_fails_in_there(isolated, tmp_path):
    file = tmp_path / "test_out.py"
    file.write_text("import socket\ndef test_out():\n    socket.create_connection(('192.0.2.1', 443), timeout=2)\n")
    done = offline(isolated, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(file))
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Network is unreachable" in done.stdout


def test_the_privacy_suite_needs_no_network(isolated, suite):
    done = offline(isolated, "-q", "-p", "no:cacheprovider", "-m", WITHOUT, "-k", ELSEWHERE, *suite)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-1000:]}"
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > len(suite)
    assert "skipped" not in done.stdout
