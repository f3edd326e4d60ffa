"""When an agent is free: in hours, out of everybody's way, and right on the days when the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_reviver.decide.slots import (
    Busy,
    DaysOff,
    Hours,
    MeetingType,
    Preference,
    Slot,
    choose,
    free_slots,
    times_at_work,
)

MADRID = "Europe/Madrid"
VIEWING = MeetingType("viewing", timedelta(minutes=45), every=timedelta(minutes=60))
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

# A day on which the clock jumps forward, and one on which it goes back.
CHANGES = {
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),
}


def weekly(*days: int, starts: str = "09:00", ends: str = "13:00", agent: str = "marta", zone: str = MADRID):
    return [Hours(agent, time.fromisoformat(starts), time.fromisoformat(ends), zone, weekday=day) for day in days]


def walls(slots: list[Slot], zone: str = MADRID) -> list[str]:
    return [f"{each.starts_at.astimezone(ZoneInfo(zone)):%a %d %H:%M}" for each in slots]


def free(hours, kind=VIEWING, days_off=(), busy=(), now=MONDAY):
    return free_slots(kind, hours, days_off, busy, now)


def test_hours_until_midnight_end_with_the_day_also_when_the_clock_changes_that_night():
    late = weekly(1, 7, starts="22:30", ends="00:00")
    hour = MeetingType("call", timedelta(minutes=30), horizon=timedelta(days=3))
    assert walls(free(late, hour)) == ["Mon 23 22:30", "Mon 23 23:00", "Mon 23 23:30"]
    night = at("2026-10-24 12:00")
    assert walls(free(late, hour, now=night)) == [
        "Sun 25 22:30", "Sun 25 23:00", "Sun 25 23:30", "Mon 26 22:30", "Mon 26 23:00", "Mon 26 23:30",
    ]  # fmt: skip


def at(wall: str, zone: str = MADRID) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_an_agent_is_free_in_the_weekly_hours_and_no_meeting_outlasts_them():
    kind = MeetingType("viewing", timedelta(minutes=45), every=timedelta(minutes=60), horizon=timedelta(days=7))
    assert walls(free(weekly(1, 3, ends="12:30"), kind)) == [
        "Mon 23 09:00", "Mon 23 10:00", "Mon 23 11:00", "Wed 25 09:00", "Wed 25 10:00", "Wed 25 11:00",
    ]  # fmt: skip


def test_nothing_is_offered_too_soon_or_too_far_away():
    kind = MeetingType(
        "call", timedelta(minutes=30), every=timedelta(hours=1), notice=timedelta(hours=4), horizon=timedelta(hours=30)
    )
    # It is seven in Madrid: before eleven it is too soon, and from one o'clock tomorrow too far.
    assert walls(free(weekly(1, 2), kind))[:3] == ["Mon 23 11:00", "Mon 23 12:00", "Tue 24 09:00"]
    assert walls(free(weekly(1, 2), kind))[-1] == "Tue 24 12:00"


def test_a_booked_meeting_takes_its_time_and_what_is_kept_free_around_it():
    hours = weekly(1, ends="14:00")
    kind = MeetingType("viewing", timedelta(minutes=45), before=timedelta(minutes=15), after=timedelta(minutes=15),
                       every=timedelta(minutes=15), horizon=timedelta(days=1))  # fmt: skip
    booked = Busy("marta", at("2026-11-23T10:45"), at("2026-11-23T12:00"))
    assert walls(free(hours, kind, busy=[booked])) == [
        "Mon 23 09:00", "Mon 23 09:15", "Mon 23 09:30", "Mon 23 09:45", "Mon 23 12:15", "Mon 23 12:30", "Mon 23 12:45",
        "Mon 23 13:00", "Mon 23 13:15",
    ]  # fmt: skip


def test_a_colleagues_meeting_takes_nothing():
    booked = Busy("lukas", at("2026-11-23T09:00"), at("2026-11-23T13:00"))
    assert free(weekly(1), busy=[booked]) == free(weekly(1))


def test_a_holiday_takes_the_day_from_everybody_and_a_day_off_from_one():
    hours = weekly(1, 2, ends="10:00") + weekly(1, 2, ends="10:00", agent="lukas")
    kind = MeetingType("viewing", timedelta(minutes=45), every=timedelta(hours=1), horizon=timedelta(days=3))
    off = [
        DaysOff(None, date(2026, 11, 23), date(2026, 11, 23)),
        DaysOff("lukas", date(2026, 11, 24), date(2026, 12, 1)),
    ]
    assert [(each.agent_id, *walls([each])) for each in free(hours, kind, off)] == [("marta", "Tue 24 09:00")]


def test_hours_of_a_date_replace_those_of_the_weekday_and_time_off_is_taken_away():
    day = date(2026, 11, 23)
    special = Hours("marta", time(16), time(18), MADRID, on_date=day)
    lunch = Hours("marta", time(11), time(12), MADRID, weekday=2, available=False)
    kind = MeetingType("viewing", timedelta(minutes=45), every=timedelta(hours=1), horizon=timedelta(days=2))
    assert walls(free([*weekly(1, 2), special, lunch], kind)) == [
        "Mon 23 16:00", "Mon 23 17:00", "Tue 24 09:00", "Tue 24 10:00", "Tue 24 12:00",
    ]  # fmt: skip


def test_a_time_that_the_clock_jumps_over_or_shows_twice_is_never_offered():
    night = weekly(7, starts="01:00", ends="05:00")
    kind = MeetingType("call", timedelta(minutes=30), every=timedelta(minutes=30), horizon=timedelta(days=1))
    spring = walls(free(night, kind, now=datetime(2026, 3, 28, 12, tzinfo=UTC)))
    autumn = walls(free(night, kind, now=datetime(2026, 10, 24, 12, tzinfo=UTC)))
    assert spring == [f"Sun 29 {each}" for each in ("01:00", "01:30", "03:00", "03:30", "04:00", "04:30")]
    assert autumn == [f"Sun 25 {each}" for each in ("01:00", "01:30", "03:00", "03:30", "04:00", "04:30")]


def test_nine_in_the_morning_stays_nine_when_the_clock_changes():
    now = datetime(2026, 10, 23, 12, tzinfo=UTC)
    found = free(weekly(6, 1), MeetingType("call", timedelta(minutes=30), every=timedelta(hours=4)), now=now)
    assert walls(found)[:2] == ["Sat 24 09:00", "Mon 26 09:00"]
    assert [each.starts_at.hour for each in found][:2] == [7, 8]


times = st.times(max_value=time(23, 45)).map(
    lambda each: each.replace(minute=each.minute // 15 * 15, second=0, microsecond=0)
)
zones = st.sampled_from(sorted(CHANGES))


@st.composite
def agendas(draw):
    zone = draw(zones)
    day = draw(st.sampled_from(CHANGES[zone]))
    hours = []
    for _ in range(draw(st.integers(1, 4))):
        starts, ends = sorted(draw(st.tuples(times, times).filter(lambda pair: pair[0] != pair[1])))
        on_date = draw(st.sampled_from([None, None, day]))
        weekday = None if on_date else draw(st.integers(1, 7))
        hours.append(Hours("marta", starts, ends, zone, weekday, on_date, draw(st.sampled_from([True, True, False]))))
    kind = MeetingType(
        "call",
        timedelta(minutes=draw(st.sampled_from([15, 30, 45, 60, 120, 240]))),
        timedelta(minutes=draw(st.sampled_from([0, 10, 30]))),
        timedelta(minutes=draw(st.sampled_from([0, 15]))),
        timedelta(minutes=draw(st.sampled_from([15, 30, 60, 45]))),
        timedelta(minutes=draw(st.sampled_from([0, 60]))),
        timedelta(days=3),
    )
    now = datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC) - timedelta(hours=draw(st.integers(0, 30)))
    busy = [
        Busy("marta", now + timedelta(minutes=start), now + timedelta(minutes=start + length))
        for start, length in draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(5, 300)), max_size=4))
    ]
    return zone, kind, hours, busy, now


@settings(max_examples=400)
@given(agendas())
def test_no_slot_ever_leaves_the_local_hours_or_touches_a_meeting(agenda):
    zone, kind, hours, busy, now = agenda
    own = ZoneInfo(zone)
    for slot in free_slots(kind, hours, [], busy, now):
        assert slot.ends_at - slot.starts_at == kind.length
        assert now + kind.notice <= slot.starts_at < now + kind.horizon
        local = slot.starts_at.astimezone(own)
        on_date = [each for each in hours if each.available and each.on_date == local.date()]
        weekly_hours = [each for each in hours if each.available and each.weekday == local.isoweekday()]
        # Minute by minute on the agent's own clock: within one and the same row of hours, and never in time off.
        clock = [
            (slot.starts_at + timedelta(minutes=n)).astimezone(own)
            for n in range(int(kind.length.total_seconds() // 60))
        ]
        assert {each.date() for each in clock} == {local.date()}
        assert any(
            all(each.starts_at <= minute.time() < each.ends_at for minute in clock) for each in on_date or weekly_hours
        )
        for each in hours:
            if not each.available and (each.on_date == local.date() or each.weekday == local.isoweekday()):
                assert not any(each.starts_at <= minute.time() < each.ends_at for minute in clock)
        for taken in busy:
            assert slot.ends_at + kind.after <= taken.starts_at or taken.ends_at <= slot.starts_at - kind.before
        # What is said to the lead names one instant only.
        assert local.replace(fold=0).astimezone(UTC) == local.replace(fold=1).astimezone(UTC) == slot.starts_at


class TestChoosing:
    hours = weekly(1, 2, 3, starts="09:00", ends="18:00")

    def test_offers_lie_on_different_half_days(self):
        assert walls(choose(free(self.hours), 3, MADRID)) == ["Mon 23 09:00", "Mon 23 13:00", "Tue 24 09:00"]

    def test_where_there_is_only_one_morning_its_times_are_offered(self):
        kind = MeetingType("call", timedelta(minutes=30), horizon=timedelta(days=1))
        assert walls(choose(free(weekly(1), kind), 3, MADRID)) == ["Mon 23 09:00", "Mon 23 09:30", "Mon 23 10:00"]

    @pytest.mark.parametrize(
        ("preference", "expected"),
        [
            (Preference(frozenset({2})), ["Tue 24 09:00", "Tue 24 13:00", "Tue 01 09:00"]),
            (Preference(part="afternoon"), ["Mon 23 13:00", "Tue 24 13:00", "Wed 25 13:00"]),
            (Preference(frozenset({3}), "morning"), ["Wed 25 09:00", "Wed 25 10:00", "Wed 02 09:00"]),
            (Preference(after=at("2026-11-24T13:00")), ["Tue 24 14:00", "Wed 25 09:00", "Wed 25 13:00"]),
            (Preference(times=frozenset({time(17), time(5)})), ["Mon 23 17:00", "Tue 24 17:00", "Wed 25 17:00"]),
            (Preference(frozenset({7})), []),
        ],
    )
    def test_a_lead_who_names_a_day_or_a_part_of_it_is_offered_that(self, preference, expected):
        found = walls(choose(free(self.hours), 3, MADRID, preference))
        assert found[: len(expected)] == expected
        assert len(found) <= 3

    def test_whose_lead_it_is_goes_and_no_time_is_offered_twice(self):
        slots = free(self.hours + weekly(1, 2, 3, starts="09:00", ends="18:00", agent="lukas"))
        chosen = choose(slots, 4, MADRID, favourite="marta")
        assert {each.agent_id for each in chosen} == {"marta"}
        assert len({each.starts_at for each in chosen}) == 4
        assert {each.agent_id for each in choose(slots, 4, MADRID, favourite="lukas")} == {"lukas"}


def test_an_agent_who_works_until_midnight_is_free_until_midnight():
    kind = MeetingType("call", timedelta(minutes=60), every=timedelta(minutes=60), horizon=timedelta(days=1))
    hours = [Hours("marta", time(22), time(), MADRID, weekday=1)]
    assert walls(free(hours, kind)) == ["Mon 23 22:00", "Mon 23 23:00"]


def test_who_works_around_the_clock_is_there_without_a_gap_at_midnight():
    hours = [Hours("marta", time(), time(), MADRID, weekday=day) for day in range(1, 8)]
    [(since, until)] = times_at_work(hours, [], MONDAY, MONDAY + timedelta(days=3))
    assert (since, until) == (MONDAY, MONDAY + timedelta(days=3))
