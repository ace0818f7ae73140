"""Runs pytest without a network where that can be done for all tests, else with it.

python -m tests.privacy.apart ARGUMENTS

Then the privacy suite, which is to pass without one, need not be run a second time.
"""

import os
import subprocess
import sys

from tests.privacy.offline import ways_out
from tests.privacy.suite import OUTSIDE, WAYS, offline, works


def main() -> None:
    """Run it and end as it does. In a user namespace PostgreSQL and Chromium do not start: only root's way will do."""
    isolated = WAYS[0] if works(WAYS[0]) else ()
    command = offline(isolated, *sys.argv[1:]) if isolated else [sys.executable, "-m", "pytest", *sys.argv[1:]]
    outside = {OUTSIDE: f"/proc/{os.getpid()}/ns/net"} if isolated and ways_out() else {}
    sys.exit(subprocess.run(command, env=os.environ | outside, check=False).returncode)


if __name__ == "__main__":
    main()
