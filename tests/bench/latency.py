"""What a caller waits: the latencies that wrk, a real client, sees on loopback, drawn as a histogram.

Some callers ask for one new task each, again and again, as soon as they are answered; beside it they ask the stand-in
model without us.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.drawing import picture
from tests.bench.throughput import MODEL_S, stand_in, write_policy
from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body

CALLERS = 8
MARK = "NUMBER"
SCRIPT = """
local number, body = 0, %(body)s
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
  number = number + 1
  return wrk.format(nil, nil, nil, (body:gsub("%(mark)s", tostring(number))))
end
function done(summary, latency)
  local found = {}
  for i = 1, #latency do
    local value, count = latency(i)
    found[i] = string.format("[%%d,%%d]", value, count)
  end
  local failed = summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect
  io.stderr:write(string.format('{"failed": %%d, "latencies": [%%s]}', failed, table.concat(found, ",")))
end
"""


def asked(url: str, body: str, seconds: float) -> list[float]:
    """Have wrk ask for some seconds; return the milliseconds of each answer.

    Args:
        url: what is asked.
        body: what is posted, with a number for each place that says so.
        seconds: for which it asks.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "ask.lua"
        script.write_text(SCRIPT % {"body": f"[==[{body}]==]", "mark": MARK}, encoding="utf-8")
        command = ["wrk", "-t1", f"-c{CALLERS}", f"-d{round(seconds)}s", "--timeout", "60s", "-s", str(script), url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stderr)
    if said["failed"]:
        raise RuntimeError(f"{said['failed']} requests were not answered")
    return [micro / 1000 for micro, count in said["latencies"] for _ in range(count)]


def latencies(seconds: float) -> dict[str, list[float]]:
    """Have the model asked without us, and the server not redacted and redacted; return the milliseconds of each."""
    direct = {"model": "m", "messages": [{"role": "user", "content": f"{MARK} {'x' * 1500}"}], "max_tokens": 1024}
    task = predict_body(SENTIMENT, f"Anna Berg wrote from anna{MARK}@example.org: the order came late.")
    with ExitStack() as stack:
        address = stack.enter_context(stand_in())
        found = {"the model, without us": asked(f"{address}/chat/completions", json.dumps(direct), seconds)}
        for name, redact in (("not redacted", False), ("redacted with surrogates", True)):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url, _ = stack.enter_context(labelguard(write_policy(folder, address, "openai", redact=redact), folder))
            asked(f"{url}/predict", json.dumps(task).replace("Anna", "Eva"), 2)
            found[name] = asked(f"{url}/predict", json.dumps(task), seconds)
    return found


def draw(found: Mapping[str, Sequence[float]], file: Path) -> None:
    """Draw how many answers took how long."""
    longest = max(max(spent) for spent in found.values())
    least = 1000 * MODEL_S * 0.95
    with picture(file, nrows=len(found), figsize=(9, 4.6), sharex=True) as (_, axes):
        for place, (name, spent), colour in zip(axes, found.items(), ("#9a9a9a", "#219ebc", "#023047"), strict=True):
            place.hist(spent, bins=80, range=(least, longest), color=colour)
            place.set_title(f"{name}: {len(spent)} answers", loc="left", fontsize=9)
            place.set_yscale("symlog")
        axes[-1].set_xlabel(f"milliseconds, of which the model takes {1000 * MODEL_S:.0f}")
