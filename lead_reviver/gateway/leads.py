"""`/webhooks/leads/{workspace_id}`: leads from a form, a CRM or a sheet, signed by whoever sends them.

A delivery goes to the workflow engine, where the operator sees and extends its way. When that is away, slow or answers
with nonsense, the delivery is taken in right here: taking in twice is the same as once, so nothing has to be agreed on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from lead_reviver import metrics
from lead_reviver.campaigns.intake import Answer, take_in
from lead_reviver.campaigns.lead_bodies import LARGEST_BODY, Unreadable, rows_of
from lead_reviver.campaigns.lead_requests import LeadDelivery, WrongSignature, a_delivery, check_signature
from lead_reviver.errors import BadInput, RefusedByRules, TryAgainLater
from lead_reviver.gateway.webhook import GoneAway, Receive, Scope, Send, TooLarge, answer, read_body
from lead_reviver.storage.database import Pool
from lead_reviver.storage.secrets import SecretUnreadable, Vault

log = logging.getLogger(__name__)

PREFIX: Final = "/webhooks/leads/"
FORWARD_SECONDS: Final = 10.0
"""How long the workflow engine may take before the delivery is taken in here."""
JSON: Final = (b"content-type", b"application/json")
PROBLEM: Final = (b"content-type", b"application/problem+json")

Forward = Callable[[str, bytes, Mapping[str, str]], Awaitable[bytes | None]]
"""Hands workspace id, raw body and headers to the workflow engine; returns its answer, None when it is not there."""


async def to_nobody(workspace_id: str, body: bytes, headers: Mapping[str, str]) -> bytes | None:  # noqa: ARG001
    """Forward to nobody: every delivery is taken in here."""
    return None


class LeadDoor:
    """The address for leads: POST takes a delivery and answers with the fate of each row."""

    def __init__(
        self, pool: Pool, vault: Vault, hash_key: bytes, clock: Callable[[], datetime], forward: Forward = to_nobody
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._hash_key = hash_key
        self._clock = clock
        self._forward = forward

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            await answer(send, 405, b"Use POST.", [(b"allow", b"POST")])
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        length = headers.get("content-length", "")
        try:
            body = await read_body(int(length) if length.isdecimal() else 0, receive, LARGEST_BODY)
        except TooLarge:
            await _refuse(send, 413, "too_large", "A delivery holds at most 2 MB; send it in parts.")
            return
        except GoneAway:
            metrics.REFUSED.labels("leads_gone_away").inc()
            return
        await self._answer(send, a_delivery(scope["path"].removeprefix(PREFIX), body, headers))

    async def _answer(self, send: Send, delivery: LeadDelivery) -> None:
        try:
            await check_signature(self._pool, self._vault, delivery, self._clock())
            said = await self._taken_in(delivery)
        except WrongSignature:
            metrics.REFUSED.labels("leads_signature").inc()
            await answer(send, 401, b"")
        except Unreadable as error:
            await _refuse(send, 400, "not_readable", str(error))
        except (BadInput, RefusedByRules) as error:
            await _refuse(send, 422, "bad_input", str(error))
        except (TryAgainLater, SecretUnreadable) as error:
            log.warning("leads are not taken in: %s", error)
            await _refuse(send, 503, "try_again", "Leads cannot be taken in right now; send the same again later.")
        else:
            await answer(send, 200, said, [JSON])

    async def _taken_in(self, delivery: LeadDelivery) -> bytes:
        """Return the fate of each row, from the workflow engine or from here."""
        rows = await asyncio.to_thread(rows_of, delivery.body, delivery.content_type)
        passed_on = await self._passed_on(delivery, [number for number, _ in rows])
        if passed_on is not None:
            return passed_on
        taken = await take_in(
            self._pool, self._hash_key, delivery.workspace_id, delivery.body, delivery.content_type, self._clock()
        )
        return msgspec.json.encode(taken)

    async def _passed_on(self, delivery: LeadDelivery, numbers: list[int]) -> bytes | None:
        """Return what the workflow engine answered; None when it is away, or the answer is not about these rows."""
        try:
            async with asyncio.timeout(FORWARD_SECONDS):
                said = await self._forward(delivery.workspace_id, delivery.body, delivery.headers)
            if said is None:
                return None
            found = msgspec.json.decode(said, type=Answer)
        except Exception as error:
            log.warning("leads are taken in here, the workflow engine failed: %s", type(error).__name__)
            return None
        if [each.row for each in found.rows] != numbers:
            log.warning("leads are taken in here, the workflow engine answered about other rows")
            return None
        return msgspec.json.encode(found)


async def _refuse(send: Send, status: int, reason: str, title: str) -> None:
    metrics.REFUSED.labels(f"leads_{reason}").inc()
    retry = [(b"retry-after", b"5")] if status == 503 else []
    await answer(send, status, msgspec.json.encode({"title": title, "reason": reason}), [PROBLEM, *retry])
