"""From a draft to a message that is written down: the gate decides, the outbox remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lead_reviver.decide.contact_hours import ContactHours, in_contact_hours
from lead_reviver.decide.conversation import Button, Choices
from lead_reviver.decide.gate import Verdict, may_send
from lead_reviver.decide.outgoing import Author, Outgoing, Purpose
from lead_reviver.decide.phone import is_us_number
from lead_reviver.state import rates
from lead_reviver.state.redis import Redis
from lead_reviver.storage import leads, suppressions
from lead_reviver.storage.database import Connection, new_id
from lead_reviver.storage.outbox import DRAFTED, Facts, OutgoingMessage
from lead_reviver.whatsapp import outgoing


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template, filled. The draft's text is what the lead will read."""

    name: str
    language: str
    """As Meta names it: es, pt_PT."""
    category: str
    """MARKETING, UTILITY or AUTHENTICATION."""
    components: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A message somebody wants to send."""

    conversation_id: str
    author: Author
    purpose: Purpose
    text: str
    buttons: Sequence[Button] = ()
    choices: Choices | None = None
    template: Template | None = None
    turn_id: str | None = None
    author_id: str | None = None
    context_wamid: str | None = None
    ignores_newer: bool = False
    """It was overtaken often enough: it goes out although the lead wrote again."""
    follows_up_since: datetime | None = None
    """Of a follow-up, or of words that waited for a click: whoever wrote since then has overtaken it."""
    approved: bool = False
    """A person has let these very words go, or they were written down to be sent before."""
    valid_until: datetime | None = None
    """When it is no longer worth sending; None: it always is."""
    message_id: str = field(default_factory=new_id)


async def judge(
    connection: Connection,
    redis: Redis,
    drafts: Sequence[Draft],
    facts: Mapping[str, Facts],
    *,
    now: datetime,
    hash_key: bytes,
    reachable_numbers: frozenset[str] | None,
) -> list[Verdict]:
    """Return the gate's verdict on each draft. Conversations are locked by whoever read `facts`.

    Rates are taken only for messages that may go otherwise, so that a refused one costs nobody a place.
    """
    no = await _suppressed(connection, [facts[each.conversation_id] for each in drafts], hash_key)
    asked = []
    for draft in drafts:
        fact = facts[draft.conversation_id]
        scopes = no.get(fact.lead_id, {})
        no_to: suppressions.Scope | None = "all" if "all" in scopes else "marketing" if scopes else None
        asked.append(
            Outgoing(
                author=draft.author,
                purpose=draft.purpose,
                now=now,
                phone=fact.phone,
                bsuid=fact.bsuid,
                reachable=reachable_numbers is None or fact.phone in reachable_numbers,
                opted_out_at=fact.opted_out_at,
                came_back_at=fact.came_back_at,
                opt_out_confirmed=fact.opt_out_confirmed,
                suppressed=no_to,
                suppressed_at=scopes.get(no_to) if no_to else None,
                marketing_stopped_at=fact.marketing_stopped_at,
                agreed_to_marketing=fact.agreed_to_marketing,
                unasked_lately=fact.unasked_lately,
                last_inbound_at=fact.last_inbound_at,
                window_closed_at=fact.window_closed_at,
                mode=fact.mode,  # type: ignore[arg-type]
                assigned_to=fact.assigned_to,
                taken_over_at=fact.taken_over_at,
                newer_message_waiting=_is_overtaken(draft, fact),
                in_contact_hours=in_contact_hours(
                    ContactHours(fact.time_zone, fact.contact_from, fact.contact_until), now
                ),
                valid_until=draft.valid_until,
                in_flight=fact.in_flight,
                needs_approval=fact.needs_approval and not draft.approved,
                time_zone=fact.workspace_zone,
                channel_paused_reason=fact.channel_paused_reason,
                is_template=draft.template is not None,
                template_category=draft.template.category if draft.template else None,  # type: ignore[arg-type]
                us_number=draft.template is not None and is_us_number(fact.phone),
            )
        )
    verdicts = [may_send(each) for each in asked]
    going = [n for n, verdict in enumerate(verdicts) if verdict.allowed]
    waits = await rates.take(redis, [_send_of(facts[drafts[n].conversation_id]) for n in going])
    for n, wait in zip(going, waits, strict=True):
        if wait > 0:
            verdicts[n] = may_send(replace(asked[n], pair_wait_seconds=wait))
    return verdicts


def _is_overtaken(draft: Draft, fact: Facts) -> bool:
    """Whether the lead wrote again after what this draft answers or follows up."""
    if draft.follows_up_since is not None and fact.last_inbound_at is not None:
        return fact.gathering_turn_id is not None or fact.last_inbound_at > draft.follows_up_since
    return fact.gathering_turn_id is not None and not draft.ignores_newer


def _send_of(fact: Facts) -> rates.Send:
    return rates.Send(fact.phone_number_id, fact.lead_id, fact.messages_per_second)


async def _suppressed(
    connection: Connection, facts: Sequence[Facts], hash_key: bytes
) -> dict[str, dict[suppressions.Scope, datetime]]:
    """Return the suppression scopes of leads, with when they began, by lead id."""
    known = await leads.identities(connection, list({each.lead_id for each in facts}))
    owner = {
        hashed: lead_id
        for lead_id, identities in known.items()
        for hashed in suppressions.hashes_of(hash_key, identities)
    }
    found: dict[str, dict[suppressions.Scope, datetime]] = {}
    for key, scopes in (await suppressions.suppressed_scopes(connection, list(owner))).items():
        found.setdefault(owner[key], {}).update(scopes)
    return found


def written(draft: Draft, fact: Facts, verdict: Verdict) -> OutgoingMessage:
    """Return the rows of a draft: to be sent, to wait for a click, or not sent with the gate's words.

    One that waits for WhatsApp's rates is written down like one that goes now; whoever adds it postpones the call.
    Raises `BadInput` when the text breaks one of WhatsApp's limits.
    """
    shown = [{"type": "reply", "reply": {"id": each.id, "title": each.title}} for each in draft.buttons]
    content: dict[str, Any] = {"type": "button", "action": {"buttons": shown}} if shown else {}
    if draft.template is not None:
        named = draft.template
        content = {"name": named.name, "language": {"code": named.language}, "category": named.category}
    if draft.choices is not None:
        rows = [{"id": each.id, "title": each.title} for each in draft.choices.rows]
        content = {"type": "list", "action": {"button": draft.choices.button, "sections": [{"rows": rows}]}}
    goes = verdict.outcome in ("allowed", "wait")
    message = OutgoingMessage(
        workspace_id=fact.workspace_id,
        conversation_id=draft.conversation_id,
        channel_id=fact.channel_id,
        author=draft.author,
        author_id=draft.author_id,
        kind="template" if draft.template else "interactive" if draft.buttons or draft.choices else "text",
        body=draft.text,
        content=content,
        gate={**verdict.as_json(), "purpose": draft.purpose, **_until(draft)},
        status="sending" if goes else DRAFTED if verdict.waits_for_click else "not_sent",
        reason=None if goes else verdict.sentence,
        turn_id=draft.turn_id,
        context_wamid=draft.context_wamid,
        id=draft.message_id,
    )
    if goes:
        message.payload = _payload(draft, fact, message.outbox_id)
    elif verdict.waits_for_click and draft.template is not None:
        content["components"] = list(draft.template.components)
    return message


def _until(draft: Draft) -> dict[str, str]:
    return {"until": draft.valid_until.isoformat()} if draft.valid_until is not None else {}


def _payload(draft: Draft, fact: Facts, outbox_id: str) -> dict[str, object]:
    to = outgoing.Address(phone=fact.phone, bsuid=fact.bsuid)
    if draft.template is not None:
        named = draft.template
        return outgoing.template(to, named.name, named.language, named.components, callback_data=outbox_id)
    if draft.choices is not None:
        rows = [outgoing.Row(each.id, each.title) for each in draft.choices.rows]
        return outgoing.list_of_rows(
            to,
            draft.text,
            draft.choices.button,
            [outgoing.Section(rows)],
            context_wamid=draft.context_wamid,
            callback_data=outbox_id,
        )
    if draft.buttons:
        buttons = [outgoing.ReplyButton(each.id, each.title) for each in draft.buttons]
        return outgoing.reply_buttons(
            to, draft.text, buttons, context_wamid=draft.context_wamid, callback_data=outbox_id
        )
    return outgoing.text(to, draft.text, context_wamid=draft.context_wamid, callback_data=outbox_id)
