"""Runs one of our modules as a process of its own. It is run by its path, so that nothing else can be taken for it."""

import runpy
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

spec = spec_from_file_location("labelguard", Path(__file__).with_name("__init__.py"))
if spec and spec.loader:
    package = sys.modules["labelguard"] = module_from_spec(spec)
    spec.loader.exec_module(package)
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
