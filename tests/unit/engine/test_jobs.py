"""Plans are kept without costing the server anything, and are gone once they are not kept any more."""

import subprocess
import sys

CODE = """
import gc, sys, weakref
from pathlib import Path
from backend.system.memory import settle_memory
from tests.parts import build_engine, provider, write_policy

def config(number):
    labels = "".join(f'<Choice value="Label {number} no {n}"/>' for n in range(200))
    return f'<View><Text name="text" value="$text"/><Choices name="c" toName="text">{labels}</Choices></View>'

policy = write_policy(Path(sys.argv[1]), {"own": provider("http://127.0.0.1:9", "openai")})
engine = build_engine(policy, lambda text: [])
engine.job(config("first"), "1.1")
settle_memory()
for number in range(30):
    last = engine.job(config(number), "1.1")
print(len(gc.get_objects()))
gc.disable()
left = weakref.ref(last.checker)
engine._planning._jobs._kept.popitem()
del last
print(left() is None)
"""


def test_garbage_is_not_looked_for_in_plans_and_they_are_none(tmp_path):
    done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path)], check=True, capture_output=True, text=True)
    looked_at, is_gone = done.stdout.split()
    assert int(looked_at) < 5_000, "30 plans of 200 labels are 25,000 objects"
    assert is_gone == "True"
