"""Calls to n8n's webhooks: the only way in which the engine hands work to n8n."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Self

import aiohttp
import jwt
import orjson

from lead_reviver.errors import TryAgainLater

CONNECT_SECONDS = 2.0
TOKEN_SECONDS = 60


class N8nAway(TryAgainLater):
    """n8n did not take the call: not there, not ready, or the workflow is not active. Nothing has begun."""


class WorkflowFailed(TryAgainLater):
    """n8n took the call, and what came back is no answer: a step failed, or it says something else."""


class N8nLost(WorkflowFailed):
    """n8n took the call and was lost over it: it died, or it shows no sign of life. No fault of what it was given."""


class N8nCalls:
    """An HTTP client of one n8n; open it once and close it with the process."""

    def __init__(self, url: str, key: str) -> None:
        """`url` is where n8n takes webhooks, `key` the secret that its credential checks our tokens with."""
        self._url = url.rstrip("/")
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            # Shorter than the 5 seconds after which n8n closes a connection that is not used.
            connector=aiohttp.TCPConnector(limit=16, keepalive_timeout=3),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def ready(self, seconds: float = 3.0) -> bool:
        """Whether n8n says that it is ready."""
        try:
            async with asyncio.timeout(seconds), self._open().get(f"{self._url}/healthz/readiness") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def call(self, path: str, body: object) -> Any:
        """POST JSON to a webhook and return the JSON of its answer.

        Raises `N8nAway`, `N8nLost` or `WorkflowFailed`; waits as long as n8n does, so set a limit around it.
        """
        return _read(await self.call_raw(path, orjson.dumps(body), {"content-type": "application/json"}))

    async def call_raw(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        """POST a body as it is to a webhook and return its answer as it is. Raises like `call`."""
        signed = {**headers, "authorization": f"Bearer {self._token()}"}
        try:
            async with self._open().post(f"{self._url}/webhook/{path}", data=body, headers=signed) as answer:
                said = await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, ConnectionRefusedError) as error:
            raise N8nAway(f"n8n cannot be reached ({type(error).__name__}).") from error
        except (aiohttp.ClientError, OSError) as error:
            raise N8nLost(f"n8n broke off ({type(error).__name__}).") from error
        if answer.status in (401, 403):
            raise N8nAway("n8n does not know our key: run `lead-reviver n8n provision` and start n8n again.")
        if answer.status == 404:
            raise N8nAway(f"The workflow behind {path!r} is not active in n8n.")
        if answer.status == 503:
            raise N8nAway("n8n is not ready.")
        if answer.status != 200:
            raise WorkflowFailed(f"The workflow behind {path!r} failed in n8n (status {answer.status}).")
        return said

    def _token(self) -> str:
        """Return a token for one call: n8n keeps the headers of failed runs, and this one soon opens nothing."""
        now = int(time.time())
        return jwt.encode({"iss": "lead-reviver", "iat": now, "exp": now + TOKEN_SECONDS}, self._key, algorithm="HS256")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise N8nAway("The client of n8n is not open.")
        return self._session


def _read(said: bytes) -> Any:
    try:
        return orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise WorkflowFailed("n8n answered 200 with something that is no JSON.") from error
