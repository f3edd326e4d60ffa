"""Webhooks: their bytes and signature, batches, retries, and every fault that can be turned on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import aiohttp
import pytest

from lead_reviver.simulator.webhooks import Update, envelope, signature, wire_form
from tests.simulator.stand import ANA, Stand, settings_for

VECTORS = [
    (
        b'{"object":"whatsapp_business_account","entry":[]}',
        "c84a394cc475525991e78ff16e430b02e47f953877d2af0ade26956ce6f384dc",
    ),
    (
        b'{"object": "whatsapp_business_account", "entry": []}',
        "64702efd907cd8ed6665ff0320eef04a4d90a8acfdffbb2cea57336d63f9ddec",
    ),
    (
        rb'{"text":"caf\u00e9 \ud83d\udc4d a\/b"}',
        "415684accd17ce73508f7a35970d1a778847cdd265c918c1f8bd08d7cdbe04d1",
    ),
    (
        '{"text":"café 👍 a/b"}'.encode(),
        "d33fe8383a9c915335f7fc2b6f1e64b6bbe2779a98ca3790e225a9ee29cb265b",
    ),
]


@pytest.mark.parametrize(("raw", "digest"), VECTORS)
def test_a_body_is_signed_as_meta_signs_it(raw: bytes, digest: str) -> None:
    assert signature("test-app-secret", raw) == f"sha256={digest}"


def test_a_body_is_written_with_the_escapes_meta_uses() -> None:
    assert wire_form({"text": "café 👍 a/b"}) == VECTORS[2][0]
    assert json.loads(wire_form({"text": "back\\slash / and \\/"})) == {"text": "back\\slash / and \\/"}


def test_statuses_share_a_change_and_messages_only_with_the_same_person() -> None:
    def update(person: str, kind: str, number: int) -> Update:
        contact = {"profile": {"name": person}, "user_id": f"ES.{person}"}
        return Update(person=person, kind=kind, item={"id": str(number)}, contact=contact)

    updates = [
        update("Ana", "messages", 1),
        update("Ana", "messages", 2),
        update("Bo", "messages", 3),
        update("Ana", "statuses", 4),
        update("Bo", "statuses", 5),
        update("Bo", "statuses", 6),
        Update(person="account", field="account_update", item={"event": "X"}),
    ]
    changes = envelope(replace(settings_for(), webhook_url=None), updates)["entry"][0]["changes"]

    assert [len(each["value"].get("messages", each["value"].get("statuses", []))) for each in changes] == [2, 1, 3, 0]
    assert [len(each["value"].get("contacts", [])) for each in changes] == [1, 1, 2, 0]
    assert changes[3] == {"field": "account_update", "value": {"event": "X"}}


async def test_a_business_proves_that_the_address_is_its_own(stand: Stand) -> None:
    assert await stand.ask("POST", "/simulator/verify-webhook") == {"status": 200, "passed": True}


async def test_a_refused_webhook_comes_again_until_it_is_taken(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    stand.business.answers = [500, 401, 503]
    said = await stand.says(lead, "Are you there?")
    await stand.business.until(stand.business.messages)

    assert stand.business.refused == 3
    assert [each["id"] for each in stand.business.messages()] == [said["id"]]
    assert (await stand.counts())["webhooks"]["retried"] == 3


async def test_a_refused_webhook_holds_nobody_else_up(stand: Stand) -> None:
    await stand.control(retry_first_seconds=0.4)
    lead = await stand.lead(writes=False)
    stand.business.answers = [500]
    first = await stand.says(lead, "First")
    await stand.business.until(lambda: stand.business.refused == 1)
    second = await stand.says(lead, "Second")
    await stand.business.until(lambda: len(stand.business.messages()) == 2)

    assert [each["id"] for each in stand.business.messages()] == [second["id"], first["id"]]


async def test_a_webhook_is_given_up_in_the_end(stand: Stand) -> None:
    await stand.control(retry_for_seconds=0.05)
    stand.business.answers = [500] * 50
    lead = await stand.lead(writes=False)
    await stand.says(lead, "Hello")
    async with asyncio.timeout(5):
        while (await stand.counts())["webhooks"]["given_up"] == 0:
            await asyncio.sleep(0.02)

    assert stand.business.messages() == []
    assert (await stand.thread(lead))[0]["status"] == "sent"


async def test_duplicates_are_the_same_update_twice(stand: Stand) -> None:
    await stand.control(duplicate_percent=100, seed=1)
    lead = await stand.lead(writes=False)
    said = await stand.says(lead, "Once")
    await stand.business.until(lambda: len(stand.business.messages()) == 2)

    first, second = stand.business.messages()
    assert first == second
    assert first["id"] == said["id"]


async def test_reordering_lets_later_updates_overtake(stand: Stand) -> None:
    await stand.control(reorder_percent=50, reorder_seconds=0.3, seed=3)
    lead = await stand.lead(writes=False)
    said = [(await stand.says(lead, str(number)))["id"] for number in range(20)]
    await stand.business.until(lambda: len(stand.business.messages()) == 20)
    arrived = [each["id"] for each in stand.business.messages()]

    assert arrived != said
    assert sorted(arrived) == sorted(said)


async def test_without_faults_everything_arrives_in_order(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    said = [(await stand.says(lead, str(number)))["id"] for number in range(30)]
    await stand.business.until(lambda: len(stand.business.messages()) == 30)

    assert [each["id"] for each in stand.business.messages()] == said


async def test_faults_repeat_with_the_same_seed(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    counts = []
    for _ in range(2):
        await stand.control(duplicate_percent=30, seed=42)
        before = (await stand.counts())["webhooks"]["duplicated"]
        for number in range(20):
            await stand.says(lead, str(number))
        counts.append((await stand.counts())["webhooks"]["duplicated"] - before)

    assert counts[0] == counts[1] > 0


async def test_a_lost_answer_was_accepted_all_the_same(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.control(lose_answer_percent=100)
    with pytest.raises(aiohttp.ClientError):
        await stand.text("Did it arrive?", biz_opaque_callback_data="out:9")
    await stand.business.until(stand.business.statuses)

    assert stand.business.statuses()[0]["biz_opaque_callback_data"] == "out:9"
    assert len(await stand.thread(lead)) == 2
    assert (await stand.counts())["sends"] == {"accepted": 1, "lost_answers": 1}


async def test_a_lost_request_was_never_accepted(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.control(lose_request_percent=100)
    with pytest.raises(aiohttp.ClientError):
        await stand.text()

    assert len(await stand.thread(lead)) == 1
    assert (await stand.counts())["sends"] == {"lost_requests": 1}


async def test_a_loss_can_be_silence_instead(stand: Stand) -> None:
    await stand.lead()
    await stand.control(lose_answer_percent=100, lost="hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await stand.text()

    assert (await stand.counts())["sends"]["accepted"] == 1


async def test_an_outage_answers_503_or_nothing_and_ends(stand: Stand) -> None:
    await stand.lead()
    await stand.control(outage="503")
    status, answer = await stand.send(to=ANA, type="text", text={"body": "Hi"})
    await stand.control(outage="drop")
    with pytest.raises(aiohttp.ClientError):
        await stand.text()
    await stand.control(outage="none")

    assert (status, answer["error"]["code"]) == (503, 131016)
    assert await stand.text()


async def test_a_slow_day_delays_answers_and_webhooks(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    await stand.control(answer_seconds=[0.2, 0.2], delay_seconds=[0.2, 0.2])
    loop = asyncio.get_running_loop()
    started = loop.time()
    await stand.says(lead, "Hello")
    await stand.business.until(stand.business.messages)
    heard = loop.time()
    await stand.text()

    assert heard - started >= 0.2
    assert loop.time() - heard >= 0.2


async def test_read_may_come_without_delivered(stand: Stand) -> None:
    await stand.lead()
    await stand.control(read_seconds=[0, 0], skip_delivered_percent=100)
    wamid = await stand.text()
    told = await stand.business.statuses_of(wamid, "read")

    assert [each["status"] for each in told] == ["sent", "read"]


async def test_instant_statuses_come_at_once(stand: Stand) -> None:
    await stand.control(sent_seconds=[60, 60], delivered_seconds=[60, 60], instant_statuses=True)
    await stand.lead()
    wamid = await stand.text()

    await stand.business.statuses_of(wamid, "sent", "delivered")


async def test_many_leads_write_in_bodies_of_the_size_asked_for(stand: Stand) -> None:
    done = await stand.ask("POST", "/simulator/inject", {"messages": 600, "leads": 60, "per_body": 100, "lanes": 3})
    messages = stand.business.messages()
    by_lead: dict[str, list[int]] = {}
    for each in messages:
        by_lead.setdefault(each["from"], []).append(int(each["text"]["body"].split()[1]))

    assert done["messages"] == len(messages) == 600
    assert {each["id"] for each in messages} == set(done["wamids"])
    assert len(stand.business.bodies) == 6
    assert len(by_lead) == 60
    assert all(numbers == sorted(numbers) for numbers in by_lead.values())


async def test_a_load_suffers_the_same_faults(stand: Stand) -> None:
    await stand.control(duplicate_percent=20, reorder_percent=20, reorder_seconds=0.1, seed=5)
    done = await stand.ask("POST", "/simulator/inject", {"messages": 200, "leads": 20, "per_body": 20})
    twice = (await stand.counts())["webhooks"]["duplicated"]
    await stand.business.until(lambda: len(stand.business.messages()) == 200 + twice)

    assert 10 < twice < 80
    assert {each["id"] for each in stand.business.messages()} == set(done["wamids"])


async def test_a_load_can_be_paced(stand: Stand) -> None:
    done = await stand.ask("POST", "/simulator/inject", {"messages": 20, "leads": 5, "per_second": 50})

    assert 0.3 < done["seconds"] < 2


async def test_any_other_webhook_is_signed_and_sent_as_it_is(stand: Stand) -> None:
    value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": []}
    await stand.ask("POST", "/simulator/webhook", {"field": "account_update", "value": value})
    await stand.business.until(lambda: stand.business.changes("account_update"))

    assert stand.business.changes("account_update") == [value]


@pytest.mark.parametrize(
    "patch",
    [{"duplicate_percent": 101}, {"no_such_switch": 1}, {"outage": "maybe"}, {"sent_seconds": 1}, {"batch_size": 0}],
)
async def test_a_control_that_makes_no_sense_changes_nothing(stand: Stand, patch: dict[str, object]) -> None:
    before = await stand.ask("GET", "/simulator/control")
    refused = await stand.ask("PATCH", "/simulator/control", patch, expect=422)

    assert refused["title"]
    assert await stand.ask("GET", "/simulator/control") == before


async def test_a_reset_forgets_people_and_faults_but_not_the_webhook(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.text()
    await stand.control(outage="503", webhook_url=stand.settings.webhook_url)
    await stand.ask("POST", "/simulator/reset")
    control = await stand.ask("GET", "/simulator/control")

    assert (control["outage"], control["webhook_url"]) == ("none", stand.settings.webhook_url)
    assert (await stand.ask("GET", "/simulator/leads"))["count"] == 0
    await stand.ask("GET", f"/simulator/leads/{lead['id']}", expect=404)
    assert (await stand.counts())["sends"] == {}
