"""What the business sends: accepted, reported back, and shown on the phone."""

from __future__ import annotations

import time

import pytest

from tests.simulator.stand import ACCESS_TOKEN, ANA, NUMBER, Stand

DAY = 86400
BUTTONS = {
    "type": "button",
    "body": {"text": "When?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "am", "title": "Morning"}}]},
}
KINDS = {
    "text": {"body": "Hi", "preview_url": False},
    "image": {"link": "https://example.com/a.jpg", "caption": "A house"},
    "video": {"link": "https://example.com/a.mp4"},
    "audio": {"link": "https://example.com/a.ogg"},
    "document": {"link": "https://example.com/a.pdf", "filename": "offer.pdf"},
    "sticker": {"link": "https://example.com/a.webp"},
    "location": {"latitude": 39.46, "longitude": -0.37, "name": "Office"},
    "contacts": [{"name": {"formatted_name": "Bo Lund", "first_name": "Bo"}, "phones": [{"phone": "+4520111222"}]}],
    "interactive": BUTTONS,
    "template": {"name": "hello_world", "language": {"code": "en_US"}},
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_lead_who_wrote_gets_every_kind_of_message(shared: Stand, kind: str) -> None:
    lead = await shared.lead()

    status, answer = await shared.send(to=ANA, type=kind, **{kind: KINDS[kind]}, biz_opaque_callback_data="out:1")

    assert status == 200, answer
    assert answer["contacts"] == [{"input": ANA, "wa_id": ANA[1:], "user_id": lead["bsuid"]}]
    wamid = answer["messages"][0]["id"]
    told = await shared.business.statuses_of(wamid, "sent", "delivered")
    assert [each["status"] for each in told] == ["sent", "delivered"]
    assert all(each["biz_opaque_callback_data"] == "out:1" for each in told)
    assert all(each["recipient_id"] == ANA[1:] and each["recipient_user_id"] == lead["bsuid"] for each in told)
    assert (await shared.thread(lead))[-1]["type"] == kind


async def test_a_template_says_that_it_was_accepted_and_a_text_does_not(stand: Stand) -> None:
    await stand.lead()
    _, template = await stand.send(to=ANA, type="template", template=KINDS["template"])
    _, text = await stand.send(to=ANA, type="text", text={"body": "Hi"})

    assert template["messages"][0]["message_status"] == "accepted"
    assert set(text["messages"][0]) == {"id"}


async def test_a_call_works_with_any_version_and_with_none(stand: Stand) -> None:
    await stand.lead()
    body = {"messaging_product": "whatsapp", "to": ANA, "text": {"body": "No type means text"}}
    for path in (f"/v19.0/{NUMBER}/messages", f"/v26.0/{NUMBER}/messages", f"/{NUMBER}/messages"):
        status, _ = await stand.call("POST", path, json=body)
        assert status == 200


async def test_a_lead_who_opens_the_chat_has_read_it(stand: Stand) -> None:
    lead = await stand.lead()
    wamid = await stand.text()
    await stand.business.statuses_of(wamid, "delivered")

    await stand.ask("POST", f"/simulator/leads/{lead['id']}/read")

    told = await stand.business.statuses_of(wamid, "read")
    assert [each["status"] for each in told] == ["sent", "delivered", "read"]
    assert ["pricing" in each for each in told] == [True, True, False]


async def test_a_lead_without_read_receipts_never_reads(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.ask("PATCH", f"/simulator/leads/{lead['id']}", {"read_receipts": False})
    wamid = await stand.text()
    await stand.business.statuses_of(wamid, "delivered")

    await stand.ask("POST", f"/simulator/leads/{lead['id']}/read")
    last = await stand.text("And another")
    await stand.business.statuses_of(last, "delivered")

    assert "read" not in {each["status"] for each in stand.business.statuses()}


async def test_a_phone_that_is_off_gets_its_messages_when_it_is_back(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.ask("PATCH", f"/simulator/leads/{lead['id']}", {"online": False})
    wamid = await stand.text()
    told = await stand.business.statuses_of(wamid, "sent")
    assert [each["status"] for each in told] == ["sent"]

    await stand.ask("PATCH", f"/simulator/leads/{lead['id']}", {"online": True})

    await stand.business.statuses_of(wamid, "delivered")


async def test_a_lead_who_blocked_the_business_leaves_it_at_one_tick(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.ask("PATCH", f"/simulator/leads/{lead['id']}", {"blocked": True})
    blocked = await stand.text()
    await stand.business.statuses_of(blocked, "sent")
    other = await stand.lead("+34699000111", name="Bo")
    seen = await stand.text(to=other["phone"])
    await stand.business.statuses_of(seen, "delivered")

    assert [each["status"] for each in stand.business.statuses(blocked)] == ["sent"]


async def test_a_played_voice_message_is_told(stand: Stand) -> None:
    lead = await stand.lead()
    _, answer = await stand.send(to=ANA, type="audio", audio={"link": "https://example.com/a.ogg"})
    wamid = answer["messages"][0]["id"]
    await stand.business.statuses_of(wamid, "delivered")

    await stand.ask("POST", f"/simulator/leads/{lead['id']}/messages/{wamid}/played")

    await stand.business.statuses_of(wamid, "played")


async def test_a_read_receipt_turns_every_earlier_message_blue_and_shows_typing(stand: Stand) -> None:
    lead = await stand.lead()
    said = await stand.says(lead, "Are you there?")

    status, answer = await stand.send(status="read", message_id=said["id"], typing_indicator={"type": "text"})

    assert (status, answer) == (200, {"success": True})
    assert {each["status"] for each in await stand.thread(lead)} == {"read"}
    shown = await stand.ask("GET", f"/simulator/leads/{lead['id']}")
    assert 20 < shown["typing_until"] - time.time() <= 25
    await stand.text("Here I am")
    assert (await stand.ask("GET", f"/simulator/leads/{lead['id']}"))["typing_until"] == 0


async def test_a_reaction_sits_on_the_leads_message_and_is_only_sent(stand: Stand) -> None:
    lead = await stand.lead()
    said = await stand.says(lead, "Great")
    status, answer = await stand.send(to=ANA, type="reaction", reaction={"message_id": said["id"], "emoji": "👍"})
    assert status == 200
    await stand.business.statuses_of(answer["messages"][0]["id"], "sent")

    assert (await stand.thread(lead))[-1]["reaction_out"] == "👍"
    assert [each["status"] for each in stand.business.statuses()] == ["sent"]


async def test_a_hidden_lead_is_reached_through_recipient_and_stays_hidden(stand: Stand) -> None:
    lead = await stand.lead(None, hides_phone=True, username="ana.p")
    status, answer = await stand.send(recipient=lead["bsuid"], type="text", text={"body": "Hi"})
    told = await stand.business.statuses_of(answer["messages"][0]["id"], "delivered")

    assert status == 200
    assert answer["contacts"] == [{"input": lead["bsuid"], "user_id": lead["bsuid"]}]
    assert all("recipient_id" not in each and each["recipient_user_id"] == lead["bsuid"] for each in told)
    assert lead["phone"][1:] not in str(stand.business.bodies)


async def test_a_user_id_in_to_is_accepted_and_silently_lost(stand: Stand) -> None:
    lead = await stand.lead(None, hides_phone=True)
    status, _ = await stand.send(to=lead["bsuid"], type="text", text={"body": "Hi"})
    sent = await stand.ask("GET", "/simulator/sent")

    assert status == 200
    assert sent["count"] == 0
    assert len(sent["lost"]) == 1
    assert [each["type"] for each in await stand.thread(lead)] == ["text"]


async def test_a_number_written_to_is_shown_for_thirty_days_though_hidden(stand: Stand) -> None:
    lead = await stand.lead(hides_phone=True)
    assert "from" not in stand.business.messages()[0]
    await stand.text(to=ANA)
    await stand.says(lead, "I answer")
    await stand.business.until(lambda: len(stand.business.messages()) == 2)
    assert stand.business.messages()[1]["from"] == ANA[1:]

    await stand.ask("PATCH", f"/simulator/leads/{lead['id']}", {"phone_seen_at": time.time() - 31 * DAY})
    await stand.says(lead, "Much later")
    await stand.business.until(lambda: len(stand.business.messages()) == 3)

    assert "from" not in stand.business.messages()[2]


async def test_a_number_whose_whatsapp_id_differs_is_known_by_both(stand: Stand) -> None:
    lead = await stand.lead("+525512345678", wa_id="5215512345678")
    _, answer = await stand.send(to="+525512345678", type="text", text={"body": "Hi"})
    _, again = await stand.send(to="+5215512345678", type="text", text={"body": "Hi"})

    assert answer["contacts"][0]["wa_id"] == again["contacts"][0]["wa_id"] == "5215512345678"
    assert len(await stand.thread(lead)) == 3


async def test_free_messages_of_the_month_are_free_and_then_billed(stand: Stand) -> None:
    await stand.lead()
    await stand.control(free_service_messages=1)
    free, billed = await stand.text("One"), await stand.text("Two")
    first = (await stand.business.statuses_of(free, "sent"))[0]["pricing"]
    second = (await stand.business.statuses_of(billed, "sent"))[0]["pricing"]

    assert first == {
        "billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service",
    }  # fmt: skip
    assert second == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}


async def test_a_lead_from_an_ad_is_free_for_three_days(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    await stand.says(lead, "More info?", referral={"source_type": "ad", "source_id": "1", "headline": "Homes"})
    wamid = await stand.text()
    told = (await stand.business.statuses_of(wamid, "sent"))[0]

    assert told["pricing"]["type"] == "free_entry_point"
    assert told["conversation"]["origin"] == {"type": "referral_conversion"}


async def test_what_was_sent_can_be_asked_for(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.text("Hi", biz_opaque_callback_data="out:7")
    sent = await stand.ask("GET", f"/simulator/sent?lead_id={lead['id']}")

    assert sent["count"] == 1
    assert sent["messages"][0]["request"]["text"] == {"body": "Hi"}
    assert sent["messages"][0]["biz_opaque_callback_data"] == "out:7"
    assert (await stand.counts())["sends"] == {"accepted": 1}


async def test_a_wrong_token_is_refused_with_190(stand: Stand) -> None:
    for token in ("wrong", ACCESS_TOKEN + "x"):
        status, answer = await stand.call("POST", f"/{NUMBER}/messages", token=token, json={})
        assert (status, answer["error"]["code"], answer["error"]["type"]) == (401, 190, "OAuthException")
    async with stand.client.post(f"/{NUMBER}/messages", json={}) as answer:
        assert answer.status == 401


async def test_an_unknown_number_id_is_refused_as_meta_does(stand: Stand) -> None:
    status, answer = await stand.call("POST", "/v26.0/123/messages", json={})

    assert status == 400
    assert (answer["error"]["code"], answer["error"]["error_subcode"]) == (100, 33)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b"\xff", b""])
async def test_a_body_that_is_no_message_is_refused_and_never_breaks_anything(stand: Stand, raw: bytes) -> None:
    status, answer = await stand.call("POST", f"/{NUMBER}/messages", data=raw)

    assert (status, answer["error"]["code"]) == (400, 100)
