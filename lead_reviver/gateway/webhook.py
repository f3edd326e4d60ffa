"""`/webhooks/whatsapp`: verify, make durable, acknowledge. Nothing else happens before Meta gets its 200.

A bare ASGI application, since this is the one path that must stay fast whatever else the process does.
Rules: section 1 of the WhatsApp facts.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs

from lead_reviver import metrics
from lead_reviver.gateway.writer import InboxWriter
from lead_reviver.storage.database import DatabaseAway
from lead_reviver.whatsapp.signature import is_signed
from lead_reviver.whatsapp.webhook import NotJson, split

PATH: Final = "/webhooks/whatsapp"
LARGEST_BODY: Final = 4 * 1024 * 1024
"""Meta sends up to 3 MB; a margin, and nothing beyond."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class TooLarge(Exception):
    """The body is larger than any webhook may be."""


class GoneAway(Exception):
    """The caller hung up before the whole body was here."""


class Webhook:
    """The webhook endpoint: GET verifies the address, POST takes events."""

    def __init__(
        self,
        writer: InboxWriter,
        app_secrets: Sequence[bytes],
        verify_token: str,
        on_kept: Callable[[], None] = lambda: None,
    ) -> None:
        self._writer = writer
        self._secrets = app_secrets
        self._verify_token = verify_token.encode()
        self._on_kept = on_kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        if method == "POST":
            await self._take(scope, receive, send)
        elif method == "GET":
            await self._verify(scope, send)
        else:
            await answer(send, 405, b"Use GET or POST.", [(b"allow", b"GET, POST")])

    async def _verify(self, scope: Scope, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        token = query.get("hub.verify_token", [""])[0].encode()
        challenge = query.get("hub.challenge", [""])[0]
        mode = query.get("hub.mode", [""])[0]
        if mode == "subscribe" and hmac.compare_digest(token, self._verify_token):
            await answer(send, 200, challenge.encode())
        else:
            await answer(send, 403, b"")

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        signature, length = None, 0
        for name, value in scope["headers"]:
            if name == b"x-hub-signature-256":
                signature = value.decode("latin-1")
            elif name == b"content-length" and value.isdigit():
                length = int(value)
        try:
            body = await read_body(length, receive, LARGEST_BODY)
        except TooLarge:
            await _refuse(send, 413, "too_large")
            return
        except GoneAway:
            metrics.REFUSED.labels("gone_away").inc()
            return
        if not is_signed(body, signature, self._secrets):
            await _refuse(send, 401, "signature")
            return
        try:
            events = split(body, datetime.now(UTC))
        except NotJson:
            await _refuse(send, 400, "not_json")
            return
        try:
            await self._writer.keep(events)
        except DatabaseAway:
            await _refuse(send, 503, "database_away")
            return
        if not events:
            metrics.ACCEPTED.inc()  # those with events are counted with their commit
        self._on_kept()
        await answer(send, 200, b"")


async def read_body(length: int, receive: Receive, largest: int) -> bytes:
    """Return the raw body; `length` is what the caller announced. Raises `TooLarge`, `GoneAway`."""
    if length > largest:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneAway
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > largest:
            raise TooLarge
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks) if len(chunks) > 1 else chunks[0]


async def _refuse(send: Send, status: int, reason: str) -> None:
    metrics.REFUSED.labels(reason).inc()
    await answer(send, status, b"")


async def answer(send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Answer a request; text unless `headers` says otherwise."""
    length = (b"content-length", str(len(body)).encode())
    said = any(name == b"content-type" for name, _ in headers)
    kind = [(b"content-type", b"text/plain; charset=utf-8")] if body and not said else []
    await send({"type": "http.response.start", "status": status, "headers": [length, *kind, *headers]})
    await send({"type": "http.response.body", "body": body})
