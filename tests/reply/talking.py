"""A lead and the playbook responder talking, so that a test reads like the chat it is about."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from lead_reviver.decide.conversation import Conversation, Decision, FieldValue, Lead, Line, Turn
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
        return Turn("turn-1", conversation, lines, **more)

    def decide(self, *messages: str | Line, **more: object) -> Decision:
        turn = self.turn(*messages, **more)
        decision = asyncio.run(self.responder.decide(turn))
        assert decision == asyncio.run(self.responder.decide(turn)), "the same turn gets the same decision"
        self.history += turn.messages
        if decision.text is not None:
            self.history.append(Line(f"out-{len(self.history)}", "out", "bot", "text", decision.text, NOON))
        self.fields.update(decision.fields)
        self.stage = decision.stage or self.stage
        self.language = decision.language or self.language
        return decision

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
