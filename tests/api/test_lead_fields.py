"""What a lead told us, put right at the dashboard, as each kind of person."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from tests.api.test_commands import ALLOWED, Desk, at_work, desk
from tests.builders import Person
from tests.real_stack import eventually

__all__ = ["at_work", "desk"]

EUROS = {"min_minor": None, "max_minor": 30_000_000, "currency": "EUR"}


def a_correction(field: str = "budget", value: Any = EUROS) -> dict[str, Any]:
    return {"id": str(uuid7()), "field": field, "value": value}


async def a_lead(desk: Desk) -> str:
    """Let somebody say how many bedrooms it should be; return the lead's id once that is known."""
    conversation = await desk.conversation_with(Person(), "Two bedrooms please")

    async def known() -> Any:
        return await desk.record.fetchval(
            "select l.id from conversations c join leads l on l.id = c.lead_id "
            "where c.id = $1 and l.fields ? 'bedrooms'",
            conversation,
        )

    return str(await eventually(known, 15, "the number of bedrooms is known"))


async def fields_of(desk: Desk, lead: str) -> dict[str, Any]:
    return orjson.loads(await desk.record.fetchval("select fields from leads where id = $1", lead))


async def test_whoever_may_write_may_correct_and_nobody_else(desk: Desk):
    lead = await a_lead(desk)
    for who, allowed in ALLOWED.items():
        status, said = await desk.ask("PATCH", f"/api/leads/{lead}/fields", who, json=a_correction())
        if allowed is True:
            assert (status, said["value"]) == (200, EUROS)
        else:
            assert status == allowed
            assert set(said) == {"title", "reason"}
        reads, _ = await desk.ask("GET", f"/api/leads/{lead}/fields", who)
        assert reads == (200 if who not in ("stranger", "nobody") else allowed)


async def test_an_agent_corrects_no_colleagues_lead(desk: Desk):
    lead = await a_lead(desk)
    await desk.record.execute("update leads set owner_id = $2 where id = $1", lead, desk.workspace.manager.user_id)
    for method, more in (("PATCH", {"json": a_correction()}), ("GET", {})):
        assert (await desk.ask(method, f"/api/leads/{lead}/fields", "agent", **more))[0] == 404


async def test_a_correction_is_kept_with_who_and_when_and_raises_the_score(desk: Desk):
    lead = await a_lead(desk)
    status, said = await desk.ask("PATCH", f"/api/leads/{lead}/fields", "agent", json=a_correction())
    assert status == 200
    budget = (await fields_of(desk, lead))["budget"]
    assert (budget["value"], budget["corrected_by"]) == (EUROS, desk.workspace.agent.user_id)
    row = await desk.record.fetchrow("select score, score_reasons from leads where id = $1", lead)
    reasons = orjson.loads(row["score_reasons"])
    assert row["score"] == said["score"] == sum(each["points"] for each in reasons)
    assert "Budget is known" in [each["why"] for each in reasons]
    history = await desk.record.fetchrow("select * from field_corrections where lead_id = $1", lead)
    assert (str(history["corrected_by"]), history["before"]) == (desk.workspace.agent.user_id, None)
    assert orjson.loads(history["after"])["value"] == EUROS
    written = await desk.record.fetchval(
        "select count(*) from audit_log where subject_id = $1 and action = 'correct field' and details = '{}'", lead
    )
    assert written == 1


async def test_what_the_lead_said_stays_beside_what_a_person_made_of_it(desk: Desk):
    lead = await a_lead(desk)
    heard = (await fields_of(desk, lead))["bedrooms"]
    await desk.ask("PATCH", f"/api/leads/{lead}/fields", json=a_correction("bedrooms", 3))
    right = (await fields_of(desk, lead))["bedrooms"]
    assert (right["value"], right["said"], right["message_id"]) == (3, heard["said"], heard["message_id"])


async def test_a_request_that_comes_twice_is_done_once(desk: Desk):
    lead = await a_lead(desk)
    asked = a_correction()
    answers = await asyncio.gather(*(desk.ask("PATCH", f"/api/leads/{lead}/fields", json=asked) for _ in range(5)))
    score = await desk.record.fetchval("select score from leads where id = $1", lead)
    assert answers == [(200, {"field": "budget", "value": EUROS, "score": score})] * 5
    assert await desk.record.fetchval("select count(*) from field_corrections where lead_id = $1", lead) == 1
    other = await a_lead(desk)
    status, said = await desk.ask("PATCH", f"/api/leads/{other}/fields", json=asked)
    assert (status, said["reason"]) == (409, "id_taken")


async def test_what_a_person_wrote_already_is_no_correction(desk: Desk):
    lead = await a_lead(desk)
    for rooms in (2, 2, 3, 3):
        status, said = await desk.ask("PATCH", f"/api/leads/{lead}/fields", json=a_correction("bedrooms", rooms))
        assert (status, said["value"]) == (200, rooms)
    assert await desk.record.fetchval("select count(*) from field_corrections where lead_id = $1", lead) == 2


async def test_of_two_people_at_once_the_last_wins_and_both_are_in_the_history(desk: Desk):
    lead = await a_lead(desk)
    await asyncio.gather(
        *(
            desk.ask("PATCH", f"/api/leads/{lead}/fields", who, json=a_correction("bedrooms", rooms))
            for who, rooms in (("agent", 3), ("manager", 4))
        )
    )
    rows = await desk.record.fetch(
        "select before, after from field_corrections where lead_id = $1 and before is not null", lead
    )
    chain = {orjson.loads(each["before"])["value"]: orjson.loads(each["after"])["value"] for each in rows}
    assert chain in ({2: 3, 3: 4}, {2: 4, 4: 3})
    assert (await fields_of(desk, lead))["bedrooms"]["value"] == chain[chain[2]]


async def test_not_known_is_an_answer_too(desk: Desk):
    lead = await a_lead(desk)
    status, said = await desk.ask("PATCH", f"/api/leads/{lead}/fields", json=a_correction("bedrooms", None))
    assert (status, said["value"]) == (200, None)
    assert (await fields_of(desk, lead))["bedrooms"]["value"] is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("budget", {"max_minor": 5, "currency": "euro"}, "three capital letters"),
        ("bedrooms", "two", "whole number"),
        ("timeline", "someday", "Choose one of"),
        ("shoe_size", "44", "asks for nothing called"),
        ("Not A Field", "x", "not as expected"),
    ],
)
async def test_a_value_that_cannot_be_meant_is_refused_with_what_to_do(desk: Desk, field: str, value: Any, says: str):
    lead = await a_lead(desk)
    status, said = await desk.ask("PATCH", f"/api/leads/{lead}/fields", json=a_correction(field, value))
    assert (status, said["reason"]) == (422, "bad_input")
    assert says in said["title"]


async def test_a_page_learns_how_each_field_is_edited(desk: Desk):
    lead = await a_lead(desk)
    status, said = await desk.ask("GET", f"/api/leads/{lead}/fields", "viewer")
    assert (status, said["currency"]) == (200, "EUR")
    types = {each["field"]: each["type"] for each in said["fields"]}
    assert types["budget"] == "money"
    assert types["bedrooms"] == "number"
    assert types["financing"] == "yes_no"
    [timeline] = [each for each in said["fields"] if each["field"] == "timeline"]
    assert [each["value"] for each in timeline["choices"]] == ["soon", "later", "looking"]
    assert all(each["title"] for each in timeline["choices"])
