"""Each class of error code leads to its reaction, whether it comes in the answer or in a status."""

from __future__ import annotations

import pytest

from tests.builders import Person, a_status
from tests.fakes import refuses
from tests.integration.workbench import Workbench

WAITING = {
    # code: seconds until the next try, at least and at most
    131000: (1.9, 2.1),
    131016: (1.9, 2.1),
    1: (1.9, 2.1),
    130429: (0.9, 2.1),
    131056: (3.9, 4.1),
    4: (299, 301),
    80007: (299, 301),
    134101: (599, 601),
}
FAILED = (100, 131008, 131009, 131021, 131026, 131030, 131049, 131051, 130472, 130497, 132001, 137000, 987654)
STOPS_NUMBER = (33, 131037, 131045, 133010)
STOPS_ACCOUNT = (0, 3, 10, 190, 200, 299, 368, 131005, 131031, 131042, 131044)


@pytest.mark.parametrize("code", WAITING)
async def test_a_message_that_may_work_later_is_tried_again_later(bench: Workbench, code: int):
    bench.graph.will(bench.number, refuses(code))
    await bench.hears(Person(), "Hello")
    [ref] = await bench.run()
    least, most = WAITING[code]
    assert ref.outcome == "waiting"
    assert least <= ref.wait_seconds <= most
    assert (await bench.row("select paused_at from public.channels where workspace_id = $1"))["paused_at"] is None
    await bench.make_due()
    assert await bench.answer() == "replied"
    assert len(bench.sent()) == 2
    [message] = await bench.messages()
    assert (message["status"], message["error_code"], message["reason"]) == ("accepted", None, None)


async def test_a_message_that_fails_five_times_is_given_up_and_a_person_is_asked(bench: Workbench):
    bench.graph.will(bench.number, *[refuses(131000)] * 9)
    await bench.hears(Person(), "Hello")
    outcomes = []
    for _ in range(5):
        outcomes.append(await bench.answer())
        await bench.make_due()
    assert outcomes == ["waiting"] * 4 + ["refused"]
    assert len(bench.sent()) == 5
    [message] = await bench.messages()
    assert (message["status"], message["error_code"]) == ("failed", 131000)
    assert "could not be sent" in (await bench.conversation())["waiting_reason"]
    assert (await bench.turn())["state"] == "done"


@pytest.mark.parametrize("code", FAILED)
async def test_a_message_that_can_never_work_fails_at_once_and_a_person_is_asked(bench: Workbench, code: int):
    bench.graph.will(bench.number, refuses(code))
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "refused"
    await bench.make_due()
    assert await bench.claim() == []
    [message] = await bench.messages()
    assert (message["status"], message["error_code"]) == ("failed", code)
    assert message["reason"]
    assert (await bench.conversation())["waiting_for_person_since"] is not None
    assert (await bench.row("select paused_at from public.channels where workspace_id = $1"))["paused_at"] is None


@pytest.mark.parametrize("code", [*STOPS_NUMBER, *STOPS_ACCOUNT])
async def test_an_error_that_stops_a_number_or_an_account_pauses_it_and_keeps_the_answer(bench: Workbench, code: int):
    await bench.do(
        "insert into public.channels (id, workspace_id, phone_number_id, business_account_id, name) "
        "values (gen_random_uuid(), $1, $2, $3, 'Rentals')",
        "6" + bench.number[1:],
        bench.workspace.business_account_id,
    )
    bench.graph.will(bench.number, refuses(code))
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "waiting"
    channels = await bench.rows("select paused_reason from public.channels where workspace_id = $1 order by name desc")
    assert channels[0]["paused_reason"]
    assert bool(channels[1]["paused_reason"]) == (code in STOPS_ACCOUNT)
    assert (await bench.turn())["state"] == "settling"


@pytest.mark.parametrize("comes", ["in the answer", "in a status"])
async def test_when_meta_says_that_the_window_is_closed_it_is_until_the_lead_writes_again(bench: Workbench, comes: str):
    ana = Person()
    await fails(bench, ana, 131047, comes)
    conversation = await bench.conversation()
    assert conversation["window_closed_at"] is not None
    assert conversation["waiting_for_person_since"] is not None
    assert [each["status"] for each in await bench.messages()] == ["failed"]


@pytest.mark.parametrize("comes", ["in the answer", "in a status"])
async def test_a_lead_who_stopped_marketing_gets_none_from_then_on(bench: Workbench, comes: str):
    await fails(bench, Person(), 131050, comes)
    assert (await bench.lead())["marketing_stopped_at"] is not None
    scopes = await bench.rows("select scope from public.suppressions where workspace_id = $1")
    assert {each["scope"] for each in scopes} == {"marketing"}


@pytest.mark.parametrize("comes", ["in the answer", "in a status"])
async def test_an_account_without_a_payment_method_is_paused(bench: Workbench, comes: str):
    await fails(bench, Person(), 131042, comes)
    paused = await bench.row("select paused_reason from public.channels where workspace_id = $1")
    assert "payment" in paused["paused_reason"]


async def fails(bench: Workbench, person: Person, code: int, comes: str) -> None:
    """Let an answer to a person fail."""
    await bench.hears(person, "Hello")
    if comes == "in the answer":
        bench.graph.will(bench.number, refuses(code))
        await bench.run()
        return
    assert await bench.answer() == "replied"
    [call] = bench.sent()
    await bench.told(a_status(str(call.wamid), "failed", person, outbox_id=call.outbox_id, code=code))
