"""Reads our messages as a person would: what is asked, which times are offered, in which language it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from evaluation.rehearsal.lines import TALKERS, lines, marks

_LINE: Final = re.compile(r"^(?P<place>\d)\. (?P<words>.+?), (?P<time>\d{1,2}:\d{2})$", re.MULTILINE)
_MOMENT: Final = re.compile(
    r"(?P<day>\d{1,2}) (?:de )?(?P<month>[a-zç]+)(?: (?:de )?\d{4})?\D{1,12}(?P<time>\d{1,2}:\d{2})"
)
_WORDS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time as a message names them; the year goes without saying."""

    day: int
    month: int
    time: str
    """"17:00"."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A time to choose from."""

    place: int
    """From 1, as it is numbered."""
    moment: Moment | None
    weekday: int | None
    """Monday is 1."""
    row_id: str | None = None
    """What a tap sends; None when it can only be typed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of ours, read."""

    message_id: str
    text: str
    question: str | None
    """What it asks for: "budget", "area", …; "something" when that is not clear; None when it asks nothing."""
    offered: tuple[Offered, ...]
    buttons: tuple[tuple[str, str], ...]
    """Id and title of each reply button."""
    none_row: str | None
    """The row that says "none of these"."""
    moment: Moment | None
    """The time that it names, where it offers none."""


def hear(message: dict[str, Any], language: str) -> Heard:
    """Read a message of the simulator's chat."""
    content = message["content"]
    text = str(content.get("body", "") if message["type"] == "text" else (content.get("body") or {}).get("text", ""))
    action = content.get("action") or {}
    rows = [row for section in action.get("sections", []) for row in section["rows"]]
    buttons = tuple((each["reply"]["id"], each["reply"]["title"]) for each in action.get("buttons", []))
    offered = _offered(text, [row["id"] for row in rows])
    spare = rows[len(offered)]["id"] if offered and len(rows) > len(offered) else None
    moment = None if offered else next(iter(moments(text)), None)
    return Heard(message["id"], text, None if offered else _question(text, language), offered, buttons, spare, moment)


def moments(text: str) -> list[Moment]:
    """Return every day and time that a text names: "Tuesday 24 November 2026 at 17:00", "24 de noviembre, 17:00"."""
    found = []
    for each in _MOMENT.finditer(bare(text)):
        month = _month(each["month"])
        if month is not None:
            found.append(Moment(int(each["day"]), month, each["time"].zfill(5)))
    return found


def times_offered(text: str) -> list[Moment]:
    """Return the times that a text lets the lead choose from."""
    return [each.moment for each in _offered(text, []) if each.moment is not None]


def questions(text: str) -> list[str]:
    """Return the questions of a text, in plain words, without the line that leads to them."""
    return [bare(each).strip(" ¿\n") for each in re.findall(r"[^.!?\n¿]+\?", text)]


def language_of(text: str) -> str | None:
    """Return the language that a text is in, by its small words; None when nothing gives it away."""
    words = [each.lower() for each in _WORDS.findall(text)]
    found = {language: sum(word in known for word in words) for language, known in marks().items()}
    best = max(found.values())
    winners = [language for language, count in found.items() if count == best]
    return winners[0] if best > 0 and len(winners) == 1 else None


def _offered(text: str, rows: list[str]) -> tuple[Offered, ...]:
    found = []
    for place, each in enumerate(_LINE.finditer(text)):
        named = next(iter(moments(each.group())), None)
        row_id = rows[place] if place < len(rows) else None
        found.append(Offered(int(each["place"]), named, _weekday(each["words"]), row_id))
    return tuple(found)


def _question(text: str, language: str) -> str | None:
    asked = questions(text)
    if not asked:
        return None
    known = lines(language if language in TALKERS else "en").asked
    for field, pattern in known.items():
        if re.search(pattern, asked[-1]) or re.search(bare(pattern), asked[-1]):
            return field
    return "something"


def _month(word: str) -> int | None:
    for language in TALKERS:
        names = [bare(each) for each in lines(language).months]
        if word in names:
            return names.index(word) + 1
    return None


def _weekday(words: str) -> int | None:
    said = bare(words)
    for language in TALKERS:
        for number, name in enumerate(lines(language).weekdays, 1):
            if said.startswith(bare(name)):
                return number
    return None


def bare(text: str) -> str:
    """Lower case, without accents; ç and ñ become c and n."""
    folded = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in folded if not unicodedata.combining(each))
