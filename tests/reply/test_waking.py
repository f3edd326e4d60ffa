"""The first line for a lead on its day: approved words, and none of the lead's."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from msgspec.structs import replace

from lead_reviver.decide.conversation import Conversation, Lead
from lead_reviver.decide.language import detect_language
from lead_reviver.decide.snooze import hear_snooze
from lead_reviver.reply.checks import ReplyRefused
from lead_reviver.reply.playbook import SHIPPED, shipped_playbook
from lead_reviver.reply.waking import FirstLine, decision_to_write

JUNE = datetime(2026, 6, 12, 10, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 1, 9, tzinfo=UTC)
LANGUAGES = ("en", "es", "pt")
OCCASIONS = (
    None,
    "after_summer",
    "new_year",
    *(f"month:{month}" for month in range(1, 13)),
    *(f"later:{unit}{more}" for unit in ("day", "week", "month", "year") for more in ("", "s")),
)


def a_conversation() -> Conversation:
    return Conversation("c-1", "w-1", "ch-1", "100", Lead("lead-1", "ana prado", "en", "engaged"), "Costa Homes", "en")


def a_line(**changes) -> FirstLine:
    facts = {
        "asked_at": JUNE,
        "occasion": "after_summer",
        "now": SEPTEMBER,
        "zone": "UTC",
        "language": "en",
        "name": "Ana",
    }
    return FirstLine(**{**facts, **changes})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Hi Ana, in June you asked us to write after the summer. Is now a better time?"),
        ({"name": None}, "Hi, in June you asked us to write after the summer. Is now a better time?"),
        ({"name": "🌸 Flores"}, "Hi, in June you asked us to write after the summer. Is now a better time?"),
        (
            {"language": "es"},
            "Hola Ana, en junio nos pediste que te escribiéramos después del verano. ¿Es ahora mejor momento?",
        ),
        (
            {"language": "pt", "occasion": "month:9"},
            "Olá Ana, em junho pediu-nos que escrevêssemos em setembro. Agora é um momento melhor?",
        ),
        ({"occasion": None}, "Hi Ana, in June you told us it was not a good time. Is now a better one?"),
        (
            {"occasion": "later:week", "asked_at": datetime(2026, 9, 1, tzinfo=UTC)},
            "Hi Ana, you asked us to write again around now. Is this a better time?",
        ),
        (
            {"asked_at": datetime(2025, 9, 20, tzinfo=UTC), "occasion": "month:9"},
            "Hi Ana, in September 2025 you asked us to write in September. Is now a better time?",
        ),
        (
            {"language": "fr"},  # as elsewhere, where there are no words in it
            "Hi Ana, in June you asked us to write after the summer. Is now a better time?",
        ),
    ],
)
def test_a_lead_reads_when_it_asked_and_for_what(changes, text):
    assert a_line(**changes).text() == text


def test_the_month_is_that_of_the_leads_own_clock():
    line = a_line(asked_at=datetime(2026, 6, 30, 23, tzinfo=UTC), zone="Europe/Madrid")
    assert "in July" in line.text()


@pytest.mark.parametrize(
    ("language", "occasion", "lately"), list(product(LANGUAGES, OCCASIONS, (False, True))), ids=str
)
def test_every_line_passes_the_checks_of_every_playbook_and_asks_one_question(language, occasion, lately):
    line = a_line(language=language, occasion=occasion, asked_at=SEPTEMBER if lately else JUNE)
    for name in SHIPPED:
        decision = decision_to_write(line, a_conversation(), shipped_playbook(name))
        assert decision.text.count("?") == 1
        assert "one_question" in decision.checks
    assert detect_language(line.text(), LANGUAGES, language) == language
    assert "{" not in line.text()


@pytest.mark.parametrize(
    "said",
    [
        "My husband is dying. After the summer, please",
        "we have no money, ask me after the summer",
        "after the summer you vultures",
        "after the summer. {name} [[x]] https://example.com 600 000",
    ],
)
def test_nothing_of_what_a_lead_wrote_is_said_back(said):
    heard = hear_snooze(said, JUNE.date())
    assert a_line(occasion=heard.occasion).text() == a_line().text()


def test_a_line_with_a_word_that_the_playbook_forbids_is_not_said():
    playbook = replace(shipped_playbook(), never_say={"en": ["summer"]})
    with pytest.raises(ReplyRefused):
        decision_to_write(a_line(), a_conversation(), playbook)


def test_a_template_gets_the_same_words_in_this_order():
    assert list(a_line().values().items()) == [("name", "Ana"), ("month", "June"), ("when", "after the summer")]
    assert a_line(occasion=None).values()["when"] == ""
