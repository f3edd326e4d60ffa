"""What a lead who waits for a person is told, in approved words: data in `handover_words.json`.

Pure. No name of a colleague is told, and nothing about what they are doing: a lead learns only what is true and theirs
to know.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.contact_hours import zone_called
from lead_reviver.decide.handover import Notice

_FILE: Final = Path(__file__).parent / "handover_words.json"


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language."""

    passed_on: str
    later_at: str
    later: str
    today: str
    tomorrow: str
    on_day: str
    """Within the next six days."""
    on_date: str
    weekdays: list[str]
    """Monday first."""


def notice_text(notice: Notice, language: str, somebody_at: datetime | None, now: datetime, zone: str) -> str:
    """Return the words of a notice, on the lead's own clock (`zone`); English where the language has no words.

    `somebody_at` is when somebody is there next; a time that has come already is not named.
    """
    words = _words().get(language) or _words()["en"]
    if notice == "passed_on":
        return words.passed_on
    if somebody_at is None or somebody_at <= now:
        return words.later
    return words.later_at.replace("{when}", _when(words, somebody_at, now, zone))


def _when(words: _Words, moment: datetime, now: datetime, zone: str) -> str:
    local = moment.astimezone(zone_called(zone))
    days = (local.date() - now.astimezone(zone_called(zone)).date()).days
    said = words.today if days == 0 else words.tomorrow if days == 1 else words.on_day if days < 7 else words.on_date
    return (
        said.replace("{time}", f"{local.hour}:{local:%M}")
        .replace("{weekday}", words.weekdays[local.weekday()])
        .replace("{date}", f"{local.day}/{local.month}")
    )


@cache
def _words() -> dict[str, _Words]:
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, _Words])
