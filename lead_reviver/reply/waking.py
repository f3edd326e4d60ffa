"""The first line for a lead who asked to be written to later: approved words in `waking.json`, and no word of theirs.

Pure. What they wrote may be personal, or something they would not like to read again. So only two things are said of
it: the month in which they said it, and the time that `decide/snooze.py` recognised in it, in our own words for that
time. It asks one question, which a "yes", a "no" and a "later" answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.contact_hours import zone_called
from lead_reviver.decide.conversation import Conversation, Decision, Turn
from lead_reviver.decide.snooze import month_name
from lead_reviver.reply.answering import first_name
from lead_reviver.reply.checks import check_reply
from lead_reviver.reply.playbook import Playbook

_FILE: Final = Path(__file__).parent / "waking.json"
_NAMES_YEAR_AFTER: Final = timedelta(days=300)
"""From then on a month alone might be this year's."""


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language."""

    asked: str
    asked_lately: str
    """In the month in which it was said."""
    not_then: str
    """No time was named."""
    not_then_lately: str
    month_of_year: str
    after_summer: str
    new_year: str
    month: str
    later: dict[str, str]
    """Long after it was said: "a week later"."""


class FirstLine:
    """What is said to one lead on its day, in the lead's language; English where we have no words in it."""

    def __init__(
        self, *, asked_at: datetime, occasion: str | None, now: datetime, zone: str, language: str, name: str | None
    ) -> None:
        """`occasion` is what `hear_snooze` made of the lead's words; `zone` is the lead's clock."""
        self.language = language if language in _words() else "en"
        self._words = _words()[self.language]
        self._name = first_name(name)
        then, today = asked_at.astimezone(zone_called(zone)), now.astimezone(zone_called(zone))
        self._lately = (then.year, then.month) == (today.year, today.month)
        self._month = month_name(then.month, self.language)
        if today - then > _NAMES_YEAR_AFTER:
            self._month = self._words.month_of_year.format(month=self._month, year=then.year)
        self._when = self._said(occasion)

    def text(self) -> str:
        """Return it in free words."""
        asked = self._words.asked_lately if self._lately else self._words.asked
        not_then = self._words.not_then_lately if self._lately else self._words.not_then
        # The name is last: it is the lead's own, and may look like anything.
        said = (asked if self._when else not_then).replace("{month}", self._month).replace("{when}", self._when)
        return said.replace("{name}", f" {self._name}" if self._name else "")

    def values(self) -> dict[str, str]:
        """Return what a template may name, or number in this order; a time that was not named is empty."""
        return {"name": self._name, "month": self._month, "when": self._when}

    def _said(self, occasion: str | None) -> str:
        kind, _, what = (occasion or "").partition(":")
        if kind in ("after_summer", "new_year"):
            return str(getattr(self._words, kind))
        if kind == "month":
            return self._words.month.replace("{month}", month_name(int(what), self.language))
        return self._words.later.get(what, "") if kind == "later" else ""


def speaks(language: str) -> bool:
    """Whether there are approved words in this language."""
    return language in _words()


def decision_to_write(line: FirstLine, conversation: Conversation, playbook: Playbook) -> Decision:
    """Return the line as a decision that passed every check. Raises `ReplyRefused` for one that fails any."""
    decision = Decision(
        "answer",
        "Writes on the day until which the lead wanted to be left alone.",
        text=line.text(),
        language=line.language,
        intent="wake",
    )
    return msgspec.structs.replace(decision, checks=check_reply(decision, Turn("", conversation, []), playbook))


@cache
def _words() -> dict[str, _Words]:
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, _Words])
