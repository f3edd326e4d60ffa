"""What a turn teaches us about a lead: fields, and a score; and what a person put right meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from lead_reviver.decide.conversation import FieldValue
from lead_reviver.decide.fields import corrected
from lead_reviver.decide.score import Score
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.storage import lead_fields
from lead_reviver.storage.database import new_id, transaction
from lead_reviver.storage.lead_fields import Correction
from tests.builders import Person
from tests.integration.workbench import Workbench


@pytest.fixture
async def talking(bench: Workbench) -> Workbench:
    """A lead talks with the playbook's responder."""
    return bench.with_parts(llm=PlaybookResponder())


async def correct(bench: Workbench, field: str, value: Any) -> None:
    """Let the agent put a field right, as the API does it."""
    lead = await bench.lead()
    async with transaction(bench.pool) as connection:
        locked = await lead_fields.lock(connection, lead["id"])
        assert locked is not None
        before = locked.fields.get(field)
        after = corrected(before, value, bench.workspace.agent.user_id, bench.clock())
        correction = Correction(new_id(), locked.workspace_id, lead["id"], field, before, after)
        assert await lead_fields.correct(connection, correction, Score(1, []))


async def test_a_lead_who_answers_gets_a_score_that_says_what_it_is_made_of(talking: Workbench):
    await talking.hears(Person(), "Three bedrooms in Nerja, up to 300k, and we want to move next month")
    assert await talking.answer() == "replied"
    lead = await talking.lead()
    assert lead["score"] == sum(each["points"] for each in lead["score_reasons"]) > 0
    assert "Timeline: soon" in [each["why"] for each in lead["score_reasons"]]


async def test_a_thank_you_changes_no_score_and_a_no_takes_it_away(talking: Workbench):
    ana = Person()
    await talking.hears(ana, "Three bedrooms please")
    await talking.answer()
    before = (await talking.lead())["score"]
    await talking.hears(ana, "thanks!")
    await talking.answer()
    assert (await talking.lead())["score"] == before
    await talking.hears(ana, "STOP")
    await talking.answer()
    lead = await talking.lead()
    assert (lead["score"], lead["score_reasons"][0]["why"]) == (0, "Asked not to be written to")


async def test_the_bot_knows_at_its_next_word_what_a_person_put_right(talking: Workbench):
    ana = Person()
    await talking.hears(ana, "Three bedrooms please")
    await talking.answer()
    await correct(talking, "area", "Nerja")
    await talking.hears(ana, "up to 300k")
    await talking.answer()
    assert "area" not in talking.sent()[-1].text.lower()
    assert (await talking.lead())["fields"]["area"]["value"] == "Nerja"


async def test_what_a_lead_says_after_a_correction_stands_beside_it(talking: Workbench):
    ana = Person()
    await talking.hears(ana, "Three bedrooms please")
    await talking.answer()
    await correct(talking, "bedrooms", 4)
    await talking.hears(ana, "two bedrooms, sorry")
    await talking.answer()
    bedrooms = (await talking.lead())["fields"]["bedrooms"]
    assert (bedrooms["value"], bedrooms["heard"]["value"]) == (4, 2)
    await talking.hears(ana, "no wait, four bedrooms")
    await talking.answer()
    assert (await talking.lead())["fields"]["bedrooms"].get("heard") is None
    assert (await talking.lead())["fields"]["bedrooms"]["value"] == 4


async def test_a_person_who_corrects_while_the_bot_thinks_is_not_overwritten(talking: Workbench):
    await talking.hears(Person(), "Three bedrooms please")
    batch = await talking.claim()
    for step in ("load", "reply", "send"):
        batch = await talking.step(step, batch)
    await correct(talking, "bedrooms", 5)
    for step in ("save", "sync"):
        batch = await talking.step(step, batch)
    lead = await talking.lead()
    assert (lead["fields"]["bedrooms"]["value"], lead["fields"]["bedrooms"]["heard"]["value"]) == (5, 3)
    assert lead["score"] == 1, "the score of whoever changed it last"


async def test_of_two_leads_who_are_one_person_what_somebody_put_right_stays(talking: Workbench):
    from lead_reviver.storage import leads  # noqa: PLC0415

    await talking.hears(Person(), "Three bedrooms please")
    await talking.answer()
    older = (await talking.lead())["id"]
    await talking.hears(Person(), "two bedrooms in Nerja")
    await talking.answer()
    [newer] = [
        each["id"] for each in await talking.rows("select id from leads where workspace_id = $1") if each["id"] != older
    ]
    right = corrected(FieldValue(2, "two", None), 4, talking.workspace.agent.user_id, talking.clock())
    async with transaction(talking.pool) as connection:
        locked = await lead_fields.lock(connection, newer)
        assert locked is not None
        correction = Correction(new_id(), locked.workspace_id, newer, "bedrooms", locked.fields["bedrooms"], right)
        await lead_fields.correct(connection, correction, Score(99, []))
        assert await leads.merge(connection, [older, newer]) == older
    lead = await talking.lead()
    assert (lead["fields"]["bedrooms"]["value"], lead["fields"]["area"]["value"], lead["score"]) == (4, "Nerja", 99)
    assert [
        each["lead_id"] for each in await talking.rows("select lead_id from field_corrections where workspace_id = $1")
    ] == [older]
