"""`up --detach`: the same `up`, in the background."""

from __future__ import annotations

import subprocess
import sys
import time

from lead_reviver.errors import LeadReviverError
from lead_reviver.local.environment import Say
from lead_reviver.local.folders import DataDir
from lead_reviver.local.state import read_state


class UpEnded(LeadReviverError):
    """The `up` in the background ended before everything was ready; it has said why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"`up` ended with exit code {code}; what it said stands above")


def start(data_dir: DataDir, say: Say) -> None:
    """Run this very command without `--detach` in the background and return when everything is ready.

    Shows what it says meanwhile. Raises `UpEnded` when it does not get there; Ctrl-C ends it.
    """
    data_dir.make()
    output = data_dir.root / "up.log"
    output.unlink(missing_ok=True)
    output.touch(mode=0o600)  # the demo's sign-in is shown in it
    argv = [sys.executable, "-m", "lead_reviver.cli", *(each for each in sys.argv[1:] if each != "--detach")]
    with output.open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        with output.open(encoding="utf-8", errors="replace") as said:
            while True:
                run, code = read_state(data_dir), process.poll()
                for line in said:
                    say(line.rstrip("\n"))
                if code is not None:
                    raise UpEnded(code)
                if run.state == "ready" and run.pid == process.pid:
                    return
                time.sleep(0.1)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
