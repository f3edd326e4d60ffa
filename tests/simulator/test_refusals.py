"""What is refused, and with which code: limits, the window, rates, templates."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lead_reviver.simulator.graph_errors import TITLES
from tests.simulator.stand import ACCOUNT, ANA, NUMBER, Stand


def buttons(count: int = 1, **changes: Any) -> dict[str, Any]:
    replies = [{"id": f"id-{number}", "title": f"Title {number}", **changes} for number in range(count)]
    each = [{"type": "reply", "reply": reply} for reply in replies]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": "?"}, "action": {"buttons": each}},
    }


def rows(
    sections: int = 1, each: int = 1, *, title: str | None = "Day", title_of_row: str = "Ten", **changes: Any
) -> dict[str, Any]:
    made = [
        {
            **({"title": title} if title else {}),
            "rows": [{"id": f"{number}-{row}", "title": title_of_row, **changes} for row in range(each)],
        }
        for number in range(sections)
    ]
    action = {"button": "Choose", "sections": made}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": "?"}, "action": action}}


def interactive(kind: str, **parts: Any) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": "?"}, **parts}}


def cta(text: str, url: str) -> dict[str, Any]:
    return interactive("cta_url", action={"name": "cta_url", "parameters": {"display_text": text, "url": url}})


MALFORMED: dict[str, tuple[dict[str, Any], int]] = {
    "no text": ({"type": "text"}, 131008),
    "an empty text": ({"type": "text", "text": {"body": ""}}, 131008),
    "a text of 4,097 characters": ({"type": "text", "text": {"body": "x" * 4097}}, 100),
    "a text that is a number": ({"type": "text", "text": {"body": 5}}, 100),
    "a text that is a string": ({"type": "text", "text": "Hi"}, 100),
    "a kind that does not exist": ({"type": "song", "song": {}}, 100),
    "a group": ({"type": "text", "text": {"body": "x"}, "recipient_type": "group"}, 100),
    "callback data of 513 characters": (
        {"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513},
        100,
    ),
    "a context without an id": ({"type": "text", "text": {"body": "x"}, "context": {}}, 131008),
    "an image without id or link": ({"type": "image", "image": {}}, 131008),
    "an image behind ftp": ({"type": "image", "image": {"link": "ftp://example.com/a.jpg"}}, 100),
    "an image that was never uploaded": ({"type": "image", "image": {"id": "123"}}, 100),
    "a caption of 1,025 characters": (
        {"type": "image", "image": {"link": "https://example.com/a.jpg", "caption": "x" * 1025}},
        100,
    ),
    "a caption on audio": (
        {"type": "audio", "audio": {"link": "https://example.com/a.ogg", "caption": "x"}},
        131009,
    ),
    "a place off the earth": ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
    "a place without longitude": ({"type": "location", "location": {"latitude": 9}}, 131008),
    "a contact without a name": ({"type": "contacts", "contacts": [{"phones": []}]}, 131008),
    "a contact with one part of a name": (
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo"}}]},
        131008,
    ),
    "no contacts": ({"type": "contacts", "contacts": []}, 131008),
    "four buttons": (buttons(4), 131009),
    "no buttons": (buttons(0), 131008),
    "a button title of 21 characters": (buttons(1, title="x" * 21), 131009),
    "a button id of 257 characters": (buttons(1, id="x" * 257), 131009),
    "two buttons of one title": (buttons(2, title="Same"), 131009),
    "two buttons of one id": (buttons(2, id="same"), 131009),
    "eleven rows in one section": (rows(1, 11), 131009),
    "eleven rows in two sections": (rows(2, 6), 131009),
    "eleven sections": (rows(11, 1), 131009),
    "two sections without titles": (rows(2, 1, title=None), 131008),
    "a section title of 25 characters": (rows(1, 1, title="x" * 25), 131009),
    "a row title of 25 characters": (rows(1, 1, title_of_row="x" * 25), 131009),
    "a row description of 73 characters": (rows(1, 1, description="x" * 73), 131009),
    "a row id of 201 characters": (rows(1, 1, id="x" * 201), 131009),
    "two rows of one id": (rows(1, 2, id="same"), 131009),
    "an interactive kind that does not exist": (interactive("dance", action={}), 100),
    "no action": (interactive("button"), 131008),
    "a body of 1,025 characters": (
        {"type": "interactive", "interactive": {**buttons()["interactive"], "body": {"text": "x" * 1025}}},
        131009,
    ),
    "a footer of 61 characters": (
        {"type": "interactive", "interactive": {**buttons()["interactive"], "footer": {"text": "x" * 61}}},
        131009,
    ),
    "a list with a picture on top": (
        {
            "type": "interactive",
            "interactive": {
                **rows()["interactive"],
                "header": {"type": "image", "image": {"link": "https://example.com/a.jpg"}},
            },
        },
        131009,
    ),
    "a link button of 21 characters": (cta("x" * 21, "https://example.com"), 131009),
    "a link button without an address": (cta("Open", "nowhere"), 100),
    "a location request of another name": (
        interactive("location_request_message", action={"name": "locate"}),
        131009,
    ),
    "a reaction to nothing": ({"type": "reaction", "reaction": {"message_id": "wamid.none", "emoji": "👍"}}, 131009),
    "a reaction in words": ({"type": "reaction", "reaction": {"message_id": "wamid.none", "emoji": "ok"}}, 131009),
}

ALLOWED: dict[str, dict[str, Any]] = {
    "a text of 4,096 characters": {"type": "text", "text": {"body": "x" * 4096}},
    "three buttons at the limit": buttons(3),
    "a button title of 20 characters": buttons(1, title="x" * 20, id="i" * 256),
    "ten rows in ten sections": rows(10, 1, title="x" * 24),
    "one section without a title": rows(1, 10, title=None, description="d" * 72),
    "a list body of 4,096 characters": {
        "type": "interactive",
        "interactive": {**rows()["interactive"], "body": {"text": "x" * 4096}},
    },
    "a link button": cta("x" * 20, "https://example.com/home"),
    "a request for the place": interactive("location_request_message", action={"name": "send_location"}),
    "a request for the number": interactive("contact_request", action={"name": "request_contact_info"}),
    "callback data of 512 characters": {"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 512},
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", MALFORMED)
async def test_a_message_that_breaks_a_limit_is_refused_with_its_code(shared: Stand, what: str) -> None:
    await shared.lead()
    request, code = MALFORMED[what]

    status, answer = await shared.send(to=ANA, **request)

    assert (status, answer["error"]["code"]) == (400, code), answer
    assert set(answer["error"]) >= {"message", "type", "code", "error_data", "fbtrace_id"}
    assert answer["error"]["error_data"]["messaging_product"] == "whatsapp"
    assert (await shared.counts())["sends"] == {f"refused_{code}": 1}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", ALLOWED)
async def test_a_message_at_a_limit_is_accepted(shared: Stand, what: str) -> None:
    await shared.lead()

    status, answer = await shared.send(to=ANA, **ALLOWED[what])

    assert status == 200, answer


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"to": ANA, "type": "text", "text": {"body": "x"}, "messaging_product": "sms"}, 100),
        ({"type": "text", "text": {"body": "x"}}, 100),
        ({"to": "not a number", "type": "text", "text": {"body": "x"}}, 131009),
        ({"to": "+34600111222", "type": "text", "text": {"body": "x"}}, 131021),
        ({"recipient": "ES.Nobody", "type": "text", "text": {"body": "x"}}, 131009),
        ({"status": "seen", "message_id": "wamid.x"}, 100),
        ({"status": "read", "message_id": "wamid.x"}, 131009),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_message_to_nobody_is_refused(shared: Stand, request_: dict[str, Any], code: int) -> None:
    status, answer = await shared.send(**request_)

    assert (status, answer["error"]["code"]) == (400, code)


async def test_a_lead_who_never_wrote_gets_no_free_text(stand: Stand) -> None:
    await stand.lead(writes=False)
    wamid = await stand.text()
    told = await stand.business.statuses_of(wamid, "failed")

    assert [each["status"] for each in told] == ["failed"]
    assert told[0]["errors"][0]["code"] == 131047
    assert told[0]["errors"][0]["title"] == "Re-engagement message"
    assert "pricing" not in told[0]


async def test_a_lead_who_wrote_25_hours_ago_gets_templates_only(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    await stand.control(window_error="response")
    await stand.says(lead, "Hello", timestamp=time.time() - 25 * 3600)

    status, answer = await stand.send(to=ANA, type="text", text={"body": "Hi"})
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    allowed, _ = await stand.send(to=ANA, type="template", template=template)

    assert (status, answer["error"]["code"], allowed) == (400, 131047, 200)


async def test_the_throughput_of_a_number_is_80_a_second(stand: Stand) -> None:
    await stand.lead()
    await stand.control(pair_burst=None)
    codes = []
    for _ in range(200):
        status, answer = await stand.send(to=ANA, type="text", text={"body": "Hi"})
        codes.append(200 if status == 200 else answer["error"]["code"])

    assert codes[:80] == [200] * 80
    assert set(codes) == {200, 130429}
    await stand.control(rate_per_second=None)
    assert [(await stand.send(to=ANA, text={"body": "Hi"}))[0] for _ in range(20)] == [200] * 20


async def test_one_lead_gets_a_burst_of_45_and_then_one_each_six_seconds(stand: Stand) -> None:
    await stand.lead()
    codes = []
    for _ in range(47):
        status, answer = await stand.send(to=ANA, type="text", text={"body": "Hi"})
        codes.append(200 if status == 200 else answer["error"]["code"])
    other, _ = await stand.send(to="+34699000111", type="text", text={"body": "Hi"})

    assert codes == [200] * 45 + [131056] * 2
    assert other == 200


async def test_a_lead_without_whatsapp_makes_the_message_fail(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.ask("PATCH", f"/simulator/leads/{lead['id']}", {"on_whatsapp": False})
    wamid = await stand.text()

    assert (await stand.business.statuses_of(wamid, "failed"))[0]["errors"][0]["code"] == 131026


async def test_a_test_number_reaches_only_its_list(stand: Stand) -> None:
    await stand.lead()
    await stand.control(allowed_recipients=["+34699000111"])
    status, answer = await stand.send(to=ANA, type="text", text={"body": "Hi"})

    assert (status, answer["error"]["code"]) == (400, 131030)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("code", sorted(TITLES))
async def test_every_known_error_can_be_asked_for(shared: Stand, code: int) -> None:
    await shared.lead()
    await shared.control(fail_next=[{"code": code}, {"code": code, "how": "webhook"}])

    status, answer = await shared.send(to=ANA, type="text", text={"body": "Hi"})
    later = await shared.text()

    assert (status, answer["error"]["code"]) == (TITLES[code][0], code)
    assert (await shared.business.statuses_of(later, "failed"))[0]["errors"][0]["code"] == code
    assert (await shared.control())["fail_next"] == []


async def test_a_marketing_stop_makes_marketing_fail_and_nothing_else(stand: Stand) -> None:
    lead = await stand.lead()
    await stand.says(lead, type="marketing", value="stop")
    marketing = {
        "name": "revive_lead",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": "first_name", "text": "Ana"},
                    {"type": "text", "parameter_name": "interest", "text": "a flat"},
                ],
            }
        ],
    }
    path = f"/v26.0/{NUMBER}/marketing_messages"
    body = {"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": marketing}
    _, stopped = await stand.send(to=ANA, type="template", template=marketing)
    _, stopped_too = await stand.call("POST", path, json=body)
    service = await stand.text()

    for answer in (stopped, stopped_too):
        told = await stand.business.statuses_of(answer["messages"][0]["id"], "failed")
        assert told[0]["errors"][0]["code"] == 131050
    await stand.business.statuses_of(service, "delivered")


async def test_the_marketing_endpoint_takes_marketing_templates_only(stand: Stand) -> None:
    await stand.lead()
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    body = {"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": template}
    status, answer = await stand.call("POST", f"/{NUMBER}/marketing_messages", json=body)

    assert (status, answer["error"]["code"]) == (400, 134100)


async def test_a_blocked_lead_fails_and_only_recent_writers_can_be_blocked(stand: Stand) -> None:
    await stand.lead()
    body = {"messaging_product": "whatsapp", "block_users": [{"user": ANA}]}
    status, _ = await stand.call("POST", f"/{NUMBER}/block_users", json=body)
    stranger = {"messaging_product": "whatsapp", "block_users": [{"user": "+34699000111"}]}
    refused, answer = await stand.call("POST", f"/{NUMBER}/block_users", json=stranger)
    wamid = await stand.text()

    assert (status, refused, answer["error"]["code"]) == (200, 400, 139100)
    await stand.business.statuses_of(wamid, "failed")
    assert (await stand.call("GET", f"/{ACCOUNT}/phone_numbers"))[0] == 200
