"""Hand written-down messages to WhatsApp, and write down what it said.

Only a call that surely did not arrive is repeated by itself. Where the answer never came, a status settles the
matter first (it carries the outbox id); only after a silence of `settle` the message counts as not sent.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lead_reviver import metrics
from lead_reviver.errors import LeadReviverError
from lead_reviver.sending.reactions import Failure, react
from lead_reviver.storage import conversations, leads, outbox
from lead_reviver.storage.database import AWAY, Connection, Pool, lent, transaction
from lead_reviver.storage.leads import Identity
from lead_reviver.storage.outbox import Facts, OutgoingMessage, Said
from lead_reviver.whatsapp.client import Accepted, GraphClient, NoAnswer, NotSent, Refused, SendOutcome
from lead_reviver.whatsapp.errors import Reaction, explain, reaction_to

log = logging.getLogger(__name__)

MOST_TRIES = 5
_WAIT_SECONDS: dict[Reaction, Callable[[int], float]] = {
    Reaction.RETRY_LATER: lambda tries: 2.0**tries,
    Reaction.SLOW_DOWN: lambda tries: 2.0**tries * random.uniform(0.5, 1.0),  # noqa: S311 - jitter, no secret
    Reaction.PAIR_BACKOFF: lambda tries: 4.0**tries,
    Reaction.WAIT_FOR_QUOTA: lambda tries: 300.0 * tries,
    Reaction.WAIT_FOR_SYNC: lambda _: 600.0,
}
_STOPS = (Reaction.STOP_ALL, Reaction.STOP_CHANNEL)
STOPPED_WAIT = timedelta(minutes=5)
"""A stopped number keeps its queue; how often it is looked at whether a person has let it go on."""


@dataclass(frozen=True, slots=True)
class Call:
    """One Graph call to make: the outbox row and where it goes."""

    outbox_id: str
    workspace_id: str
    conversation_id: str
    lead_id: str
    phone_number_id: str
    payload: dict[str, Any]
    tries: int
    """Including this one."""


def first_call(message: OutgoingMessage, fact: Facts) -> Call:
    """Return the call that sends what was just written down. It has to have something to send."""
    assert message.payload is not None
    return Call(
        message.outbox_id,
        message.workspace_id,
        message.conversation_id,
        fact.lead_id,
        fact.phone_number_id,
        message.payload,
        tries=1,
    )


class Delivery:
    """Makes Graph calls and records their outcome."""

    def __init__(
        self,
        pool: Pool,
        graph: GraphClient,
        token_of: Callable[[str], Awaitable[str]],
        settle: timedelta,
        hash_key: bytes,
    ) -> None:
        self._pool = pool
        self._graph = graph
        self._token_of = token_of
        self._hash_key = hash_key
        self.settle = settle

    async def deliver(self, calls: Sequence[Call]) -> dict[str, Said]:
        """Make these calls at once, write down what WhatsApp said, and return it by outbox id.

        Raises `DatabaseAway` when the outcome could not be written down: a status or the next run settles it.
        """
        if not calls:
            return {}
        outcomes = await asyncio.gather(*(self._call(each) for each in calls))
        said = {call.outbox_id: self._said(call, outcome) for call, outcome in zip(calls, outcomes, strict=True)}
        aliases = _aliases(calls, outcomes)
        failed = [call for call in calls if said[call.outbox_id].error_code is not None]
        if not failed and not aliases:
            async with lent(self._pool) as connection:
                await outbox.record(connection, list(said.values()))
        else:
            async with transaction(self._pool) as connection:
                await conversations.lock(connection, [call.conversation_id for call in failed])
                await outbox.record(connection, list(said.values()))
                await leads.add_identities(connection, aliases)
                await self._react(connection, failed, said)
        for each in said.values():
            metrics.SENDS.labels(each.state).inc()
        return said

    async def _react(self, connection: Connection, failed: Sequence[Call], said: Mapping[str, Said]) -> None:
        await react(
            connection,
            [Failure(call.conversation_id, said[call.outbox_id].error_code) for call in failed],
            self._hash_key,
        )
        given_up = {
            call.conversation_id: f"a message could not be sent: {said[call.outbox_id].reason}"
            for call in failed
            if said[call.outbox_id].state == "failed"
        }
        await conversations.ask_for_person(connection, given_up)

    async def _call(self, call: Call) -> SendOutcome:
        try:
            token = await self._token_of(call.phone_number_id)
            return await self._graph.send(call.phone_number_id, token, call.payload)
        except (LeadReviverError, *AWAY) as error:
            # No token, or nothing the Graph API could be asked: the call was not made, and its neighbours go on.
            log.error("send %s could not be made: %s", call.outbox_id, type(error).__name__)  # noqa: TRY400 - ids only
            return NotSent(type(error).__name__)

    def _said(self, call: Call, outcome: SendOutcome) -> Said:
        if isinstance(outcome, Accepted):
            return Said(call.outbox_id, "accepted", "accepted", wamid=outcome.wamid)
        if isinstance(outcome, NoAnswer):
            log.warning("send %s: no answer from WhatsApp, a status will settle it", call.outbox_id)
            return Said(call.outbox_id, "calling", "sending", reason="WhatsApp did not answer", wait=self.settle)
        if isinstance(outcome, NotSent):
            wait = timedelta(seconds=min(2.0**call.tries, 60))
            return Said(call.outbox_id, "waiting", "sending", reason="WhatsApp could not be reached", wait=wait)
        return _said_of_refusal(call, outcome)


def _said_of_refusal(call: Call, refusal: Refused) -> Said:
    reaction = reaction_to(refusal.code)
    reason = explain(refusal.code)
    log.warning("send %s refused with code %s: %s", call.outbox_id, refusal.code, reaction)
    if reaction in _STOPS:
        return Said(call.outbox_id, "waiting", "sending", error_code=refusal.code, reason=reason, wait=STOPPED_WAIT)
    wait = _WAIT_SECONDS.get(reaction)
    if wait is not None and call.tries < MOST_TRIES:
        seconds = timedelta(seconds=wait(call.tries))
        return Said(call.outbox_id, "waiting", "sending", error_code=refusal.code, reason=reason, wait=seconds)
    return Said(call.outbox_id, "failed", "failed", error_code=refusal.code, reason=reason)


def _aliases(calls: Sequence[Call], outcomes: Sequence[SendOutcome]) -> list[tuple[str, Identity]]:
    """Return further ids WhatsApp knows the leads by: for some countries the `wa_id` differs from the number."""
    found = []
    for call, outcome in zip(calls, outcomes, strict=True):
        if isinstance(outcome, Accepted):
            if outcome.wa_id and "+" + outcome.wa_id != call.payload.get("to"):
                found.append((call.lead_id, Identity(call.workspace_id, "wa_id", outcome.wa_id)))
            if outcome.user_id and outcome.user_id != call.payload.get("recipient"):
                found.append((call.lead_id, Identity(call.workspace_id, "bsuid", outcome.user_id)))
    return found
