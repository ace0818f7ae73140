"""The privacy suite passes in a network namespace with nothing but loopback: detection fetches nothing, ever."""

import os
import re
import subprocess

import pytest

from tests.child import ROOT
from tests.patience import HANGS_S
from tests.privacy.offline import ways_out
from tests.privacy.suite import OUTSIDE, files, isolation, offline, runs_whole

REMEDY = (
    "no network namespace can be made here: install util-linux, whose unshare makes them, and run the tests as root,"
    " or allow user namespaces"
    " (sysctl kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0;"
    " in a container --cap-add SYS_ADMIN, or --security-opt seccomp=unconfined)"
)


@pytest.fixture(scope="module")
def isolated():
    """Return what runs a command without a network. Where nothing does the tests fail, so that nobody misses it."""
    return isolation() or pytest.fail(REMEDY)


def run(isolated, *arguments):
    command = offline(isolated, *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANGS_S, check=False)


def test_the_check_refuses_to_run_where_there_is_a_network():
    outside = os.environ.get(OUTSIDE)
    done = run(("nsenter", f"--net={outside}") if outside else (), "--version")
    is_there = ways_out() or outside
    assert (done.returncode, "there is a network" in done.stderr) == ((1, True) if is_there else (0, False))


def test_a_test_that_reaches_out_fails_in_there(isolated, tmp_path):
    file = tmp_path / "test_out.py"
    file.write_text("import socket\ndef test_out():\n    socket.create_connection(('192.0.2.1', 443), timeout=2)\n")
    done = run(isolated, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(file))
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Network is unreachable" in done.stdout


def test_the_privacy_suite_needs_no_network(isolated, privacy_suite, request):
    assert {"test_detect.py", "test_redact.py", "test_profiles.py"} <= {file.rpartition("/")[2] for file in files()}
    if not privacy_suite:  # its tests pass or fail beside this one, and none is skipped
        assert runs_whole(request.session)
        return
    code, output = privacy_suite.finish()
    assert code == 0, output[-4000:]
    passed = re.search(r"(\d+) passed", output)
    assert passed
    assert int(passed[1]) > len(files())
    assert "skipped" not in output
