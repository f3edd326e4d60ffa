"""What a lead is told about a meeting outside of a turn: reminders, our changes, that we missed each other.

Pure. Every text names the date in full on the lead's own clock; the words stand in `meeting_phrases/`.
"""

from __future__ import annotations

from lead_reviver.decide.conversation import Appointment, Choices
from lead_reviver.decide.reminders import NoticeKind
from lead_reviver.reply.answering import first_name
from lead_reviver.reply.meeting_talk import LANGUAGES, in_full, meeting_talk, with_calendar_link
from lead_reviver.reply.meeting_turn import offer_of, title_of
from lead_reviver.reply.playbook import Playbook


class MeetingNotice:
    """The words of one notice, in the lead's language; English where we have no words in it."""

    def __init__(
        self,
        kind: NoticeKind,
        meeting: Appointment,
        playbook: Playbook,
        *,
        language: str,
        time_zone: str,
        lead_name: str | None,
        reason: str | None = None,
        calendar_link: str | None = None,
    ) -> None:
        self.kind = kind
        self.language = language if language in LANGUAGES else "en"
        self._zone = time_zone
        self._name = first_name(lead_name)
        self._agent = meeting.agent or ""
        self._title = title_of(playbook, meeting.kind, self.language)
        self._when = in_full(meeting.starts_at, time_zone, self.language)
        self._reason = reason
        self._calendar_link = calendar_link if kind == "moved" else None

    def text(self) -> str:
        """Return the notice in free words; below a move stands the link that moves it in the lead's calendar, too."""
        text = self._filled(getattr(meeting_talk(self.language).notices, self.kind))
        return with_calendar_link(text, self._calendar_link, self.language)

    def offer(self, found: list[Appointment]) -> tuple[str, Choices]:
        """Return the notice that the lead was missed, with free times to choose from."""
        opening = self._filled(meeting_talk(self.language).notices.missed_offer)
        return offer_of(opening, found, self._zone, self.language)

    def values(self) -> dict[str, str]:
        """Return what a template may name, or number in this order."""
        return {"name": self._name, "meeting": self._title, "when": self._when, "agent": self._agent}

    def _filled(self, text: str) -> str:
        with_agent = meeting_talk(self.language).with_.replace("{agent}", self._agent) if self._agent else ""
        return (
            text.replace("{name}", f", {self._name}" if self._name else "")
            .replace("{meeting}", self._title)
            .replace("{when}", self._when)
            .replace("{with}", with_agent)
            .replace("{reason}", f" {_sentence(self._reason)}" if self._reason else "")
        )


def _sentence(text: str) -> str:
    tidy = " ".join(text.split())
    return tidy if tidy.endswith((".", "!", "?")) else f"{tidy}."
