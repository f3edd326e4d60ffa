"""Which of the offered slots a lead means: "the second", "Tuesday at 5", "the 24th in the morning".

Pure. Only ever one of the slots that were offered, and only where every word of the sentence is understood: a lead who
is not quite clear is asked once more, which costs less than a visit at the wrong time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from lead_reviver.decide.conversation import Appointment
from lead_reviver.decide.patterns import Words
from lead_reviver.decide.spelling import one_slip
from lead_reviver.decide.text import plain
from lead_reviver.reply.meeting_talk import MeetingTalk, in_line, in_row, meeting_talk
from lead_reviver.reply.talk import says, talk

Part = Literal["morning", "afternoon", "evening"]

_HOURS: Final[dict[Part, range]] = {"morning": range(13), "afternoon": range(12, 21), "evening": range(18, 24)}
_MINUTES: Final = re.compile(
    r"\b([01]?\d|2[0-4])\s?(?:[:.]|h)\s?([0-5]\d)\s*(?:h\b)?\s*([ap])?\.?(?:m\b\.?)?", re.IGNORECASE
)
_HALF_DAY: Final = re.compile(r"\b(\d{1,2})\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
_HOUR: Final = re.compile(r"\b([01]?\d|2[0-4])\s*(?:h|hs|hrs|horas|hours|o'?clock)\b", re.IGNORECASE)
_DAY_AND_MONTH: Final = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/\d{2,4})?\b")
_DAY_OF_MONTH: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_SHORTEST_MENDED: Final = 6
"""Letters; shorter names have too many neighbours."""
_CLOCK: Final = re.compile(r"clock(\d\d)(\d\d)([apx])")
_DATE: Final = re.compile(r"date(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says about the slots of an offer."""

    slots: tuple[Appointment, ...] = ()
    """Those that it may mean; empty when it means none of them."""
    names_time: bool = False
    """It speaks of days, times or places in the list at all."""
    clear: bool = False
    """Every word of it is understood, so that the one slot that is left may be booked."""
    negative: bool = False
    weekdays: tuple[int, ...] = ()
    part: Part | None = None
    times: tuple[time, ...] = ()
    """Of day, as it may mean them: "at 5" is 05:00 or 17:00."""

    @property
    def choice(self) -> Appointment | None:
        """The slot that the sentence chooses beyond doubt."""
        return self.slots[0] if self.clear and self.names_time and len(self.slots) == 1 else None


@dataclass
class _Scan:
    offered: Sequence[Appointment]
    local: list[datetime]
    words: MeetingTalk
    today: date
    left: set[int]
    named: bool = False
    unknown: int = 0
    negative: bool = False
    weekdays: list[int] = field(default_factory=list)
    part: Part | None = None
    times: set[time] = field(default_factory=set)

    def keep(self, suits: Callable[[int], bool]) -> None:
        self.named = True
        self.left = {place for place in self.left if suits(place)}


def read_choice(sentence: str, offered: Sequence[Appointment], zone: str, language: str, now: datetime) -> Reading:
    """Return what a sentence says about offered slots; `now` is when the lead wrote it."""
    for each in offered:  # a row of the list, copied: "01:00" is one o'clock at night even where 13:00 is offered too
        if sentence.strip() in (in_row(each, zone, language), in_line(1, each, zone, language).partition(". ")[2]):
            return Reading((each,), names_time=True, clear=True)
    words, own = meeting_talk(language), ZoneInfo(zone)
    local = [each.starts_at.astimezone(own) for each in offered]
    scan = _Scan(offered, local, words, now.astimezone(own).date(), set(range(len(offered))))
    tokens = _tokens(sentence, words)
    place = 0
    while place < len(tokens):
        place += _read(scan, tokens, place)
    if not scan.named and len(offered) == 1 and says("yes", Words.of(plain(sentence)), language):
        scan.named = True
    return Reading(
        slots=tuple(offered[each] for each in sorted(scan.left)) if scan.named else (),
        names_time=scan.named,
        clear=scan.unknown == 0 and not scan.negative,
        negative=scan.negative,
        weekdays=tuple(dict.fromkeys(scan.weekdays)),
        part=scan.part,
        times=tuple(sorted(scan.times)),
    )


def _read(scan: _Scan, tokens: list[str], place: int) -> int:
    """Take what stands at a place; return how many words that were."""
    token, words = tokens[place], scan.words
    before = tokens[place - 1] if place else ""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    if found := _CLOCK.fullmatch(token):
        _keep_time(scan, int(found[1]), int(found[2]), found[3])
    elif found := _DATE.fullmatch(token):
        day, month = int(found[1]), int(found[2])
        scan.keep(lambda n: (scan.local[n].day, scan.local[n].month) == (day, month))
    elif _is_morning(scan, token, before):
        _keep_part(scan, "morning")
    elif token in words.days:
        wanted = scan.today + timedelta(days=words.days[token])
        scan.weekdays.append(wanted.isoweekday())
        scan.keep(lambda n: scan.local[n].date() == wanted)
    elif token in words.afternoon:
        _keep_part(scan, "afternoon")
    elif token in words.evening:
        _keep_part(scan, "evening")
    elif (weekday := _index(words.weekdays, token)) is not None:
        return _keep_weekday(scan, weekday, token, after)
    elif (named := _index(words.months, token)) is not None:
        scan.keep(lambda n: scan.local[n].month == named)
    elif token in words.ordinals and f"{before} {token}" != "y cuarto":
        ordinal = _ordinal(words.ordinals[token], scan)
        scan.keep(lambda n: n == ordinal)
    elif (number := _number(token, before, scan)) is not None:
        return _keep_number(scan, number, before, tokens[place + 1 : place + 3])
    elif token in words.negations and token not in words.fillers:
        scan.negative = True
    elif token not in _fillers(words):
        if (meant := _meant(token, words)) is not None:
            tokens[place] = meant
            return _read(scan, tokens, place)
        scan.unknown += 1
    return 1


def _meant(token: str, words: MeetingTalk) -> str | None:
    """Return the day or place in the list that a word means with one slip of the finger: "thrsday", "la segnuda"."""
    days = [name for names in words.weekdays for name in names]
    known = [each for each in (*days, *words.ordinals) if len(each) >= _SHORTEST_MENDED]
    close = [each for each in known if one_slip(token, each)]
    return close[0] if len(close) == 1 else None


def _keep_weekday(scan: _Scan, weekday: int, token: str, after: str) -> int:
    alone = after in scan.words.after_weekday
    ordinal = scan.words.ordinals.get(token)
    if ordinal is not None and len(after) > 2 and after in scan.words.before_ordinal:  # "a segunda opção"
        meant = _ordinal(ordinal, scan)
        scan.keep(lambda n: n == meant)
        return 2
    scan.weekdays.append(weekday)
    if ordinal is None or alone:
        scan.keep(lambda n: scan.local[n].isoweekday() == weekday)
    else:  # "a segunda": Monday, or the second of the list
        meant = _ordinal(ordinal, scan)
        scan.keep(lambda n: n == meant or scan.local[n].isoweekday() == weekday)
    return 2 if alone else 1


def _keep_number(scan: _Scan, number: int, before: str, after: list[str]) -> int:
    """A number is an hour, a day of the month or a place in the list; the words beside it may say which."""
    words = scan.words
    if before in words.before_hour:
        half = " ".join(after) in words.half
        _keep_time(scan, number, 30 if half else 0, "x")
        return 3 if half else 1
    if before in words.before_ordinal and before not in ("no", "o", "a", "el", "la"):
        scan.keep(lambda n: n == number - 1)
    else:
        hours = _hours(number, "x")
        scan.keep(
            lambda n: (
                n == number - 1
                or scan.local[n].day == number
                or (scan.local[n].hour in hours and scan.local[n].minute == 0)
            )
        )
    return 1


def _keep_time(scan: _Scan, hour: int, minute: int, half_day: str) -> None:
    hours = _hours(hour, half_day)
    scan.times.update(time(each, minute) for each in hours if each < 24)
    scan.keep(lambda n: scan.local[n].hour in hours and scan.local[n].minute == minute)


def _keep_part(scan: _Scan, part: Part) -> None:
    scan.part = part
    scan.keep(lambda n: scan.local[n].hour in _HOURS[part])


def _hours(hour: int, half_day: str) -> set[int]:
    if half_day == "a":
        return {hour % 12}
    if half_day == "p":
        return {hour % 12 + 12}
    return {hour, hour + 12} if 1 <= hour <= 11 else {hour % 24}


def _ordinal(number: int, scan: _Scan) -> int:
    return len(scan.offered) - 1 if number < 0 else number - 1


def _number(token: str, before: str, scan: _Scan) -> int | None:
    if token.isdecimal():
        return int(token) if len(token) <= 2 else None
    if found := _DAY_OF_MONTH.fullmatch(token):
        return int(found[1])
    number = talk(scan.words.language).numbers.get(token)
    if number is None or number > 24 or (number <= 1 and before not in scan.words.before_hour):
        return None
    return number


def _is_morning(scan: _Scan, token: str, before: str) -> bool:
    if token not in scan.words.morning:
        return False
    return token not in scan.words.days or before in scan.words.before_morning


def _index(words: list[list[str]], token: str) -> int | None:
    return next((number for number, each in enumerate(words, 1) if token in each), None)


@cache
def _fillers_of(language: str) -> frozenset[str]:
    words = meeting_talk(language)
    return frozenset((*words.fillers, *words.before_ordinal, *words.before_hour))


def _fillers(words: MeetingTalk) -> frozenset[str]:
    return _fillers_of(words.language)


def _tokens(sentence: str, words: MeetingTalk) -> list[str]:
    """Return the words of a sentence, with times and dates made one word each."""
    text = _DAY_AND_MONTH.sub(lambda found: f" date{int(found[1]):02}{int(found[2]):02} ", sentence)
    text = _MINUTES.sub(lambda found: _clock(found[1], found[2], found[3]), text)
    text = _HALF_DAY.sub(lambda found: _clock(found[1], "00", found[2]), text)
    text = _HOUR.sub(lambda found: _clock(found[1], "00", None), text)
    folded = " ".join(plain(text).replace("|", " ").split())
    folded = f" {folded} "
    for greeting in words.greetings:
        folded = folded.replace(f" {greeting} ", " ")
    return folded.split()


def _clock(hour: str, minute: str, half_day: str | None) -> str:
    return f" clock{int(hour):02}{minute}{(half_day or 'x').lower()} "
