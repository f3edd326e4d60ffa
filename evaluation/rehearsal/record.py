"""Reads the end state of a rehearsal from the database, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from evaluation.rehearsal.hearing import Moment

_LEADS = """
select l.id, l.stage, l.opted_out_at, l.snoozed_until, l.fields, l.language, c.mode,
  c.waiting_reason, c.waiting_for_person_since
from public.leads l join public.conversations c on c.lead_id = l.id where l.workspace_id = $1
"""

_MESSAGES = """
select c.lead_id, m.direction, m.author, m.kind, m.body, m.wamid, m.status, m.reason, m.created_at, m.content
from public.messages m join public.conversations c on c.id = m.conversation_id
where m.workspace_id = $1 order by m.created_at, m.id
"""

_TURNS = """
select c.lead_id, t.state, t.reason, t.decision ->> 'move' as move, t.decision ->> 'intent' as intent
from public.turns t join public.conversations c on c.id = t.conversation_id
where t.workspace_id = $1 order by t.opened_at
"""

_MEETINGS = """
select lead_id, agent_id, state, starts_at, ends_at, time_zone, booked_at, cancelled_at
from public.meetings where workspace_id = $1 and booked_at is not null order by booked_at
"""

_OVERLAPS = """
select count(*) from public.meetings a join public.meetings b
  on a.id < b.id and a.agent_id = b.agent_id and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
where a.workspace_id = $1 and a.state = 'booked' and b.state = 'booked'
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    author: str
    """"lead", "bot", "campaign", …"""
    text: str
    wamid: str | None
    at: datetime
    rows: tuple[str, ...] = ()
    """Titles of the buttons or list rows under it."""

    @property
    def ours(self) -> bool:
        """Whether the lead got it from us."""
        return self.author not in ("lead", "system")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that is or was booked."""

    lead_id: str
    agent_id: str | None
    state: str
    starts_at: datetime
    ends_at: datetime
    moment: Moment
    """In the zone that the lead was told."""
    booked_at: datetime
    cancelled_at: datetime | None


@dataclass
class LeadRecord:
    """Everything that the record holds about a lead."""

    stage: str
    opted_out: bool
    snoozed: bool
    waits_for: str | None
    """Why a person is to take over; None while nobody has to."""
    fields: dict[str, Any]
    messages: list[Said] = field(default_factory=list)
    """Those that were sent or received, in order."""
    held_back: list[str] = field(default_factory=list)
    """Messages of ours that the gate did not let out, with the reason."""
    turns: list[str] = field(default_factory=list)
    """State of each turn."""
    moves: list[str] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)


@dataclass
class Record:
    """The end state of a workspace."""

    leads: dict[str, LeadRecord]
    meetings: list[Meeting]
    overlaps: int
    """Pairs of booked meetings of one agent at the same time."""


async def read_record(pool: asyncpg.Pool, workspace_id: str) -> Record:
    """Read the end state, in one read-only snapshot."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        rows = {
            name: await connection.fetch(sql, workspace_id)
            for name, sql in (("leads", _LEADS), ("messages", _MESSAGES), ("turns", _TURNS), ("meetings", _MEETINGS))
        }
        overlaps = await connection.fetchval(_OVERLAPS, workspace_id)
    leads = {str(row["id"]): _lead(row) for row in rows["leads"]}
    for row in rows["messages"]:
        _add_message(leads[str(row["lead_id"])], row)
    for row in rows["turns"]:
        lead = leads[str(row["lead_id"])]
        lead.turns.append(row["state"])
        lead.moves += [row["move"]] if row["move"] else []
    meetings = [_meeting(row) for row in rows["meetings"]]
    for each in meetings:
        if each.lead_id in leads:
            leads[each.lead_id].meetings.append(each)
    return Record(leads, meetings, overlaps)


def _lead(row: asyncpg.Record) -> LeadRecord:
    person = row["waiting_for_person_since"] is not None or row["mode"] == "human"
    return LeadRecord(
        stage=row["stage"],
        opted_out=row["opted_out_at"] is not None,
        snoozed=row["snoozed_until"] is not None,
        waits_for=(row["waiting_reason"] or "a person has it") if person else None,
        fields=_json(row["fields"]),
    )


def _add_message(lead: LeadRecord, row: asyncpg.Record) -> None:
    if row["status"] in ("not_sent", "failed"):
        lead.held_back.append(str(row["reason"]))
        return
    titles = _titles(_json(row["content"]))
    lead.messages.append(
        Said(row["author"], row["body"] or f"[{row['kind']}]", row["wamid"], row["created_at"], titles)
    )


def _titles(content: dict[str, Any]) -> tuple[str, ...]:
    """Return the titles of buttons and rows, wherever the message keeps them."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.extend([value["title"]] if isinstance(value.get("title"), str) and "id" in value else [])
            for each in value.values():
                look(each)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for each in value:
                look(each)

    look(content)
    return tuple(found)


def _meeting(row: asyncpg.Record) -> Meeting:
    local = row["starts_at"].astimezone(ZoneInfo(row["time_zone"]))
    return Meeting(
        str(row["lead_id"]),
        row["agent_id"] and str(row["agent_id"]),
        row["state"],
        row["starts_at"],
        row["ends_at"],
        Moment(local.day, local.month, f"{local:%H:%M}"),
        row["booked_at"],
        row["cancelled_at"],
    )


def _json(value: Any) -> dict[str, Any]:
    return dict(json.loads(value)) if isinstance(value, str) else dict(value or {})
