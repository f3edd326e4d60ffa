"""Two leads turn out to be one person: nothing that was going on with either of them is lost."""

from __future__ import annotations

from lead_reviver.decide.conversation import Decision
from lead_reviver.storage import conversations
from lead_reviver.storage.database import transaction
from tests.builders import Person
from tests.integration.workbench import Workbench

KNOWN = Person(wa_id="34611000111")
HIDDEN = Person(wa_id=None, user_id="ES.4Hd82LmQ4abc")
BOTH = Person(wa_id=KNOWN.wa_id, user_id=HIDDEN.user_id)


async def asks_for_a_person(bench: Workbench, person: Person) -> str:
    """Let somebody ask for a person; return the conversation's id."""
    before = {each["id"] for each in await bench.rows("select id from public.conversations where workspace_id = $1")}
    bench.llm.script.append(Decision("hand_over", "The lead asked for a person.", text="A colleague will write."))
    await bench.hears(person, "Can I speak to somebody?")
    assert await bench.answer() == "handed_over"
    after = await bench.rows("select id from public.conversations where workspace_id = $1")
    [new] = {each["id"] for each in after} - before
    return str(new)


async def test_a_lead_who_waits_for_a_person_goes_on_waiting(bench: Workbench):
    await bench.hears(KNOWN, "Hello")
    await bench.answer()
    await asks_for_a_person(bench, HIDDEN)
    await bench.hears(BOTH, "Are you there?")
    conversation = await bench.conversation()
    assert conversation["waiting_for_person_since"] is not None
    assert conversation["waiting_reason"] == "The lead asked for a person."


async def test_a_person_who_answers_one_of_them_answers_the_one(bench: Workbench):
    """From the phone, where nobody is assigned: only the time says that a person is there."""
    await asks_for_a_person(bench, KNOWN)
    await bench.hears(HIDDEN, "Hello")
    await bench.answer()
    [hidden] = await bench.rows("select id from public.conversations where workspace_id = $1 order by id desc limit 1")
    async with transaction(bench.pool) as connection:
        await conversations.take_over(connection, hidden["id"], None)
    await bench.hears(BOTH, "Are you there?")
    conversation = await bench.conversation()
    assert (conversation["mode"], conversation["waiting_for_person_since"]) == ("human", None)
    assert conversation["taken_over_at"] is not None
