"""End a run from outside."""

from __future__ import annotations

import os
import signal
import time

from lead_reviver.local.environment import Say
from lead_reviver.local.folders import DataDir
from lead_reviver.local.processes import is_running
from lead_reviver.local.state import read_state

_PATIENCE_SECONDS = 30.0


def end_run(data_dir: DataDir, say: Say) -> None:
    """Ask the running `up` to end everything and wait until it has; kill it when it does not listen.

    The kernel ends the parts of a killed `up`, and the next `up` ends whatever is left.
    """
    run = read_state(data_dir)
    if run.pid is None or run.created is None:
        say("nothing is running")
        return
    os.kill(run.pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while is_running(run.pid, run.created):
        if time.monotonic() > deadline:
            os.kill(run.pid, signal.SIGKILL)
            say("it did not listen and was killed")
            return
        time.sleep(0.05)
    say("everything has ended")
