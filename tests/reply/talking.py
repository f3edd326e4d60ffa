"""A lead and the playbook responder talking, so that a test reads like the chat it is about."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from lead_reviver.decide.conversation import (
    Appointment,
    Calendar,
    Conversation,
    Decision,
    FieldValue,
    Lead,
    Line,
    SlotWish,
    Turn,
)
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import PlaybookResponder

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Chat:
    """One conversation. What the bot learns and says is remembered, as the steps do it."""

    def __init__(self, name: str | None = "Ana Pérez", language: str | None = None, **conversation: object) -> None:
        self.responder = PlaybookResponder()
        self.conversation = {"workspace_language": "en", **conversation}
        self.name, self.language = name, language
        self.fields: dict[str, FieldValue] = {}
        self.history: list[Line] = []
        self.stage = "new"
        self.calendar = Calendar("Europe/Madrid")
        self.free: list[list[Appointment]] = []
        """What the next searches find; then nothing is free."""
        self.wishes: list[SlotWish] = []

    def turn(self, *messages: str | Line, **more: object) -> Turn:
        lead = Lead("lead-1", self.name, self.language, self.stage, dict(self.fields), **more.pop("lead", {}))
        conversation = Conversation(
            "conversation-1", "workspace-1", "channel-1", "700800900100", lead, "Casa Feliz",
            history=self.history[-20:], **self.conversation,
        )  # fmt: skip
        lines = [
            each if isinstance(each, Line) else a_line(each, f"m{len(self.history)}-{place}")
            for place, each in enumerate(messages)
        ]
        return Turn("turn-1", conversation, lines, **{"calendar": self.calendar, **more})

    def decide(self, *messages: str | Line, **more: object) -> Decision:
        turn = self.turn(*messages, **more)
        decision = asyncio.run(self.responder.decide(turn))
        if decision.wants_slots is not None:
            assert decision.text is None
            self.wishes.append(decision.wants_slots)
            found = self.free.pop(0) if self.free else []
            self.calendar = replace(self.calendar, offered=found)
            turn = replace(turn, calendar=replace(turn.calendar, found=found))
            decision = asyncio.run(self.responder.decide(turn))
        assert decision == asyncio.run(self.responder.decide(turn)), "the same turn gets the same decision"
        self.history += turn.messages
        if decision.text is not None:
            self.history.append(Line(f"out-{len(self.history)}", "out", "bot", "text", decision.text, NOON))
        self._agree(decision)
        self.fields.update(decision.fields)
        self.stage = decision.stage or self.stage
        self.language = decision.language or self.language
        return decision

    def _agree(self, decision: Decision) -> None:
        """Book and cancel as the steps do it, and only what is there."""
        if decision.cancel is not None:
            assert self.calendar.booked is not None
            assert decision.cancel == self.calendar.booked.id
            self.calendar = replace(self.calendar, booked=None)
        if decision.book is not None:
            known = [*self.calendar.offered, *([self.calendar.booked] if self.calendar.booked else [])]
            [slot] = [each for each in known if each.id == decision.book]
            self.calendar = replace(self.calendar, booked=slot, offered=[])

    def says(self, *messages: str | Line) -> str | None:
        return self.decide(*messages).text

    @property
    def known(self) -> dict[str, object]:
        return {name: value.value for name, value in self.fields.items()}


def a_line(text: str | None, message_id: str = "m1", kind: str = "text", reply_id: str | None = None) -> Line:
    return Line(message_id, "in", "lead", kind, text, NOON + timedelta(minutes=1), reply_id=reply_id)


def a_tap(chat: Chat, title: str) -> Line:
    """The lead taps a button of the bot's last message, by its title."""
    buttons = [
        (f"{question.field}:{choice.value}", choice.title)
        for question in shipped_playbook().questions
        for choice in question.choices
    ] + [
        ("financing:yes", {"en": "Yes", "es": "Sí", "pt": "Sim"}),
        ("financing:no", {"en": "No", "es": "No", "pt": "Não"}),
    ]
    reply_id = next(reply_id for reply_id, titles in buttons if title in titles.values())
    return a_line(title, f"m{len(chat.history)}", "interactive", reply_id)
