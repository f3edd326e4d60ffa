"""Speak to Meta's Graph API: send, mark as read, fetch files, read numbers and templates.

A send is never repeated here: there is no idempotency key at Meta, so whoever holds the outbox decides by the outcome
(facts 4.1). No error and no log line of this module carries a token, a phone number or a text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import IO, Any, Self
from urllib.parse import urlsplit

import aiohttp
import orjson

from lead_reviver.errors import BadInput
from lead_reviver.whatsapp.media import (
    LARGEST_FILE,
    Media,
    MediaGone,
    MediaRefused,
    PublicResolver,
    Verifier,
    checked_url,
    is_loopback,
    media_of,
    redirected,
)
from lead_reviver.whatsapp.outcomes import (
    Accepted,
    Answer,
    GraphAway,
    GraphRefused,
    NoAnswer,
    NotSent,
    Refused,
    SendOutcome,
    acceptance_of,
    refusal_of,
)
from lead_reviver.whatsapp.outgoing import read_and_typing, read_receipt

__all__ = [
    "Accepted",
    "GraphAway",
    "GraphClient",
    "GraphRefused",
    "Media",
    "MediaGone",
    "MediaRefused",
    "NoAnswer",
    "NotSent",
    "Refused",
    "SendOutcome",
]

Json = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# Shorter than servers keep theirs: a send written on a connection that was just closed has an unknown outcome.
_IDLE_SECONDS = 4.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_MOST_REDIRECTS = 3
_MOST_PAGES = 100


@dataclass(slots=True)
class _Attempt:
    """Whether a request got hold of a connection; before that, nothing can have been written."""

    connected: bool = False


@dataclass(slots=True)
class GraphClient:
    """One pool of kept connections to the Graph API. Use as `async with`, or call `close`."""

    base_url: str
    version: str
    media_hosts: Collection[str] = ("lookaside.fbsbx.com",)
    connections: int = 100
    connect_seconds: float = 5.0
    total_seconds: float = 20.0
    media_seconds: float = 120.0
    _graph: aiohttp.ClientSession | None = field(default=None, init=False)
    _files: aiohttp.ClientSession | None = field(default=None, init=False)

    async def send(self, phone_number_id: str, token: str, payload: Mapping[str, Any]) -> SendOutcome:
        """Send one message (built by `outgoing`), once. Never raises for what the network or Meta does."""
        answer = await self._call("POST", f"{_checked_id(phone_number_id)}/messages", token, payload=payload)
        if isinstance(answer, NotSent | NoAnswer):
            return answer
        return (
            refusal_of(answer) or acceptance_of(answer) or NoAnswer(f"HTTP {answer.http_status} without Meta's answer")
        )

    async def mark_read(self, phone_number_id: str, token: str, wamid: str, *, typing: bool = False) -> bool:
        """Mark a message and all before it as read, with the typing dots when an answer will follow.

        Return whether Meta took it. A courtesy: a failure is worth no retry.
        """
        payload = read_and_typing(wamid) if typing else read_receipt(wamid)
        answer = await self._call("POST", f"{_checked_id(phone_number_id)}/messages", token, payload=payload)
        return isinstance(answer, Answer) and isinstance(answer.body, dict) and answer.body.get("success") is True

    async def phone_number(self, phone_number_id: str, token: str, fields: Sequence[str]) -> Json:
        """Return the fields of a business number. Raises `GraphRefused`, `GraphAway`."""
        return await self._get("a number's fields", _checked_id(phone_number_id), token, {"fields": ",".join(fields)})

    async def templates(self, business_account_id: str, token: str, fields: Sequence[str] = ()) -> list[Json]:
        """Return every template of an account. Raises `GraphRefused`, `GraphAway`."""
        path = f"{_checked_id(business_account_id)}/message_templates"
        query = {"limit": "100", **({"fields": ",".join(fields)} if fields else {})}
        found: list[Json] = []
        # The address of the next page carries the token, so the cursor is used instead.
        for _ in range(_MOST_PAGES):
            page = await self._get("the templates", path, token, query)
            listed = page.get("data")
            found += [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
            paging = page.get("paging")
            cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
            after = cursors.get("after") if isinstance(cursors, dict) else None
            if not isinstance(after, str):
                break
            query["after"] = after
        return found

    async def media_url(self, media_id: str, token: str) -> Media:
        """Return where a file can be fetched for 5 minutes. Raises `MediaGone`, `GraphRefused`, `GraphAway`."""
        try:
            answer = await self._get("about a file", _checked_id(media_id), token, {})
        except GraphRefused as refusal:
            # 100: no such object, or none this token may see.
            if refusal.http_status == 404 or refusal.code in (100, 131052):
                raise MediaGone(media_id) from None
            raise
        media = media_of(media_id, answer)
        if media is None:
            raise GraphAway("about a file", "the answer has no address")
        return media

    async def fetch_media(self, media_id: str, token: str, into: IO[bytes]) -> Media:
        """Write a file into `into` and return what it is; with a new address when the first has gone stale.

        Raises like `media_url` and `download_media`.
        """
        try:
            return await self.download_media(await self.media_url(media_id, token), token, into)
        except MediaGone:
            into.seek(0)
            into.truncate()
            return await self.download_media(await self.media_url(media_id, token), token, into)

    async def download_media(self, media: Media, token: str, into: IO[bytes], limit: int = LARGEST_FILE) -> Media:
        """Write a file into `into`, piece by piece; it may be handed on only after this returned.

        Raises `MediaRefused` (wrong host, type, size or hash), `MediaGone` (the address has gone stale), `GraphAway`.
        """
        url = checked_url(media.url, self.media_hosts, loopback_allowed=self._on_this_machine)
        headers, timeout = _headers(token), self._timeout(self.media_seconds)
        files = self._file_session()
        try:
            for _ in range(_MOST_REDIRECTS):
                async with files.get(url, headers=headers, timeout=timeout, allow_redirects=False) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        location = redirected(url, response.headers.get("Location", ""))
                        url = checked_url(location, self.media_hosts, loopback_allowed=self._on_this_machine)
                        continue
                    if response.status in (404, 410):
                        raise MediaGone(media.media_id)
                    if response.status != 200:
                        raise GraphAway("with a file", f"HTTP {response.status}")
                    verifier = Verifier(media, limit)
                    verifier.check_type(response.headers.get("Content-Type"))
                    async for piece in response.content.iter_chunked(64 * 1024):
                        verifier.add(piece)
                        into.write(piece)
                    verifier.finish()
                    return media
        except (aiohttp.ClientError, TimeoutError) as error:
            raise GraphAway("with a file", type(error).__name__) from None
        raise MediaRefused("The file's address leads from one place to the next without end.")

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._graph, self._files):
            if session is not None:
                await session.close()
        self._graph = self._files = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def _on_this_machine(self) -> bool:
        return is_loopback(urlsplit(self.base_url).hostname or "")

    async def _get(self, what: str, path: str, token: str, query: Mapping[str, str]) -> Json:
        answer = await self._call("GET", path, token, query=query)
        if isinstance(answer, NotSent | NoAnswer):
            raise GraphAway(what, answer.reason)
        if refusal := refusal_of(answer):
            raise GraphRefused(what, refusal)
        if answer.http_status != 200 or not isinstance(answer.body, dict):
            raise GraphAway(what, f"HTTP {answer.http_status} without Meta's answer")
        return answer.body

    async def _call(
        self,
        method: str,
        path: str,
        token: str,
        *,
        payload: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer | NotSent | NoAnswer:
        """Make one request and say how it ended.

        aiohttp itself repeats a request on a kept connection that had gone stale, but only GET and the like, never
        POST; redirects, which would repeat it too, are not followed.
        """
        attempt = _Attempt()
        headers = _headers(token)
        data = None
        if payload is not None:
            headers["Content-Type"] = "application/json"
            data = orjson.dumps(payload)
        try:
            async with self._graph_session().request(
                method,
                f"{self.base_url.rstrip('/')}/{self.version}/{path}",
                headers=headers,
                data=data,
                params=query,
                allow_redirects=False,
                timeout=self._timeout(self.total_seconds),
                trace_request_ctx=attempt,
            ) as response:
                return Answer(response.status, await _json_of(response))
        except aiohttp.InvalidURL:
            return NotSent("WHATSAPP_GRAPH_URL is no address")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return NoAnswer(type(error).__name__) if attempt.connected else NotSent(type(error).__name__)

    def _timeout(self, total_seconds: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=total_seconds, sock_connect=self.connect_seconds)

    def _graph_session(self) -> aiohttp.ClientSession:
        if self._graph is None:
            self._graph = _session(aiohttp.TCPConnector(limit=self.connections, keepalive_timeout=_IDLE_SECONDS))
        return self._graph

    def _file_session(self) -> aiohttp.ClientSession:
        if self._files is None:
            resolver = None if self._on_this_machine else PublicResolver()
            self._files = _session(aiohttp.TCPConnector(limit=self.connections, resolver=resolver))
        return self._files


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_note_connection)
    trace.on_connection_reuseconn.append(_note_connection)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trace_configs=[trace])


async def _note_connection(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    attempt = context.trace_request_ctx
    if isinstance(attempt, _Attempt):
        attempt.connected = True


async def _json_of(response: aiohttp.ClientResponse) -> Any:
    """Return the JSON value of an answer; None when it is none, or longer than any answer of Meta's."""
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _headers(token: str) -> dict[str, str]:
    if not token or not token.isascii() or not token.isprintable():
        raise BadInput("The WhatsApp access token is empty or holds characters no token has; put it in again.")
    return {"Authorization": f"Bearer {token}"}


def _checked_id(value: str) -> str:
    """Return an id of Meta's that may stand in a path."""
    if _ID.fullmatch(value) is None or value in (".", ".."):
        raise BadInput(f"{value[:40]!r} is no id of WhatsApp's.")
    return value
