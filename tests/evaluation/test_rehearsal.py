"""A small rehearsal on the real stack: who wants a viewing gets one, who wants silence gets it, and nothing is made up.

`make eval ARGS="--rehearsal 500 --seed 1"` plays the full size and shows every transcript that went wrong.
"""

import re

import pytest

from evaluation.rehearsal.cast import WISHES, cast
from evaluation.rehearsal.hearing import Moment, hear, language_of, moments
from evaluation.rehearsal.lead import Mind
from evaluation.rehearsal.report import page, summary, table, write
from evaluation.rehearsal.run import Rehearsal, rehearse

LEADS, SEED = 40, 1


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse(LEADS, SEED)


class TestTheCast:
    def test_the_same_seed_plays_the_same_leads(self):
        first, second = cast(LEADS, 7), cast(LEADS, 7)
        assert first == second
        assert [Mind(each).opens() for each in first] == [Mind(each).opens() for each in second]
        assert cast(LEADS, 8) != first

    @pytest.mark.parametrize("count", [len(WISHES), 40, 500])
    def test_every_wish_is_played(self, count: int):
        leads = cast(count, 3)
        assert len(leads) == count
        assert {each.wish for each in leads} == set(WISHES)
        assert len({each.phone for each in leads}) == count


class TestReading:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("Thank you, which area are you looking at?", "en"),
            ("Gracias, ¿en qué zona buscas las casas?", "es"),
            ("Obrigado, em que zona está a procurar?", "pt"),
            ("Hmm", None),
        ],
    )
    def test_a_lead_knows_the_language_of_a_message(self, text: str, language: str | None):
        assert language_of(text) == language

    @pytest.mark.parametrize(
        "text",
        [
            "Booked: a viewing on Tuesday 24 November 2026 at 17:00 (Madrid time).",
            "Reservado: una visita el martes 24 de noviembre de 2026 a las 17:00.",
            "Está marcado: uma visita, terça-feira, 24 de novembro de 2026 às 17:00.",
        ],
    )
    def test_a_lead_knows_which_time_a_message_names(self, text: str):
        assert moments(text) == [Moment(24, 11, "17:00")]

    def test_a_lead_sees_what_may_be_tapped(self):
        body = "These times are free:\n1. Tuesday 24 November, 10:00\n2. Friday 27 November, 09:30\nWhich one?"
        rows = [{"id": "one", "title": "Tue"}, {"id": "two", "title": "Fri"}, {"id": "none", "title": "None"}]
        action = {"button": "See", "sections": [{"rows": rows}]}
        heard = hear({"id": "w", "type": "interactive", "content": {"body": {"text": body}, "action": action}}, "en")
        assert [(each.row_id, each.weekday, each.moment) for each in heard.offered] == [
            ("one", 2, Moment(24, 11, "10:00")),
            ("two", 5, Moment(27, 11, "09:30")),
        ]
        assert heard.none_row == "none"


@pytest.mark.stack
class TestTheRehearsal:
    def test_nobody_gets_a_meeting_that_they_did_not_choose(self, rehearsal: Rehearsal):
        assert rehearsal.graded.share("nothing booked wrongly") == (LEADS, LEADS), table(rehearsal)
        assert rehearsal.graded.overlaps == 0

    def test_everybody_who_asks_for_silence_gets_it(self, rehearsal: Rehearsal):
        right, asked = rehearsal.graded.share("stopped that asked")
        assert right == asked >= 4, _problems(rehearsal, "stopped that asked")

    def test_nine_of_ten_who_want_a_viewing_get_one(self, rehearsal: Rehearsal):
        right, wanted = rehearsal.graded.share("booked that should")
        assert right >= 0.9 * wanted, _problems(rehearsal, "booked that should")

    def test_nothing_false_is_said_and_nothing_twice(self, rehearsal: Rehearsal):
        for figure in ("nothing false", "nothing said twice"):
            assert rehearsal.graded.share(figure) == (LEADS, LEADS), _problems(rehearsal, figure)

    def test_every_message_is_dealt_with(self, rehearsal: Rehearsal):
        assert rehearsal.graded.parked == 0
        assert rehearsal.graded.share("answered at all") == (LEADS, LEADS), _problems(rehearsal, "answered at all")

    def test_the_report_shows_who_was_let_down_and_needs_nothing_from_outside(self, rehearsal: Rehearsal, tmp_path):
        write(rehearsal, tmp_path)
        html = (tmp_path / "rehearsal.html").read_text("utf-8")
        assert html == page(rehearsal)
        assert "<svg" in html
        assert not re.search(r"(?:src|href)=|url\(|@import", html)
        assert len(summary(rehearsal)["not_right"]) == len(rehearsal.graded.faults)


def _problems(rehearsal: Rehearsal, figure: str) -> str:
    found = [
        "\n".join(
            [f"{each.script.id}: {each.problems}", *(f"  {said.author}: {said.text}" for said in each.transcript)]
        )
        for each in rehearsal.graded.faults
        if any(problem.startswith(figure) for problem in each.problems)
    ]
    return "\n".join([table(rehearsal), *found])
