"""Turn the demo's people and stories into rows, times relative to now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from uuid_utils.compat import uuid7

from lead_reviver.decide.conversation import FieldValue
from lead_reviver.decide.score import Score, Standing, score, weights_of
from lead_reviver.local.demo.people import LEADS, DemoLead
from lead_reviver.local.demo.stories import STORIES
from lead_reviver.local.demo.story import Line, Story
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.storage.suppressions import identity_hash

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Rows by table, in the order in which they may be inserted; all rows of a table have the same keys."""

_TABLES = (
    "leads", "identities", "consents", "suppressions", "tags", "lead_tags", "notes",
    "conversations", "turns", "messages", "meeting_types", "availability", "days_off", "meetings",
)  # fmt: skip
_MADRID = ZoneInfo("Europe/Madrid")
OPTED_OUT_AGO = timedelta(hours=70)


_MEETINGS = (
    ("lucia", "marta", 1, 0, "booked"), ("teresa", "marta", 2, 2, "booked"), ("rajesh", "lukas", 3, 6, "booked"),
    ("kevin", "lukas", -6, 1, "no_show"), ("charlotte", "lukas", -20, 3, "happened"),
    ("elena", "marta", -18, 6, "happened"), ("andrea", "marta", -2, 5, "cancelled"),
)  # fmt: skip
"""Whose, with whom, in how many days, how many hours after half past ten."""


def _score(lead: DemoLead) -> Score:
    """Return the score that the lead's answers are worth."""
    questions = [each.field for each in shipped_playbook().questions]
    standing = Standing(
        fields={name: FieldValue(value, said, None) for name, (value, said) in lead.fields.items()},
        questions=questions,
        replies=sum(line.author == "lead" for story in STORIES if story.lead == lead.key for line in story.lines),
        meeting=any(key == lead.key and state == "booked" for key, _, _, _, state in _MEETINGS),
        opted_out=lead.opted_out,
    )
    return score(standing, weights_of({}, questions))


class Demo:
    """The rows of one demo workspace."""

    def __init__(self, user_ids: Mapping[str, str], now: datetime, hash_key: bytes) -> None:
        self.workspace_id, self.channel_id = _id(), _id()
        self.now = now
        self.rows: Rows = {table: [] for table in _TABLES}
        self._users, self._hash_key = user_ids, hash_key
        self._lead_ids = {each.key: _id() for each in LEADS}
        self._conversation_ids: dict[str, str] = {}

    def add_leads(self) -> None:
        """Add every lead with how it is known, what it agreed to, its tags and notes."""
        tags = {name: _id() for name in sorted({tag for each in LEADS for tag in each.tags})}
        self._add("tags", *({"id": tag_id, "name": name} for name, tag_id in tags.items()))
        talked = {story.lead: self._last_inbound(story) for story in STORIES}
        for each in LEADS:
            self._add_lead(each, talked.get(each.key))
            lead_id = self._lead_ids[each.key]
            self._add("lead_tags", *({"lead_id": lead_id, "tag_id": tags[name]} for name in each.tags))
            if each.note:
                note: Row = {"id": _id(), "lead_id": lead_id, "author_id": self._users.get(each.owner or "diego")}
                self._add("notes", note | {"body": each.note, "created_at": self._ago(days=each.days_ago / 3)})

    def _add_lead(self, each: DemoLead, last_inbound_at: str | None) -> None:
        lead_id, created_at = self._lead_ids[each.key], self._ago(days=each.days_ago, hours=3)
        opted_out_at = (self.now - OPTED_OUT_AGO).isoformat() if each.opted_out else None
        fields = {
            name: {"value": value, "said": said, "message_id": None, "confidence": 1.0}
            for name, (value, said) in each.fields.items()
        }
        scored = _score(each) if each.fields or each.opted_out else None
        self._add("leads", {
            "id": lead_id, "name": each.name, "phone": each.phone, "email": each.email, "language": each.language,
            "source": each.source, "stage": each.stage, "score": scored and scored.points, "fields": fields,
            "score_reasons": msgspec.to_builtins(scored.reasons) if scored else [],
            "owner_id": self._users.get(each.owner or ""), "opted_out_at": opted_out_at,
            "last_inbound_at": last_inbound_at, "created_at": created_at, "updated_at": last_inbound_at or created_at,
        })  # fmt: skip
        known = [("phone", each.phone), ("wa_id", each.phone and each.phone[1:]), ("bsuid", each.bsuid)]
        for kind, value in known:
            if value:
                row: Row = {"id": _id(), "lead_id": lead_id, "kind": kind, "value": value}
                self._add("identities", row | {"valid_from": created_at})
        self._add("consents", {
            "id": _id(), "lead_id": lead_id, "purpose": "marketing", "source": each.source,
            "evidence": "Ticked \"Write to me on WhatsApp\"" if each.source != "WhatsApp" else None,
            "given_at": created_at, "withdrawn_at": opted_out_at,
            "withdrawn_through": "whatsapp message" if each.opted_out else None,
        })  # fmt: skip
        if each.opted_out and each.phone:
            hashed = identity_hash(self._hash_key, "phone", each.phone)
            self._add("suppressions", {
                "identity_hash": f"\\x{hashed.hex()}", "scope": "all", "reason": "asked on WhatsApp",
                "created_at": opted_out_at,
            })  # fmt: skip

    def add_stories(self) -> None:
        """Add every conversation with its turns and messages."""
        for story in STORIES:
            self._add_story(story)

    def _add_story(self, story: Story) -> None:
        conversation_id = self._conversation_ids[story.lead] = _id()
        times = self._times(story)
        last, last_at = story.lines[-1], times[-1].isoformat()
        human = story.taken_by is not None or (story.waiting is not None and story.parked is None)
        self._add("conversations", {
            "id": conversation_id, "lead_id": self._lead_ids[story.lead], "channel_id": self.channel_id,
            "mode": "human" if human else "bot", "assigned_to": self._users.get(story.taken_by or ""),
            "taken_over_at": last_at if story.taken_by else None,
            "waiting_for_person_since": last_at if story.waiting else None, "waiting_reason": story.waiting,
            "last_inbound_at": self._last_inbound(story), "last_message_at": last_at,
            "last_message_preview": (last.body or last.kind)[:200], "unread_count": story.unread,
            "created_at": times[0].isoformat(),
        })  # fmt: skip
        asked: list[int] = []
        for n, line in enumerate(story.lines):
            if line.author == "lead":
                asked.append(n)
            else:
                bot = line.author == "bot"
                opened = times[asked[0]] if asked else times[n]
                turn_id = self._add_turn(conversation_id, story, line, opened, times[n]) if bot else None
                self._add_messages(conversation_id, story, times, [*asked, n], turn_id)
                asked = []
        parked = self._add_parked(conversation_id, story, times) if story.parked and asked else None
        self._add_messages(conversation_id, story, times, asked, parked)

    def _add_messages(
        self, conversation_id: str, story: Story, times: list[datetime], positions: list[int], turn_id: str | None
    ) -> None:
        rows = (self._message(conversation_id, story.lines[n], times[n], turn_id) for n in positions)
        self._add("messages", *rows)

    def _add_turn(self, conversation_id: str, story: Story, line: Line, opened: datetime, ended: datetime) -> str:
        turn_id = _id()
        learned = {
            name: {"value": value, "said": said, "message_id": "", "confidence": 1.0}
            for name, (value, said) in line.learned.items()
        }
        language = next(each.language for each in LEADS if each.key == story.lead)
        decision = {
            "move": line.move, "reason": line.why, "text": line.body, "language": language, "intent": line.intent,
            "buttons": [{"id": button, "title": title} for button, title in line.buttons], "asked": line.asked,
            "fields": learned, "model": "playbook", "checks": ["length", "language", "no_links", "no_numbers"],
        }  # fmt: skip
        self._add_turn_row(turn_id, conversation_id, opened, ended, "done", line.why, decision, attempts=1)
        return turn_id

    def _add_parked(self, conversation_id: str, story: Story, times: list[datetime]) -> str:
        turn_id = _id()
        ended = times[-1] + timedelta(minutes=4)
        self._add_turn_row(turn_id, conversation_id, times[-1], ended, "parked", story.parked, None, attempts=6)
        return turn_id

    def _add_turn_row(
        self, turn_id: str, conversation_id: str, opened: datetime, ended: datetime, state: str, reason: str | None,
        decision: Row | None, attempts: int,
    ) -> None:  # fmt: skip
        self._add("turns", {
            "id": turn_id, "conversation_id": conversation_id, "state": state, "opened_at": opened.isoformat(),
            "last_message_at": opened.isoformat(), "ready_at": opened.isoformat(), "attempts": attempts,
            "runner": "inline", "reason": reason, "decision": decision, "model": "playbook",
            "tokens_in": 0, "tokens_out": 0, "tokens_cached": 0, "cost_minor": 0, "cost_currency": "EUR",
            "started_at": opened.isoformat(), "finished_at": ended.isoformat(),
        })  # fmt: skip

    def _message(self, conversation_id: str, line: Line, at: datetime, turn_id: str | None) -> Row:
        incoming = line.author == "lead"
        content = line.content
        if line.kind == "interactive" and not incoming:
            buttons = [{"type": "reply", "reply": {"id": button, "title": title}} for button, title in line.buttons]
            content = {"type": "button", "body": {"text": line.body}, "action": {"buttons": buttons}}
        reached = incoming or line.status not in ("not_sent", "failed")
        allowed = None if incoming else {"outcome": "allowed", "reasons": [], "seconds": 0.0}
        return {
            "id": _id(), "conversation_id": conversation_id, "turn_id": turn_id,
            "direction": "in" if incoming else "out", "author": line.author,
            "author_id": self._users.get(line.who or ""), "kind": line.kind, "body": line.body, "content": content,
            "wamid": f"wamid.DEMO{uuid7().hex}" if reached else None, "status": line.status,
            "status_at": at.isoformat(), "error_code": line.error_code, "reason": line.reason,
            "gate": line.gate or allowed,
            "lead_reaction": None if incoming else line.reaction, "our_reaction": line.reaction if incoming else None,
            "sent_at": at.isoformat(), "created_at": at.isoformat(),
            "edited_at": (at + timedelta(minutes=1)).isoformat() if line.edited else None,
            "deleted_at": (at + timedelta(minutes=1)).isoformat() if line.deleted else None,
        }  # fmt: skip

    def add_calendars(self) -> None:
        """Add when the agents show homes, and how long that takes."""
        self._add("meeting_types", *(
            {"id": _id(), "kind": kind, "minutes": minutes, "minutes_before": around, "minutes_after": around,
             "every_minutes": 30, "notice_minutes": notice, "horizon_days": 14, "hold_minutes": 10,
             "offered_at_once": 3}
            for kind, minutes, around, notice in (("viewing", 45, 15, 180), ("call", 20, 0, 60))
        ))  # fmt: skip
        for agent, days, hours in (
            ("marta", range(1, 6), (("09:30", "14:00"), ("16:00", "19:30"))),
            ("lukas", range(2, 7), (("10:00", "18:00"),)),
        ):
            self._add("availability", *(
                {"id": _id(), "user_id": self._users[agent], "weekday": day, "starts_at": starts, "ends_at": ends,
                 "time_zone": "Europe/Madrid", "available": True}
                for day in days for starts, ends in hours
            ))  # fmt: skip
        for month, day, name in ((12, 25, "Christmas Day"), (1, 1, "New Year's Day"), (1, 6, "Epiphany")):
            year = self.now.year + ((month, day) < (self.now.month, self.now.day))
            holiday = date(year, month, day).isoformat()
            row: Row = {"id": _id(), "user_id": None, "first_day": holiday, "last_day": holiday}
            self._add("days_off", row | {"reason": name})

    def add_meetings(self) -> None:
        """Add meetings: on the next working days, and some that are over."""
        half_past_ten = self.now.astimezone(_MADRID).replace(hour=10, minute=30, second=0, microsecond=0)
        for key, agent, days, hours, state in _MEETINGS:
            starts_at = half_past_ten + timedelta(days=days, hours=hours)
            while state == "booked" and starts_at.isoweekday() not in range(2, 6):
                starts_at += timedelta(days=1)
            self._add("meetings", {
                "id": _id(), "lead_id": self._lead_ids[key], "conversation_id": self._conversation_ids.get(key),
                "agent_id": self._users[agent], "kind": "viewing", "state": state, "starts_at": starts_at.isoformat(),
                "booked_at": self._ago(days=max(1, 2 - days)),
                "ends_at": (starts_at + timedelta(minutes=45)).isoformat(), "time_zone": "Europe/Madrid",
                "blocked_from": (starts_at - timedelta(minutes=15)).isoformat(),
                "blocked_until": (starts_at + timedelta(minutes=60)).isoformat(),
                "cancelled_at": self._ago(days=3) if state == "cancelled" else None,
                "cancelled_by": "lead" if state == "cancelled" else None,
            })  # fmt: skip

    def daily_counters(self) -> Iterator[tuple[date, dict[str, int]]]:
        """Give two weeks of numbers, up to yesterday: today is counted for real. A weekly rhythm with a slow rise."""
        usual = {"messages_in": 46, "replies": 37, "handovers": 6, "opted_out": 2, "opt_out_confirmations": 2}
        for ago in range(14, 0, -1):
            day = (self.now - timedelta(days=ago)).date()
            busy = (0.35 if day.weekday() >= 5 else 1.0) * (1 + (14 - ago) / 20)
            yield (
                day,
                {
                    metric: round(value * busy * (0.85 + ((ago * 7 + position * 3) % 10) / 33))
                    for position, (metric, value) in enumerate(usual.items())
                },
            )

    def _times(self, story: Story) -> list[datetime]:
        gaps = [timedelta(minutes=line.after) for line in story.lines]
        ended = self.now - timedelta(hours=story.ended)
        if story.ended >= 20:  # What is over happened in the afternoon, not at night.
            ended = ended.astimezone(_MADRID).replace(hour=12 + len(story.lines) % 6).astimezone(UTC)
        at = ended - sum(gaps[1:], timedelta())
        times = [at]
        for gap in gaps[1:]:
            times.append(times[-1] + gap)
        return times

    def _last_inbound(self, story: Story) -> str | None:
        inbound = [at for line, at in zip(story.lines, self._times(story), strict=True) if line.author == "lead"]
        return inbound[-1].isoformat() if inbound else None

    def _ago(self, **span: float) -> str:
        return (self.now - timedelta(**span)).isoformat()

    def _add(self, table: str, *rows: Row) -> None:
        self.rows[table].extend({"workspace_id": self.workspace_id, **row} for row in rows)


def _id() -> str:
    return str(uuid7())
