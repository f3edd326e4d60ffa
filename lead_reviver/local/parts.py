"""What every part of the one-machine stack can do; `supervisor.py` starts, watches and ends them."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from lead_reviver.errors import LeadReviverError, TryAgainLater
from lead_reviver.local.processes import Command

PART_NAMES = ("postgres", "redis", "supabase", "simulator", "engine", "n8n")


class PartFailed(LeadReviverError):
    """A part could not be prepared or started; the message says which and shows the end of its log."""

    def __init__(self, part: str, why: str, log_end: str = "") -> None:
        self.part, self.why, self.log_end = part, why, log_end
        shown = "".join(f"\n    {line}" for line in log_end.splitlines())
        super().__init__(f"{part} {why}" + (f"; the end of its log:{shown}" if shown else ""))

    def without(self, secrets: Iterable[str]) -> PartFailed:
        """Return the same failure with every secret blotted out of the log's end."""
        known = sorted((re.escape(secret) for secret in secrets if secret), key=len, reverse=True)
        return PartFailed(self.part, self.why, re.sub("|".join(known), "***", self.log_end) if known else self.log_end)


class Part(Protocol):
    """One program of the stack."""

    name: str
    url: str
    """Where it answers; for people and programs, so without a secret."""
    ready_seconds: float
    """How long it may take to answer."""

    async def prepare(self) -> None:
        """Make its folders and files; safe to repeat, called before every start. Raises `PartFailed`."""
        ...

    def command(self) -> Command:
        """How to run it."""
        ...

    async def check(self) -> None:
        """Ask it a question that only a working part answers. Raises anything when it does not."""
        ...

    async def furnish(self) -> None:
        """Put in what others need (roles, tables), once it answers; safe to repeat. Raises `PartFailed`."""
        ...


def without_secrets(url: str) -> str:
    """Return the address without user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


async def ask_http(url: str, headers: Mapping[str, str] | None = None, below: int = 300) -> None:
    """GET an address. Raises `TryAgainLater` unless the status is below `below`, `OSError` when nobody answers."""
    status, _ = await asyncio.to_thread(_call, Request(url, headers=dict(headers or {})))  # noqa: S310 - of this run
    if status >= below:
        raise TryAgainLater(f"{without_secrets(url)} answers {status}")


async def post_json(url: str, body: object, headers: Mapping[str, str]) -> tuple[int, Any]:
    """POST JSON and return (status, decoded answer). Raises `OSError` when nobody answers."""
    request = Request(  # noqa: S310 - of this run
        url, json.dumps(body).encode(), {"content-type": "application/json", **headers}, method="POST"
    )
    status, said = await asyncio.to_thread(_call, request)
    return status, json.loads(said)


async def put_file(url: str, raw: bytes, content_type: str) -> None:
    """PUT a file as it is. Raises `TryAgainLater` unless it is taken, `OSError` when nobody answers."""
    request = Request(url, raw, {"content-type": content_type}, method="PUT")  # noqa: S310 - of this run
    status, _ = await asyncio.to_thread(_call, request)
    if status >= 300:
        raise TryAgainLater(f"{without_secrets(url)} answers {status}")


def _call(request: Request) -> tuple[int, bytes]:
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - of this run
            return int(answer.status), answer.read()
    except HTTPError as error:
        return error.code, error.read()


async def until_ready(part: Part, has_ended: Callable[[], bool]) -> None:
    """Wait until the part answers. Raises `PartFailed` when its process ends or time runs out."""
    deadline, pause = time.monotonic() + part.ready_seconds, 0.02
    while True:
        if has_ended():
            raise PartFailed(part.name, "ended while it was starting")
        try:
            await asyncio.wait_for(part.check(), 6)
        except Exception as error:
            if time.monotonic() > deadline:
                why = f"{type(error).__name__}: {error}".strip(": ")
                raise PartFailed(part.name, f"did not answer within {part.ready_seconds:.0f} s ({why})") from error
        else:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.25)
