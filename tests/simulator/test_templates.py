"""Templates: made, reviewed, filled in, refused with the right code, seen on the phone."""

from __future__ import annotations

from typing import Any

import pytest

from lead_reviver.simulator.seed_templates import seed_templates
from lead_reviver.simulator.world import World
from tests.simulator.stand import ACCOUNT, ANA, Stand

TEMPLATES = f"/v26.0/{ACCOUNT}/message_templates"


def text(value: Any, name: str | None = None) -> dict[str, Any]:
    return {"type": "text", "text": value, **({"parameter_name": name} if name else {})}


def revive(*, first_name: Any = "Ana", interest: Any = "a flat", language: str = "en", buttons: Any = ()) -> Any:
    body = {"type": "body", "parameters": [text(first_name, "first_name"), text(interest, "interest")]}
    return {"name": "revive_lead", "language": {"code": language}, "components": [body, *buttons]}


def button(index: Any, sub_type: str, **parameter: Any) -> dict[str, Any]:
    return {"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]}


def listing(*, header: Any = None, body: Any = ("Ana", "Ruzafa"), url: str | None = "42") -> dict[str, Any]:
    picture = {"type": "image", "image": {"link": "https://example.com/a.jpg"}}
    components: list[Any] = [{"type": "header", "parameters": [header or picture]}] if header is not False else []
    components.append({"type": "body", "parameters": [text(each) for each in body]})
    if url:
        components.append(button("0", "url", type="text", text=url))
    return {"name": "new_listing", "language": {"code": "en"}, "components": components}


MISFITS: dict[str, tuple[dict[str, Any], int]] = {
    "a name nobody made": ({"name": "nothing", "language": {"code": "en"}}, 132001),
    "another language": (revive(language="de"), 132001),
    "a language that is nearly right": (revive(language="en_US"), 132001),
    "too few parameters": ({"name": "revive_lead", "language": {"code": "en"}}, 132000),
    "too many parameters": (listing(body=("a", "b", "c")), 132000),
    "a named parameter without its name": (
        {
            "name": "revive_lead",
            "language": {"code": "en"},
            "components": [{"type": "body", "parameters": [text("a"), text("b")]}],
        },
        132018,
    ),
    "a newline in a value": (revive(interest="a\nb"), 132018),
    "a tab in a value": (revive(interest="a\tb"), 132018),
    "five spaces in a value": (revive(interest="a     b"), 132018),
    "an empty value": (revive(interest=""), 131008),
    "a value that is no text": (revive(interest=5), 132012),
    "no picture on top": (listing(header=False), 132018),
    "a text where the picture belongs": (listing(header=text("a")), 132012),
    "a picture in the body": (
        {
            "name": "appointment_reminder",
            "language": {"code": "en"},
            "components": [{"type": "body", "parameters": [{"type": "image", "image": {}}] * 3}],
        },
        132012,
    ),
    "a link button without its value": (listing(url=None), 131008),
    "a button that is not there": (revive(buttons=[button("9", "quick_reply", type="payload", payload="x")]), 132018),
    "a button of another kind": (revive(buttons=[button("0", "url", type="text", text="x")]), 132018),
    "a body too long once filled": (revive(interest="x" * 1024), 132005),
    "a part that templates do not have": (
        {"name": "hello_world", "language": {"code": "en_US"}, "components": [{"type": "tail"}]},
        132012,
    ),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", MISFITS)
async def test_a_template_that_does_not_fit_is_refused_with_its_code(shared: Stand, what: str) -> None:
    template, code = MISFITS[what]
    status, answer = await shared.send(to=ANA, type="template", template=template)

    assert (status, answer["error"]["code"]) == (404 if code == 132001 else 400, code)


async def test_four_spaces_in_a_value_are_fine(stand: Stand) -> None:
    status, _ = await stand.send(to=ANA, type="template", template=revive(interest="a    b"))

    assert status == 200


async def test_a_lead_sees_the_template_filled_in_and_taps_its_button(stand: Stand) -> None:
    lead = await stand.lead(writes=False)
    payload = button("2", "quick_reply", type="payload", payload="stop:1")
    _, answer = await stand.send(to=ANA, type="template", template=revive(buttons=[payload]))
    wamid = answer["messages"][0]["id"]
    shown = (await stand.thread(lead))[0]["rendered"]
    assert shown["body"].startswith("Hi Ana, some time ago you asked us about a flat.")
    assert [each["text"] for each in shown["buttons"]] == ["Yes, still looking", "Not now", "Stop"]

    await stand.says(lead, type="tap", message_id=wamid, id="stop:1")
    await stand.says(lead, type="tap", message_id=wamid, id="Not now")
    await stand.business.until(lambda: len(stand.business.messages()) == 2)

    stop, not_now = stand.business.messages()
    assert stop["type"] == "button"
    assert stop["button"] == {"payload": "stop:1", "text": "Stop"}
    assert stop["context"] == {"from": "34600111222", "id": wamid}
    assert not_now["button"] == {"payload": "Not now", "text": "Not now"}


async def test_a_new_template_is_approved_after_review_and_can_be_sent(stand: Stand) -> None:
    wanted = {
        "name": "price_change",
        "language": "en",
        "category": "MARKETING",
        "components": [
            {"type": "BODY", "text": "Good news {{1}}, the price fell.", "example": {"body_text": [["Ana"]]}}
        ],
    }
    status, made = await stand.call("POST", TEMPLATES, json=wanted)
    await stand.business.until(lambda: stand.business.changes("message_template_status_update"))
    told = stand.business.changes("message_template_status_update")[0]
    send = {
        "name": "price_change",
        "language": {"code": "en"},
        "components": [{"type": "body", "parameters": [text("Bo")]}],
    }

    assert (status, made["status"], made["category"]) == (200, "PENDING", "MARKETING")
    assert (told["event"], told["message_template_id"]) == ("APPROVED", int(made["id"]))
    assert (await stand.send(to=ANA, type="template", template=send))[0] == 200


async def test_a_template_in_review_cannot_be_sent_yet(stand: Stand) -> None:
    await stand.control(template_review_seconds=[60, 60])
    wanted = {
        "name": "slow",
        "language": "en",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Your viewing is booked."}],
    }
    assert (await stand.call("POST", TEMPLATES, json=wanted))[0] == 200
    _, answer = await stand.send(to=ANA, type="template", template={"name": "slow", "language": {"code": "en"}})

    assert answer["error"]["code"] == 132001


@pytest.mark.parametrize(("state", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)])
async def test_a_template_that_lost_its_approval_is_refused(stand: Stand, state: str, code: int) -> None:
    await stand.ask("POST", "/simulator/templates/hello_world/en_US", {"status": state})
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    _, answer = await stand.send(to=ANA, type="template", template=template)

    assert answer["error"]["code"] == code
    await stand.business.until(lambda: stand.business.changes("message_template_status_update"))
    assert stand.business.changes("message_template_status_update")[0]["event"] == state


def body(text_: str, *examples: str, **more: Any) -> dict[str, Any]:
    return {"type": "BODY", "text": text_, "example": {"body_text": [list(examples)]}, **more}


BROKEN: dict[str, tuple[dict[str, Any], int | None]] = {
    "a name in capitals": ({"name": "Hello"}, 2388024),
    "a language in words": ({"language": "English"}, 2388024),
    "a category that does not exist": ({"category": "FUN"}, None),
    "no body": ({"components": [{"type": "FOOTER", "text": "x"}]}, 2388043),
    "a variable at the start": ({"components": [body("{{1}} hello there to you", "a")]}, 2388299),
    "a variable at the end": ({"components": [body("Hello there to {{1}}", "a")]}, 2388299),
    "variables side by side": ({"components": [body("Hello to {{1}} {{2}} and all of you", "a", "b")]}, 2388299),
    "too many variables": ({"components": [body("A {{1}} b {{2}} c", "a", "b")]}, 2388293),
    "a variable without an example": ({"components": [body("Hello there {{1}}, how are you")]}, 2388072),
    "a gap in the variables": ({"components": [body("Hello there {{2}}, how are you", "a", "b")]}, 2388072),
    "a body of 1,025 characters": ({"components": [body("x" * 1025)]}, 2388040),
    "a footer of 61 characters": ({"components": [body("Hello"), {"type": "FOOTER", "text": "x" * 61}]}, 2388040),
    "a header with two variables": (
        {"components": [body("Hello"), {"type": "HEADER", "format": "TEXT", "text": "{{1}} {{2}}"}]},
        2388047,
    ),
    "eleven buttons": (
        {"components": [body("Hello"), {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x"}] * 11}]},
        2388040,
    ),
    "a button of 26 characters": (
        {"components": [body("Hello"), {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x" * 26}]}]},
        2388040,
    ),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", BROKEN)
async def test_a_template_that_breaks_a_rule_is_not_made(shared: Stand, what: str) -> None:
    change, subcode = BROKEN[what]
    wanted = {"name": "new_one", "language": "en", "category": "UTILITY", "components": [body("Hello")], **change}
    status, answer = await shared.call("POST", TEMPLATES, json=wanted)

    assert (status, answer["error"]["code"], answer["error"].get("error_subcode")) == (400, 100, subcode)


async def test_templates_are_listed_in_pages_found_by_name_and_deleted_in_all_languages(stand: Stand) -> None:
    _, first = await stand.call("GET", TEMPLATES, params={"limit": "3"})
    _, rest = await stand.call("GET", TEMPLATES, params={"after": first["paging"]["cursors"]["after"]})
    _, found = await stand.call("GET", TEMPLATES, params={"name": "revive_lead", "status": "APPROVED"})

    assert len(first["data"]) == 3
    assert "next" in first["paging"]
    assert {each["id"] for each in first["data"]}.isdisjoint({each["id"] for each in rest["data"]})
    assert {each["language"] for each in found["data"]} == {"en", "es"}

    assert await stand.call("DELETE", TEMPLATES, params={"name": "revive_lead"}) == (200, {"success": True})
    _, gone = await stand.call("GET", TEMPLATES, params={"name": "revive_lead"})
    assert gone["data"] == []


async def test_a_template_is_read_and_edited_by_its_id(stand: Stand) -> None:
    _, found = await stand.call("GET", TEMPLATES, params={"name": "hello_world"})
    template_id = found["data"][0]["id"]
    components = [{"type": "BODY", "text": "Welcome back!"}]
    status, _ = await stand.call("POST", f"/{template_id}", json={"components": components})
    await stand.business.until(lambda: stand.business.changes("message_template_status_update"))
    _, shown = await stand.call("GET", f"/{template_id}", params={"fields": "status,components"})

    assert status == 200
    assert shown == {"status": "APPROVED", "components": components, "id": template_id}


def test_the_templates_that_are_there_from_the_start_keep_the_rules() -> None:
    world = World()
    seed_templates(world)

    assert {name for name, _ in world.templates} == {
        "hello_world",
        "appointment_reminder",
        "new_listing",
        "revive_lead",
    }
