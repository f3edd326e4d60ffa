"""What a lead does on the phone, and the webhook the business gets for it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.simulator.stand import ANA, NUMBER, Stand

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": {"body": "Hola, ¿qué tal? 👍"}},
    "image": {"type": "image", "image": {"caption": "My street"}},
    "video": {"type": "video"},
    "audio": {"type": "audio"},
    "document": {"type": "document"},
    "sticker": {"type": "sticker"},
    "location": {"type": "location", "location": {"latitude": 39.46, "longitude": -0.37}},
    "contacts": {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo"}, "origin": "other"}]},
    "order": {"type": "order", "order": {"catalog_id": "5", "product_items": [{"product_retailer_id": "sku"}]}},
    "unsupported": {"type": "unsupported", "unsupported": {"type": "poll_creation"}},
    "interactive": {
        "type": "interactive",
        "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}", "body": "Sent"}},
    },
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_lead_writes_every_kind_of_message(shared: Stand, kind: str) -> None:
    lead = await shared.lead(writes=False)
    said = await shared.says(lead, **KINDS[kind])
    await shared.business.until(shared.business.messages)

    value = shared.business.changes()[0]
    message = value["messages"][0]
    assert value["metadata"]["phone_number_id"] == NUMBER
    assert value["contacts"] == [{"profile": {"name": "Ana"}, "wa_id": ANA[1:], "user_id": lead["bsuid"]}]
    assert (message["id"], message["type"], message["from"]) == (said["id"], kind, ANA[1:])
    assert message["from_user_id"] == lead["bsuid"]
    assert message["timestamp"].isdigit()
    assert kind in message
    assert ("errors" in message) == (kind == "unsupported")
    assert (await shared.thread(lead))[0]["status"] == "delivered"


async def test_a_voice_note_says_so_and_its_file_can_be_fetched_with_the_token_only(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    await stand.says(lead, type="audio")
    await stand.business.until(stand.business.messages)
    audio = stand.business.messages()[0]["audio"]
    assert (audio["voice"], audio["mime_type"]) == (True, "audio/ogg; codecs=opus")

    _, info = await stand.call("GET", f"/v26.0/{audio['id']}")
    async with stand.client.get(info["url"], headers={"Authorization": "Bearer test-access-token"}) as answer:
        raw = await answer.read()
        assert (answer.status, answer.headers["content-type"]) == (200, "audio/ogg; codecs=opus")
    async with stand.client.get(info["url"]) as refused:
        assert refused.status == 401
    async with stand.client.get(
        info["url"].replace("ext=", "ext=9"), headers={"Authorization": "Bearer test-access-token"}
    ) as forged:
        assert forged.status == 404
    assert raw[:4] == b"OggS"
    assert str(len(raw)) == info["file_size"]


async def test_a_lead_sends_a_file_of_their_own(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    path = f"/simulator/leads/{lead['id']}/media?filename=plan.pdf"
    async with stand.client.post(path, data=b"%PDF-1.4", headers={"Content-Type": "application/pdf"}) as answer:
        kept = await answer.json()
    await stand.says(lead, type="document", document={"id": kept["id"], "caption": "The plan"})
    await stand.business.until(stand.business.messages)
    document = stand.business.messages()[0]["document"]

    assert kept["kind"] == "document"
    assert (document["filename"], document["caption"]) == ("plan.pdf", "The plan")
    async with stand.client.get(f"/simulator/media/{kept['id']}") as shown:
        assert await shown.read() == b"%PDF-1.4"


async def test_a_lead_taps_a_button_and_a_row(stand: Stand) -> None:
    lead = await stand.lead()
    reply = {"id": "am", "title": "Morning"}
    row = {"id": "s1", "title": "Tue 10:00", "description": "30 min"}
    _, first = await stand.send(
        to=ANA,
        type="interactive",
        interactive={
            "type": "button",
            "body": {"text": "?"},
            "action": {"buttons": [{"type": "reply", "reply": reply}]},
        },
    )
    _, second = await stand.send(
        to=ANA,
        type="interactive",
        interactive={
            "type": "list",
            "body": {"text": "?"},
            "action": {"button": "Choose", "sections": [{"rows": [row]}]},
        },
    )
    await stand.says(lead, type="tap", message_id=first["messages"][0]["id"], id="am")
    await stand.says(lead, type="tap", message_id=second["messages"][0]["id"], id="s1")
    await stand.business.until(lambda: len(stand.business.messages()) == 3)
    tapped, chosen = stand.business.messages()[1:]

    assert tapped["interactive"] == {"type": "button_reply", "button_reply": reply}
    assert tapped["context"]["id"] == first["messages"][0]["id"]
    assert chosen["interactive"] == {"type": "list_reply", "list_reply": row}


async def test_a_lead_reacts_and_takes_it_back(stand: Stand) -> None:
    lead = await stand.lead()
    wamid = await stand.text()
    await stand.says(lead, type="reaction", reaction={"message_id": wamid, "emoji": "❤️"})
    assert (await stand.thread(lead))[-1]["reaction_in"] == "❤️"
    await stand.says(lead, type="reaction", reaction={"message_id": wamid})
    await stand.business.until(lambda: len(stand.business.messages()) == 3)

    put, taken = stand.business.messages()[1:]
    assert put["reaction"] == {"message_id": wamid, "emoji": "❤️"}
    assert taken["reaction"] == {"message_id": wamid}
    assert "reaction_in" not in (await stand.thread(lead))[-1]


async def test_a_reaction_does_not_open_the_window(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    _, answer = await stand.send(to=ANA, type="template", template=template)
    await stand.says(lead, type="reaction", reaction={"message_id": answer["messages"][0]["id"], "emoji": "👍"})
    wamid = await stand.text()

    assert (await stand.business.statuses_of(wamid, "failed"))[0]["errors"][0]["code"] == 131047


async def test_a_lead_edits_and_deletes(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    said = await stand.says(lead, "Tuseday")
    await stand.says(lead, type="edit", edit={"original_message_id": said["id"], "text": "Tuesday"})
    await stand.says(lead, type="revoke", revoke={"original_message_id": said["id"]})
    await stand.business.until(lambda: len(stand.business.messages()) == 3)
    _, edit, revoke = stand.business.messages()

    assert edit["edit"] == {
        "original_message_id": said["id"],
        "message": {"type": "text", "text": {"body": "Tuesday"}},
    }
    assert revoke["revoke"] == {"original_message_id": said["id"]}
    assert (await stand.thread(lead))[0]["revoked"] is True
    assert "Tuesday" not in str(await stand.thread(lead))


async def test_a_message_cannot_be_edited_after_fifteen_minutes(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    said = await stand.says(lead, "Old", timestamp=time.time() - 16 * 60)
    action = {"type": "edit", "edit": {"original_message_id": said["id"], "text": "New"}}

    refused = await stand.ask("POST", f"/simulator/leads/{lead['id']}/messages", action, expect=422)

    assert "15 minutes" in refused["title"]


async def test_a_new_number_brings_a_new_user_id_and_no_contacts(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    await stand.says(lead, type="number_change", phone="+34699 111 222")
    await stand.business.until(stand.business.messages)
    value = stand.business.changes()[0]
    system = value["messages"][0]["system"]
    now = await stand.ask("GET", f"/simulator/leads/{lead['id']}")

    assert "contacts" not in value
    assert value["messages"][0]["from"] == ANA[1:]
    assert (system["type"], system["wa_id"]) == ("user_changed_number", "34699111222")
    assert (system["previous_user_id"], system["user_id"]) == (lead["bsuid"], now["bsuid"])
    assert now["bsuid"] != lead["bsuid"]
    assert (await stand.send(to="+34699111222", type="text", text={"body": "Hi"}))[0] == 200


async def test_a_hidden_lead_changes_the_user_id_only(stand: Stand) -> None:
    lead = await stand.lead(None, writes=False, hides_phone=True)
    await stand.says(lead, type="number_change", phone="+34699111222")
    await stand.business.until(stand.business.messages)
    message = stand.business.messages()[0]

    assert message["system"]["type"] == "user_changed_user_id"
    assert "from" not in message
    assert "34699111222" not in str(stand.business.bodies)


async def test_a_lead_stops_and_resumes_marketing(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    for value in ("stop", "resume"):
        await stand.says(lead, type="marketing", value=value)
    await stand.business.until(lambda: len(_preferences(stand)) == 2)
    stop, resume = _preferences(stand)

    assert (stop["value"], resume["value"]) == ("stop", "resume")
    assert stop["category"] == "marketing_messages"
    assert isinstance(stop["timestamp"], int)
    assert stop["wa_id"] == ANA[1:]


def _preferences(stand: Stand) -> list[dict[str, Any]]:
    return [each for value in stand.business.changes("user_preferences") for each in value["user_preferences"]]


async def test_a_forwarded_message_a_reply_and_an_ad_carry_their_marks(stand: Stand) -> None:
    lead = await stand.lead()
    wamid = await stand.text()
    await stand.says(lead, "See this", forwarded=True)
    await stand.says(lead, "Yes, that one", context={"id": wamid})
    await stand.says(lead, "Hello", referral={"source_type": "ad", "ctwa_clid": "AR1"})
    await stand.business.until(lambda: len(stand.business.messages()) == 4)
    forwarded, reply, from_ad = stand.business.messages()[1:]

    assert forwarded["context"] == {"forwarded": True}
    assert reply["context"] == {"from": "34600111222", "id": wamid}
    assert from_ad["referral"]["ctwa_clid"] == "AR1"


@pytest.mark.parametrize(
    "action",
    [
        {"type": "dance"},
        {"type": "text"},
        {"type": "text", "text": {"body": "  "}},
        {"type": "image", "image": {"id": "123"}},
        {"type": "tap", "message_id": "wamid.none", "id": "x"},
        {"type": "reaction", "reaction": {"message_id": "wamid.none", "emoji": "👍"}},
        {"type": "number_change", "phone": "none"},
        {"type": "marketing", "value": "maybe"},
        {"type": "location"},
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_no_phone_can_do_is_refused_with_a_reason(shared: Stand, action: dict[str, Any]) -> None:
    lead = await shared.lead(writes=False)

    refused = await shared.ask("POST", f"/simulator/leads/{lead['id']}/messages", action, expect=422)

    assert refused["title"]


async def test_a_known_number_is_found_and_not_made_again(stand: Stand) -> None:
    first = await stand.lead(writes=False)
    again = await stand.lead("0034 611-222-333", writes=False)
    await stand.ask("POST", "/simulator/leads", {"name": "X", "phone": "none"}, expect=422)
    await stand.ask("GET", "/simulator/leads/nobody", expect=404)

    assert again["id"] == first["id"]
    assert (await stand.ask("GET", "/simulator/leads"))["count"] == 1


async def test_a_history_is_shown_on_the_phone_and_told_to_nobody(stand: Stand) -> None:
    an_hour_ago = time.time() - 3600
    history = [
        {"direction": "out", "text": "Hi Ana", "at": an_hour_ago - 60, "wamid": "wamid.SEED1"},
        {"direction": "in", "text": "Hi", "at": an_hour_ago, "wamid": "wamid.SEED2"},
    ]
    lead = await stand.lead(writes=False, history=history)
    await stand.lead(writes=False, history=history)
    wamid = await stand.text()

    assert [each["content"]["body"] for each in await stand.thread(lead)] == ["Hi Ana", "Hi", "Hi"]
    await stand.business.statuses_of(wamid, "delivered")
    assert stand.business.messages() == []


async def test_the_phone_hears_of_everything_live(stand: Stand) -> None:
    async with stand.client.get("/simulator/events") as live:
        lead = await stand.lead()
        await stand.text("Live")
        heard = b""
        while b'"Live"' not in heard:
            heard += await live.content.readany()

    assert b"event: lead" in heard
    assert b"event: message" in heard
    assert lead["id"].encode() in heard


async def test_another_website_cannot_drive_the_phone(stand: Stand) -> None:
    async with stand.client.post("/simulator/reset", headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403


async def test_the_phone_page_asks_nothing_of_the_outside(stand: Stand) -> None:
    async with stand.client.get("/") as answer:
        page = await answer.text()
        assert answer.status == 200
        assert answer.url.path == "/phone/"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "http" not in page.replace("http-equiv", "")
