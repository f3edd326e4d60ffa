"""A real CalDAV server on a free port of this machine, with one user and one calendar."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAME, PASSWORD = "marta", "a-password"
MAKE = """<?xml version="1.0" encoding="utf-8"?>
<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<resourcetype><collection/><C:calendar/></resourcetype></prop></set></mkcol>"""


@dataclass
class Radicale:
    """The server, and requests to it as the calendar's owner."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{NAME}/work/"

    def start(self) -> None:
        users = self.folder / "users"
        users.write_text(f"{NAME}:{PASSWORD}\n")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "radicale", "--config", "", f"--server-hosts=127.0.0.1:{self.port}",
                "--auth-type=htpasswd", f"--auth-htpasswd-filename={users}", "--auth-htpasswd-encryption=plain",
                f"--storage-filesystem-folder={self.folder / 'data'}", "--logging-level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
                return
            time.sleep(0.05)
        raise AssertionError("Radicale does not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def request(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        credentials = b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "text/calendar; charset=utf-8"}
        connection.request(method, f"/{NAME}/work/{path}", body.encode(), headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said

    def put(self, uid: str, *lines: str) -> None:
        """Put an event into the calendar."""
        event = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}",
                 "DTSTAMP:20261122T090000Z", "SUMMARY:Dentist", *lines, "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
        status, _ = self.request("PUT", f"{uid}.ics", "\r\n".join(event))
        assert status == 201


@contextlib.contextmanager
def a_radicale(folder: Path) -> Iterator[Radicale]:
    """Start a server, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Radicale(free.getsockname()[1], folder)
    server.start()
    try:
        assert server.request("MKCOL", "", MAKE)[0] == 201
        yield server
    finally:
        server.stop()
