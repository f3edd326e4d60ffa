"""Webhooks back to the business: batched, signed, retried, and wrong in the ways asked for.

Bodies are ASCII with `\\u00e4` and `\\/` escapes, as Meta writes them, and signed as they are on the wire.
Updates of one person keep their order (one lane each, a few lanes), unless reordering was asked for. Anything but a
200 is retried with growing gaps, the same bytes again (facts 1.2, 1.3, 1.5, 1.8).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import aiohttp

from lead_reviver.simulator.behaviour import Behaviour, Chance
from lead_reviver.simulator.settings import SimulatorSettings

log = logging.getLogger(__name__)

Json = dict[str, Any]
LANES = 4
HTTP_OK = 200
ANSWER_SECONDS = 20


@dataclass(slots=True, kw_only=True)
class Update:
    """One thing to tell the business: a message, a status or a change of the account."""

    person: str
    """Whom it is about; updates of one person stay in order."""
    field: str = "messages"
    kind: str | None = None
    """The list in `value` it belongs to: messages, statuses, user_preferences; None when `item` is the value."""
    item: Json
    contact: Json | None = None
    wamid: str | None = None
    """The lead's own message this carries: it gets its second tick when the business has taken it."""


@dataclass(slots=True)
class Counts:
    """What became of the webhooks."""

    updates: int = 0
    delivered: int = 0
    refused: int = 0
    retried: int = 0
    given_up: int = 0
    duplicated: int = 0
    held_back: int = 0


@dataclass(slots=True)
class Body:
    """Signed bytes on their way, and how often they were tried."""

    raw: bytes
    updates: int
    wamids: list[str]
    first_tried_at: float = field(default_factory=time.monotonic)
    next_gap: float = 0


def wire_form(value: Json) -> bytes:
    """Write JSON as Meta does: ASCII only, lower-case escapes, slashes escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signature(app_secret: str, raw: bytes) -> str:
    """Return the value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.digest(app_secret.encode(), raw, "sha256").hex()


def envelope(settings: SimulatorSettings, updates: Iterable[Update]) -> Json:
    """Gather updates into one body.

    Statuses of several people share a change, with each person once in `contacts`; messages share one only when they
    are of the same person; what concerns the account stands alone.
    """
    changes: list[Json] = []
    open_change: tuple[Any, ...] | None = None
    for update in updates:
        if update.kind is None:
            changes.append({"value": update.item, "field": update.field})
            open_change = None
            continue
        key = (update.field, update.kind, update.person if update.kind == "messages" else None)
        if key != open_change:
            value: Json = {
                "messaging_product": "whatsapp",
                "metadata": {
                    "display_phone_number": settings.display_phone_number,
                    "phone_number_id": settings.phone_number_id,
                },
            }
            changes.append({"value": value, "field": update.field})
            open_change = key
        value = changes[-1]["value"]
        if update.contact is not None and update.contact not in (contacts := value.setdefault("contacts", [])):
            contacts.append(update.contact)
        value.setdefault(update.kind, []).append(update.item)
    return {"object": "whatsapp_business_account", "entry": [{"id": settings.business_account_id, "changes": changes}]}


class Webhooks:
    """Sends updates to the webhook address until it answers 200."""

    def __init__(
        self,
        settings: SimulatorSettings,
        behaviour: Behaviour,
        chance: Chance,
        on_taken: Callable[[Sequence[str]], None],
    ) -> None:
        self._settings = settings
        self._on_taken = on_taken
        self.behaviour = behaviour
        self.chance = chance
        self.counts = Counts()
        self._lanes: list[deque[Update]] = [deque() for _ in range(LANES)]
        self._waiting: list[asyncio.Event] = [asyncio.Event() for _ in range(LANES)]
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._retries: set[asyncio.Task[None]] = set()
        self._posting = 0
        self._client: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str | None:
        """Where webhooks go now."""
        return self.behaviour.webhook_url or self._settings.webhook_url

    @property
    def pending(self) -> int:
        """Updates and bodies that have not arrived yet."""
        return sum(map(len, self._lanes)) + len(self._timers) + len(self._retries) + self._posting

    async def start(self) -> None:
        """Open the connections."""
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=LANES * 4, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
            auto_decompress=False,
        )
        self._tasks = [asyncio.create_task(self._run(lane)) for lane in range(LANES)]

    async def stop(self) -> None:
        """End without waiting for what is still pending."""
        self.forget()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def forget(self) -> None:
        """Drop everything that is still on its way."""
        for lane in self._lanes:
            lane.clear()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for task in self._retries:
            task.cancel()

    def put(self, update: Update) -> None:
        """Send an update soon, with the delays and faults in force."""
        self.counts.updates += 1
        if self.url is not None:
            wait = self._held_back()
            self._enqueue_after(wait, update)
            self._maybe_twice(wait, update)

    async def send_body(self, updates: Sequence[Update]) -> None:
        """Send these updates as one body, with the faults in force, and return once it was tried."""
        self.counts.updates += len(updates)
        if self.url is None:
            return
        body: list[Update] = []
        for update in updates:
            wait = self._held_back()
            if wait > 0:
                self._enqueue_after(wait, update)
            else:
                body.append(update)
            self._maybe_twice(wait, update)
        if body:
            await self._deliver(self._seal(body))

    def _held_back(self) -> float:
        """How long an update waits before it goes out."""
        wait = self.chance.seconds(self.behaviour.delay_seconds)
        if self.chance.hits(self.behaviour.reorder_percent):
            self.counts.held_back += 1
            wait += self.chance.seconds((0, self.behaviour.reorder_seconds))
        return wait

    def _maybe_twice(self, wait: float, update: Update) -> None:
        if self.chance.hits(self.behaviour.duplicate_percent):
            self.counts.duplicated += 1
            later = 0.0 if self.chance.hits(50) else self.chance.seconds((0, 2))
            self._enqueue_after(wait + later, update)

    def _enqueue_after(self, wait: float, update: Update) -> None:
        if wait <= 0:
            self._enqueue(update)
            return
        timer: asyncio.TimerHandle | None = None

        def arrive() -> None:
            if timer is not None:
                self._timers.discard(timer)
            self._enqueue(update)

        timer = asyncio.get_running_loop().call_later(wait, arrive)
        self._timers.add(timer)

    def _enqueue(self, update: Update) -> None:
        lane = crc32(update.person.encode()) % LANES
        self._lanes[lane].append(update)
        self._waiting[lane].set()

    async def _run(self, number: int) -> None:
        lane, waiting = self._lanes[number], self._waiting[number]
        while True:
            await waiting.wait()
            waiting.clear()
            while lane:
                batch = [lane.popleft() for _ in range(min(len(lane), self.behaviour.batch_size))]
                await self._deliver(self._seal(batch))

    def _seal(self, updates: Sequence[Update]) -> Body:
        return Body(
            wire_form(envelope(self._settings, updates)),
            len(updates),
            [update.wamid for update in updates if update.wamid is not None],
            next_gap=self.behaviour.retry_first_seconds,
        )

    async def _deliver(self, body: Body) -> None:
        """Post once; on anything but 200 leave the rest to a retry, so that others need not wait."""
        self._posting += 1
        try:
            arrived = await self._post(body)
        finally:
            self._posting -= 1
        if not arrived:
            task = asyncio.create_task(self._retry(body))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)

    async def _retry(self, body: Body) -> None:
        behaviour = self.behaviour
        while time.monotonic() - body.first_tried_at < behaviour.retry_for_seconds:
            await asyncio.sleep(body.next_gap)
            body.next_gap = min(body.next_gap * behaviour.retry_factor, behaviour.retry_longest_seconds)
            self.counts.retried += 1
            if await self._post(body):
                return
        self.counts.given_up += body.updates
        log.warning("gave up a webhook body of %d updates", body.updates)

    async def _post(self, body: Body) -> bool:
        url = self.url
        if url is None or self._client is None:
            return False
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(self._settings.app_secret, body.raw),
        }
        try:
            async with self._client.post(url, data=body.raw, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                arrived = answer.status == HTTP_OK
        except (aiohttp.ClientError, TimeoutError, OSError):
            arrived = False
        if arrived:
            self.counts.delivered += body.updates
            self._on_taken(body.wamids)
        else:
            self.counts.refused += 1
        return arrived

    async def verify(self) -> tuple[int, bool]:
        """Run the verification handshake; return the HTTP status and whether the challenge came back (facts 1.1)."""
        if self.url is None or self._client is None:
            return 0, False
        challenge = str(time.time_ns())
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self._settings.verify_token,
        }
        try:
            async with self._client.get(self.url, params=query, allow_redirects=False) as answer:
                text = await answer.text()
                return answer.status, answer.status == HTTP_OK and text == challenge
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, False
