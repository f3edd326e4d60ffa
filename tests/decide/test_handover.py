"""Whom a waiting lead is offered to, for how long, and what the lead hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from lead_reviver.decide.handover import (
    Colleague,
    Everybody,
    Offer,
    asked_anew_at,
    deadline,
    is_at_work,
    next_offer,
    next_opening,
    notice_owed,
    waits_for_answer,
)
from lead_reviver.decide.slots import DaysOff, Hours, times_at_work

ANA = Colleague("ana", is_agent=True, present=True, in_hours=True)
LUIS = Colleague("luis", is_agent=True, present=True, in_hours=True, last_asked=7)
AWAY = Colleague("away", is_agent=True, present=False, in_hours=True)
ASLEEP = Colleague("asleep", is_agent=True, present=False, in_hours=False)
BOSS = Colleague("boss", is_agent=False, present=True, in_hours=True)
TEN = timedelta(minutes=10)


class TestWhoIsAsked:
    def test_the_owner_of_the_lead_comes_first_when_present(self):
        assert next_offer([ANA, replace(LUIS, owns_lead=True)], ()) == Offer("luis")

    def test_a_manager_who_owns_the_lead_is_asked_like_an_agent(self):
        assert next_offer([ANA, replace(BOSS, owns_lead=True)], ()) == Offer("boss")

    def test_somebody_present_is_asked_before_an_owner_who_is_not(self):
        assert next_offer([LUIS, replace(AWAY, owns_lead=True)], ()) == Offer("luis")

    def test_among_those_present_it_is_the_one_asked_longest_ago(self):
        assert next_offer([LUIS, ANA], ()) == Offer("ana")
        assert next_offer([LUIS, replace(ANA, last_asked=8)], ()) == Offer("luis")

    def test_a_lead_never_goes_to_somebody_who_was_asked_already(self):
        assert next_offer([ANA, LUIS, AWAY], {"ana"}) == Offer("luis")
        assert next_offer([ANA, LUIS, AWAY], {"ana", "luis"}) == Offer("away")

    def test_nobody_is_asked_outside_their_hours_whatever_page_is_open(self):
        assert next_offer([replace(ANA, in_hours=False), ASLEEP], ()) == Everybody()

    def test_owners_and_managers_are_the_last_resort_of_a_team_with_agents(self):
        assert next_offer([ANA, BOSS], {"ana"}) == Offer("boss", last_resort=True)
        assert next_offer([ANA, BOSS], {"ana", "boss"}) == Everybody()

    def test_in_a_team_without_agents_owners_and_managers_answer(self):
        assert next_offer([BOSS], ()) == Offer("boss")

    def test_the_choice_does_not_depend_on_the_order_of_rows(self):
        twins = [replace(ANA, user_id=each) for each in ("c", "a", "b")]
        assert next_offer(twins, ()) == next_offer(twins[::-1], ()) == Offer("a")


class TestWhatTheLeadHears:
    def test_a_first_offer_is_no_news(self):
        assert notice_owed(Offer("ana"), None, ()) is None

    def test_a_lead_who_waited_in_vain_hears_that_somebody_else_is_asked_once(self):
        assert notice_owed(Offer("luis"), "timed_out", ()) == "passed_on"
        assert notice_owed(Offer("luis"), "timed_out", ("passed_on",)) is None

    def test_a_not_me_costs_no_time_and_is_no_news(self):
        assert notice_owed(Offer("luis"), "passed", ()) is None

    def test_once_every_agent_was_asked_the_lead_hears_when_somebody_is_there_once(self):
        assert notice_owed(Offer("boss", last_resort=True), "timed_out", ("passed_on",)) == "later"
        assert notice_owed(Everybody(), "timed_out", ("passed_on", "later")) is None

    def test_when_nobody_is_there_the_lead_hears_it_at_once(self):
        assert notice_owed(Everybody(), None, ()) == "later"

    def test_a_manager_who_is_simply_the_first_one_there_is_no_news(self):
        assert notice_owed(Offer("boss", last_resort=True), None, ()) is None


@pytest.mark.parametrize(
    ("said", "language", "waits"),
    [
        (["Are you still there?"], "en", True),
        (["thanks, and the price?"], "en", True),
        (["Is Tuesday fine", "thanks!"], "en", True),
        (["thanks!"], "en", False),
        (["Gracias por todo", "👍"], "es", False),
        (["👍", ""], "en", False),
    ],
)
def test_a_lead_who_only_said_thanks_waits_for_nothing(said, language, waits):
    assert waits_for_answer(said, language) is waits


MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    """Return a moment of the week that begins on MONDAY."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def week(who: str, opens: int, closes: int, zone: str = "UTC") -> list[Hours]:
    """Return hours on Monday to Friday."""
    return [Hours(who, time(opens), time(closes), zone, weekday=each) for each in range(1, 6)]


class TestHours:
    def test_only_working_time_counts(self):
        work = [(at(9), at(18)), (at(9, day=1), at(18, day=1))]
        assert deadline(work, at(11), TEN) == at(11, 10)
        assert deadline(work, at(17, 55), TEN) == at(9, 5, day=1)
        assert deadline(work, at(3), TEN) == at(9, 10)
        assert deadline(work, at(17, 55, day=1), TEN) is None

    def test_a_colleague_who_works_longer_lets_the_time_go_on(self):
        work = times_at_work([*week("ana", 9, 18), *week("luis", 12, 20)], [], at(0), at(0, day=2))
        assert work == [(at(9), at(20)), (at(9, day=1), at(20, day=1))]
        assert deadline(work, at(17, 55), TEN) == at(18, 5)

    def test_the_next_opening_is_the_next_time_somebody_begins(self):
        work = times_at_work(week("ana", 9, 18), [], at(0), at(0, day=14))
        assert next_opening(work, at(8)) == at(9)
        assert next_opening(work, at(12)) == at(9, day=1)
        assert next_opening(work, at(19, day=4)) == at(9, day=7)

    def test_a_team_that_never_stops_is_asked_anew_a_day_later(self):
        always = [(at(0), at(0, day=30))]
        assert asked_anew_at(always, at(12)) == at(12, day=1)
        assert asked_anew_at([], at(12)) is None

    def test_who_works_until_six_is_not_there_at_six(self):
        work = times_at_work(week("ana", 9, 18), [], at(0), at(0, day=1))
        assert is_at_work(work, at(9))
        assert not is_at_work(work, at(18))

    def test_days_off_and_hours_away_are_not_worked(self):
        lunch = Hours("ana", time(13), time(14), "UTC", weekday=1, available=False)
        off = [DaysOff(None, at(0, day=1).date(), at(0, day=1).date())]
        work = times_at_work([*week("ana", 9, 18), lunch], off, at(0), at(0, day=2))
        assert work == [(at(9), at(13)), (at(14), at(18))]

    def test_hours_of_a_date_replace_those_of_its_weekday(self):
        short = Hours("ana", time(10), time(11), "UTC", on_date=at(0).date())
        assert times_at_work([*week("ana", 9, 18), short], [], at(0), at(0, day=1)) == [(at(10), at(11))]

    @pytest.mark.parametrize(("day", "opens"), [(27, 8), (30, 7)])
    def test_hours_are_local_on_either_side_of_a_change_of_the_clock(self, day, opens):
        day = datetime(2026, 3, day, tzinfo=UTC)
        [(begins, _)] = times_at_work(week("ana", 9, 18, "Europe/Madrid"), [], day, day + timedelta(days=1))
        assert begins == day + timedelta(hours=opens)
