"""The words that say "booked" bring the meeting's link; code puts it there, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lead_reviver.decide.conversation import Appointment
from lead_reviver.meetings.calendar_links import CalendarLinks
from lead_reviver.reply.meeting_notices import MeetingNotice
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.storage import meetings
from lead_reviver.storage.database import lent, new_id
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.meetings.test_agreeing import agency, offered, stored, taps

__all__ = ["agency"]

LINKS = CalendarLinks(b"a key for the tests", "https://hooks.example.com")
LINE = {"en": "For your calendar: ", "es": "Para tu calendario: ", "pt": "Para o seu calendário: "}
ASKS = {"en": "Can I visit the flat?", "es": "Hola, quiero visitar el piso", "pt": "Olá, quero marcar uma visita"}


@pytest.fixture
def linked(agency: Workbench) -> Workbench:
    """The agency with a public address."""
    return agency.with_parts(calendar_links=LINKS)


def link_in(text: str, language: str = "en") -> str:
    said, link = text.split(f"\n\n{LINE[language]}")
    assert "http" not in said
    return link


@pytest.mark.parametrize("language", LINE)
async def test_a_lead_who_books_gets_the_meetings_own_link_in_the_own_language(linked: Workbench, language: str):
    await linked.do("update public.workspaces set language = $2 where id = $1", language)
    ana = Person()
    rows = await offered(linked, ana, ASKS[language])
    assert "http" not in linked.sent()[-1].text
    await taps(linked, ana, rows[0])
    assert await linked.answer() == "booked"
    [meeting] = await stored(linked, "booked")
    assert link_in(linked.sent()[-1].text, language) == LINKS.of(meeting["id"])
    decision = (await linked.rows("select decision from public.turns where workspace_id = $1"))[-1]["decision"]
    assert "http" not in str(decision)


async def test_a_lead_who_moves_the_meeting_gets_the_link_of_the_new_one(linked: Workbench):
    ana = Person()
    await taps(linked, ana, (await offered(linked, ana))[0])
    await linked.answer()
    others = await offered(linked, ana, "Can we move the viewing to another day?")
    await taps(linked, ana, others[1])
    assert await linked.answer() == "booked"
    [meeting] = await stored(linked, "booked")
    assert link_in(linked.sent()[-1].text) == LINKS.of(meeting["id"])
    await linked.hears(ana, "I have to cancel the viewing, sorry")
    await linked.answer()
    assert "http" not in linked.sent()[-1].text


async def test_the_meeting_is_called_what_the_playbook_calls_it_in_the_leads_language(linked: Workbench):
    ana = Person()
    await taps(linked, ana, (await offered(linked, ana))[0])
    await linked.answer()
    [meeting] = await stored(linked, "booked")

    async def title() -> str | None:
        async with lent(linked.pool) as connection:
            entry = await meetings.entry(connection, meeting["id"])
        assert entry is not None
        return entry.title

    assert await title() is None  # nothing is published: the kind stands there
    kinds = [{"kind": "call", "title": {"es": "una llamada"}}, {"kind": "viewing", "title": {"es": "una visita"}}]
    await linked.do(
        "insert into public.playbooks (id, workspace_id, name, version, body, published_at) "
        "values ($2, $1, 'x', 1, $3, now())", new_id(), {"meetings": kinds},
    )  # fmt: skip
    for language, name in (("es", "una visita"), ("de", None)):
        await linked.do("update public.leads set language = $2 where workspace_id = $1", language)
        assert await title() == name


async def test_a_person_sees_the_link_before_the_words_go_out(linked: Workbench):
    ana = Person()
    rows = await offered(linked, ana)
    await linked.do("update public.workspaces set approval = true where id = $1")
    await taps(linked, ana, rows[0])
    assert await linked.answer() == "drafted"
    waiting = await linked.row("select body from public.approvals where workspace_id = $1 and state = 'waiting'")
    assert link_in(waiting["body"]) == LINKS.of(rows[0]["id"].removeprefix("slot:"))


async def test_without_a_public_address_the_words_stand_alone(agency: Workbench):
    for links in (None, CalendarLinks(b"a key for the tests", None)):
        ana = Person()
        bench = agency.with_parts(calendar_links=links)
        await taps(bench, ana, (await offered(bench, ana))[0])
        assert await bench.answer() == "booked"
        assert bench.sent()[-1].text.endswith("See you then!")


@pytest.mark.parametrize("language", LINE)
@pytest.mark.parametrize("kind", ["day_before", "hour_before", "cancelled", "moved", "missed"])
def test_of_all_notices_only_a_move_brings_the_link(kind: str, language: str):
    starts_at = datetime(2026, 11, 24, 16, tzinfo=UTC)
    meeting = Appointment("m", "viewing", starts_at, starts_at + timedelta(minutes=45), "Marta")
    link = "https://hooks.example.com/c/a"
    notice = MeetingNotice(
        kind,  # type: ignore[arg-type]
        meeting,
        shipped_playbook(),
        language=language,
        time_zone="Europe/Madrid",
        lead_name="Ana",
        calendar_link=link,
    )
    assert (f"\n\n{LINE[language]}{link}" in notice.text()) == (kind == "moved")
