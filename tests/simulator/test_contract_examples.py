"""Every request that Meta publishes as an example for `/messages` is accepted, with its placeholders filled in.

The examples are not part of the project; without their folder this file is skipped.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.simulator.stand import ACCOUNT, ANA, NUMBER, Stand

FOLDER = Path(__file__).parents[3] / "shared" / "whatsapp-contract" / "facebook-openapi" / "examples"
REQUESTS = FOLDER / "version_phone_number_id_messages__post" / "request"
MARKETING = FOLDER / "version_phone_number_id_marketing_messages__post" / "request"
NOT_VALID = {
    "send_reply_to_list_message": "it has no type, so that it would be a text without text",
    "send_sample_issue_resolution_template": "its button texts are booleans",
}
PLACEHOLDER = re.compile(r"<[^<>]*>|\{\{[^{}]*\}\}|http\(s\)://[a-z-]+")
MIME_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg",
    "document": "application/pdf",
    "sticker": "image/webp",
}

pytestmark = pytest.mark.skipif(not REQUESTS.is_dir(), reason="the published examples are not here")


def examples(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.json")) if path.stem not in NOT_VALID]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", examples(REQUESTS), ids=lambda path: path.stem)
async def test_a_published_example_is_accepted(shared: Stand, path: Path) -> None:
    lead = await shared.lead()
    said = (await shared.thread(lead))[0]["id"]
    request = json.loads(path.read_text())
    kind = request.get("type", "text")
    media_id = await uploaded(shared, kind) if kind in MIME_TYPES else ""
    if kind == "template":
        await make_fitting_template(shared, request["template"])
    request = filled(request, said, media_id)

    status, answer = await shared.call("POST", f"/v23.0/{NUMBER}/messages", json=request)

    assert status == 200, answer
    if request.get("status") != "read":
        assert answer["messages"][0]["id"].startswith("wamid.")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", examples(MARKETING), ids=lambda path: path.stem)
async def test_a_published_marketing_example_is_accepted(shared: Stand, path: Path) -> None:
    request = json.loads(path.read_text())
    await make_fitting_template(shared, request["template"])

    status, answer = await shared.call("POST", f"/v23.0/{NUMBER}/marketing_messages", json=request)

    assert status == 200, answer


def filled(value: Any, said: str, media_id: str) -> Any:
    """Put real values where the example has placeholders; each placeholder gets a value of its own."""
    if isinstance(value, list):
        return [filled(each, said, media_id) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _filled_text(name, each, said, media_id) for name, each in value.items()}


def _filled_text(name: str, value: Any, said: str, media_id: str) -> Any:
    if not isinstance(value, str):
        return filled(value, said, media_id)
    if name == "message_id":
        return said
    if name == "to":
        return ANA
    if name == "link":
        return "https://example.com/file"
    if not PLACEHOLDER.search(value):
        return "text" if (name, value) == ("type", "<HEADER_TYPE>") else value
    if name == "type":
        return "text"
    if name == "id" and "OBJECT_ID" in value:
        return media_id
    return PLACEHOLDER.sub(lambda found: re.sub(r"\W+", "", found[0])[-20:], value)


async def uploaded(stand: Stand, kind: str) -> str:
    form = aiohttp.FormData({"messaging_product": "whatsapp"})
    form.add_field("file", b"bytes", filename="file", content_type=MIME_TYPES[kind])
    _, made = await stand.call("POST", f"/{NUMBER}/media", data=form)
    return str(made["id"])


async def make_fitting_template(stand: Stand, wanted: Any) -> None:
    """Make the template that the example takes for granted, and name it so that a name is possible."""
    wanted["name"] = re.sub(r"[^a-z0-9_]", "_", wanted["name"].lower())
    if not re.match(r"^[a-z]{2}(_[A-Z]{2})?$", wanted["language"]["code"]):
        wanted["language"]["code"] = "en_US"
    components: list[dict[str, Any]] = []
    buttons: list[dict[str, Any]] = []
    body = "This is the text of the example, long enough for what it holds."
    example: dict[str, Any] = {}
    for component in wanted.get("components", []):
        count = len(component["parameters"])
        if component["type"] == "header":
            components.append({"type": "HEADER", "format": component["parameters"][0]["type"].upper()})
        elif component["type"] == "body":
            body += "".join(f" And now a value {{{{{number}}}}}," for number in range(1, count + 1)) + " the end."
            example = {"example": {"body_text": [["x"] * count]}}
        else:
            buttons.append({"type": component["sub_type"].upper(), "text": "Tap"})
    components.append({"type": "BODY", "text": body, **example})
    if buttons:
        components.append({"type": "BUTTONS", "buttons": buttons})
    template = {
        "name": wanted["name"],
        "language": wanted["language"]["code"],
        "category": "MARKETING",
        "components": components,
    }
    await stand.call("DELETE", f"/{ACCOUNT}/message_templates", params={"name": wanted["name"]})
    status, answer = await stand.call("POST", f"/{ACCOUNT}/message_templates", json=template)
    assert status == 200, answer
    path = f"/simulator/templates/{wanted['name']}/{wanted['language']['code']}"
    await stand.ask("POST", path, {"status": "APPROVED"})
