"""When an agent is free for a meeting, and which of the free slots are worth offering.

Pure: hours are local wall-clock time, everything else is instants. A day on which the clock changes loses nothing and
invents nothing: a slot never begins at a time that does not exist or exists twice, and never leaves the agent's hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

PartOfDay = Literal["morning", "afternoon", "evening"]

_DAY: Final = timedelta(days=1)
_PARTS: Final[dict[PartOfDay, tuple[int, int]]] = {"morning": (0, 13), "afternoon": (13, 20), "evening": (18, 24)}
"""First hour, and the hour after the last one."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When an agent takes meetings, or does not, in local time: on a weekday, or on one date."""

    agent_id: str
    starts_at: time
    ends_at: time
    """Midnight (00:00) is the end of the day."""
    time_zone: str
    weekday: int | None = None
    """ISO: 1 is Monday; None for a date."""
    on_date: date | None = None
    """Hours of a date replace those of its weekday; time off is taken away from either."""
    available: bool = True


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Days without meetings, first to last, of one agent or of everybody (None)."""

    agent_id: str | None
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Busy:
    """An agent's time that is taken, with what is kept free around it."""

    agent_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingType:
    """How a kind of meeting is planned."""

    kind: str
    length: timedelta
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    every: timedelta = timedelta(minutes=30)
    """Meetings begin so far apart, from the start of the hours."""
    notice: timedelta = timedelta()
    horizon: timedelta = timedelta(days=14)
    hold: timedelta = timedelta(minutes=10)
    """How long an offered slot is kept for the lead."""
    at_once: int = 3
    """How many are offered in one message."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which an agent is free. Instants in UTC."""

    agent_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Preference:
    """What the lead would like; what is empty does not matter."""

    weekdays: frozenset[int] = frozenset()
    part: PartOfDay | None = None
    after: datetime | None = None
    """Only what begins later than this."""
    times: frozenset[time] = frozenset()
    """Only what begins at one of these times of day."""

    def suits(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Whether a slot is what was asked for, on the lead's own clock."""
        local = slot.starts_at.astimezone(zone)
        first, end = _PARTS[self.part] if self.part else (0, 24)
        return (
            (not self.weekdays or local.isoweekday() in self.weekdays)
            and first <= local.hour < end
            and (self.after is None or slot.starts_at > self.after)
            and (not self.times or local.time() in self.times)
        )


def end_of(day: date, ends_at: time) -> datetime:
    """Return the wall-clock end of hours that begin on this day: midnight is the one that follows."""
    return datetime.combine(day + _DAY if ends_at == time() else day, ends_at)


def free_slots(
    kind: MeetingType, hours: Sequence[Hours], days_off: Sequence[DaysOff], busy: Sequence[Busy], now: datetime
) -> list[Slot]:
    """Return every slot that may be offered, by start, then agent."""
    earliest, latest = now + kind.notice, now + kind.horizon
    found: set[Slot] = set()
    for agent_id in sorted({each.agent_id for each in hours}):
        own = [each for each in hours if each.agent_id == agent_id]
        away = [each for each in days_off if each.agent_id in (None, agent_id)]
        taken = sorted(
            ((each.starts_at, each.ends_at) for each in busy if each.agent_id == agent_id),
        )
        for zone in sorted({each.time_zone for each in own}):
            in_zone = [each for each in own if each.time_zone == zone]
            off = list(_times_off(in_zone, zone, earliest, latest))
            for starts_at in _starts(kind, in_zone, away, zone, earliest, latest):
                ends_at = starts_at + kind.length
                if any(_overlap(starts_at, ends_at, *each) for each in off):
                    continue
                if any(_overlap(starts_at - kind.before, ends_at + kind.after, *each) for each in taken):
                    continue
                found.add(Slot(agent_id, starts_at, ends_at))
    return sorted(found, key=lambda each: (each.starts_at, each.agent_id))


def times_at_work(
    hours: Sequence[Hours], days_off: Sequence[DaysOff], since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Return when any of these agents works between two times, in order and apart; meetings do not count."""
    spans: list[tuple[datetime, datetime]] = []
    for agent_id, zone in sorted({(each.agent_id, each.time_zone) for each in hours}):
        own = [each for each in hours if (each.agent_id, each.time_zone) == (agent_id, zone)]
        away = [each for each in days_off if each.agent_id in (None, agent_id)]
        opened = [_inside(each, day) for day, each in _hours_of_days(own, away, zone, since, until)]
        for off_from, off_until in _times_off(own, zone, since, until):
            opened = [
                part
                for opens, closes in opened
                for part in ((opens, min(closes, off_from)), (max(opens, off_until), closes))
                if part[0] < part[1]
            ]
        spans += [(max(opens, since), min(closes, until)) for opens, closes in opened]
    found: list[tuple[datetime, datetime]] = []
    for opens, closes in sorted(each for each in spans if each[0] < each[1]):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], closes))
        else:
            found.append((opens, closes))
    return found


def choose(
    slots: Sequence[Slot],
    count: int,
    zone: str,
    preference: Preference | None = None,
    favourite: str | None = None,
) -> list[Slot]:
    """Return up to `count` slots to offer: on different half days where possible, at different times always.

    Of agents free at the same time the `favourite` (whose lead it is) comes first, then whoever has more free time.
    """
    own = _zone(zone)
    wanted = [each for each in slots if preference is None or preference.suits(each, own)]
    room: dict[str, int] = {}
    for each in wanted:
        room[each.agent_id] = room.get(each.agent_id, 0) + 1
    wanted.sort(
        key=lambda each: (each.starts_at, each.agent_id != favourite, -room[each.agent_id], each.agent_id),
    )
    times: dict[datetime, Slot] = {}
    for each in wanted:
        times.setdefault(each.starts_at, each)
    chosen: list[Slot] = []
    for different_halves in (True, False):
        for each in times.values():
            halves = {_half_day(other, own) for other in chosen}
            if len(chosen) < count and each not in chosen and not (different_halves and _half_day(each, own) in halves):
                chosen.append(each)
    return sorted(chosen, key=lambda each: each.starts_at)


def _half_day(slot: Slot, zone: ZoneInfo) -> tuple[date, bool]:
    local = slot.starts_at.astimezone(zone)
    return local.date(), local.hour < 13


def _starts(
    kind: MeetingType, hours: list[Hours], away: list[DaysOff], zone: str, earliest: datetime, latest: datetime
) -> Iterator[datetime]:
    for day, each in _hours_of_days(hours, away, zone, earliest, latest):
        opens, closes = _inside(each, day)
        wall = datetime.combine(day, each.starts_at)
        while wall < end_of(day, each.ends_at):
            starts_at = _only_instant(wall, zone)
            wall += kind.every
            if starts_at is None or not earliest <= starts_at < latest:
                continue
            if opens <= starts_at and starts_at + kind.length <= closes:
                yield starts_at


def _hours_of_days(
    hours: list[Hours], away: list[DaysOff], zone: str, earliest: datetime, latest: datetime
) -> Iterator[tuple[date, Hours]]:
    """Give each day with each of its hours, without days off."""
    for day in _days(zone, earliest, latest):
        if any(each.first <= day <= each.last for each in away):
            continue
        on_date = [each for each in hours if each.available and each.on_date == day]
        weekly = [each for each in hours if each.available and each.weekday == day.isoweekday()]
        for each in on_date or weekly:
            yield day, each


def _times_off(
    hours: Iterable[Hours], zone: str, earliest: datetime, latest: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Give the times that are taken away from the hours, at their widest."""
    off = [each for each in hours if not each.available]
    for day in _days(zone, earliest, latest) if off else ():
        for each in off:
            if each.on_date == day or each.weekday == day.isoweekday():
                yield (
                    min(_instants(datetime.combine(day, each.starts_at), zone)),
                    max(_instants(end_of(day, each.ends_at), zone)),
                )


def _days(zone: str, earliest: datetime, latest: datetime) -> Iterator[date]:
    own = _zone(zone)
    day, last = earliest.astimezone(own).date() - _DAY, latest.astimezone(own).date()
    while day <= last:
        yield day
        day += _DAY


def _inside(hours: Hours, day: date) -> tuple[datetime, datetime]:
    """Return hours of a day as instants, at their narrowest where the clock changes."""
    return (
        max(_instants(datetime.combine(day, hours.starts_at), hours.time_zone)),
        min(_instants(end_of(day, hours.ends_at), hours.time_zone)),
    )


def _instants(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return both readings of a wall-clock time; they differ only where the clock changes."""
    own = _zone(zone)
    return (
        wall.replace(tzinfo=own, fold=0).astimezone(UTC),
        wall.replace(tzinfo=own, fold=1).astimezone(UTC),
    )


def _only_instant(wall: datetime, zone: str) -> datetime | None:
    """Return the instant of a wall-clock time; None when the clock jumps over it or shows it twice."""
    first, second = _instants(wall, zone)
    return first if first == second else None


def _overlap(starts_at: datetime, ends_at: datetime, other_starts: datetime, other_ends: datetime) -> bool:
    return starts_at < other_ends and other_starts < ends_at


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
