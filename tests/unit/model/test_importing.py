"""Threads that need the libraries that ask models at the same time, as when a task comes while a server loads."""

import subprocess
import sys

from tests.child import ROOT
from tests.patience import HANGS_S

TOGETHER = """
import sys, threading
from functools import partial
from backend.model.gateway import Gateway
from backend.model.request import import_instructor
from backend.model.senders import import_litellm, import_openai
from backend.providers import Provider

sys.setswitchinterval(1e-5)
failed = []

def run(load):
    try:
        load()
    except BaseException as error:
        failed.append(repr(error))

own = Provider("own", "litellm", "azure/labels", external=True, address="http://127.0.0.1:9")
loads = (import_litellm, import_instructor, import_openai, partial(Gateway.warm, [own]))
threads = [threading.Thread(target=run, args=[load]) for load in loads]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failed, failed
"""


def test_no_thread_meets_half_a_library():
    command = [sys.executable, "-c", TOGETHER]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANGS_S, check=False)
    assert ran.returncode == 0, ran.stderr
