"""The Graph API around messages: files, the number, the account; and what outlives a restart."""

from __future__ import annotations

import hashlib
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from lead_reviver.errors import SettingsError
from lead_reviver.simulator.settings import SimulatorSettings
from tests.simulator.stand import ACCOUNT, ANA, NUMBER, Stand, running

MEGABYTE = 1024 * 1024
ENVIRONMENT = {
    "WHATSAPP_APP_SECRET": "a",
    "WHATSAPP_VERIFY_TOKEN": "b",
    "WHATSAPP_ACCESS_TOKEN": "c",
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "2",
}


def a_file(raw: bytes, mime_type: str, **fields: str) -> aiohttp.FormData:
    form = aiohttp.FormData({"messaging_product": "whatsapp", **fields})
    form.add_field("file", raw, filename="a.bin", content_type=mime_type)
    return form


async def test_a_file_is_uploaded_sent_fetched_and_deleted(stand: Stand) -> None:
    lead = await stand.lead()
    raw = b"\xff\xd8picture"
    status, made = await stand.call("POST", f"/v26.0/{NUMBER}/media", data=a_file(raw, "image/jpeg"))
    assert status == 200
    assert (await stand.send(to=ANA, type="image", image={"id": made["id"]}))[0] == 200
    assert (await stand.thread(lead))[-1]["content"] == {"id": made["id"]}

    _, info = await stand.call("GET", f"/v26.0/{made['id']}")
    assert (info["mime_type"], info["file_size"]) == ("image/jpeg", str(len(raw)))
    assert info["sha256"] == hashlib.sha256(raw).hexdigest()

    assert await stand.call("DELETE", f"/v26.0/{made['id']}") == (200, {"success": True})
    status, gone = await stand.call("GET", f"/v26.0/{made['id']}")
    assert (status, gone["error"]["code"], gone["error"]["error_subcode"]) == (400, 100, 33)


@pytest.mark.parametrize(
    ("mime_type", "size", "code"),
    [
        ("image/jpeg", 5 * MEGABYTE, None),
        ("image/jpeg", 5 * MEGABYTE + 1, 131053),
        ("audio/ogg", 16 * MEGABYTE + 1, 131053),
        ("image/webp", 512 * 1024 + 1, 131053),
        ("image/gif", 10, 100),
        ("image/png", 0, 131053),
        ("audio/ogg; codecs=opus", 10, None),
    ],
)
async def test_a_file_must_be_of_a_known_type_and_size(
    stand: Stand, mime_type: str, size: int, code: int | None
) -> None:
    form = a_file(b"x" * size, mime_type, type=mime_type)
    status, answer = await stand.call("POST", f"/{NUMBER}/media", data=form)

    assert (status, answer.get("error", {}).get("code")) == ((400, code) if code else (200, None))


async def test_a_file_of_the_wrong_kind_fails_later(stand: Stand) -> None:
    await stand.lead()
    _, made = await stand.call("POST", f"/{NUMBER}/media", data=a_file(b"%PDF", "application/pdf"))
    status, answer = await stand.send(to=ANA, type="image", image={"id": made["id"]})
    told = await stand.business.statuses_of(answer["messages"][0]["id"], "failed")

    assert status == 200
    assert told[0]["errors"][0]["code"] == 131053


async def test_the_number_shows_the_fields_asked_for(stand: Stand) -> None:
    fields = "quality_rating,whatsapp_business_manager_messaging_limit,health_status"
    _, shown = await stand.call("GET", f"/v26.0/{NUMBER}", params={"fields": fields})
    status, unknown = await stand.call("GET", f"/{NUMBER}", params={"fields": "shoe_size"})
    _, account = await stand.call("GET", f"/{ACCOUNT}", params={"fields": "health_status"})
    _, numbers = await stand.call("GET", f"/{ACCOUNT}/phone_numbers")

    assert shown["whatsapp_business_manager_messaging_limit"] == "TIER_250"
    assert shown["health_status"]["can_send_message"] == "AVAILABLE"
    assert account["health_status"]["entities"][0]["entity_type"] == "WABA"
    assert (status, unknown["error"]["code"]) == (400, 100)
    assert [each["id"] for each in numbers["data"]] == [NUMBER]


async def test_the_app_subscribes_and_may_move_the_webhook(stand: Stand) -> None:
    path = f"/{ACCOUNT}/subscribed_apps"
    elsewhere = "http://127.0.0.1:9/elsewhere"
    assert await stand.call("POST", path) == (200, {"success": True})
    _, moved = await stand.call("POST", path, json={"override_callback_uri": elsewhere, "verify_token": "x"})
    assert moved["data"][0]["override_callback_uri"] == elsewhere
    assert (await stand.ask("GET", "/simulator/control"))["webhook_url"] == elsewhere
    await stand.call("DELETE", path)
    assert (await stand.call("GET", path))[1] == {"data": []}


async def test_chats_files_and_templates_outlive_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as stand:
        lead = await stand.lead()
        await stand.says(lead, type="image", image={"caption": "Mine"})
        await stand.control(delivered_seconds=[60, 60])
        wamid = await stand.text("Read this later")
        said = (await stand.thread(lead))[0]["id"]
        await stand.send(to=ANA, type="reaction", reaction={"message_id": said, "emoji": "👍"})
        await stand.ask("POST", "/simulator/templates/hello_world/en_US", {"status": "PAUSED"})
        await stand.business.statuses_of(wamid, "sent")
        before = await stand.thread(lead)

    async with running(tmp_path) as stand:
        await stand.business.statuses_of(wamid, "delivered")
        after = await stand.thread(lead)
        media_id = after[1]["content"]["id"]
        template = {"name": "hello_world", "language": {"code": "en_US"}}
        _, paused = await stand.send(to=ANA, type="template", template=template)

        assert [(each["id"], each["content"]) for each in after] == [(each["id"], each["content"]) for each in before]
        assert after[0]["reaction_out"] == "👍"
        assert (await stand.call("GET", f"/{media_id}"))[0] == 200
        assert paused["error"]["code"] == 132015
        assert (await stand.send(to=ANA, type="text", text={"body": "The window is still open"}))[0] == 200


async def test_a_file_put_under_a_known_id_is_fetched_by_it_and_outlives_a_restart(tmp_path: Path) -> None:
    raw, kind = b"OggS and then some", {"Content-Type": "audio/ogg; codecs=opus"}
    async with running(tmp_path) as stand:
        for body in (b"the first try", raw):
            async with stand.client.put("/simulator/media/830000000000106?days=30", data=body, headers=kind) as put:
                assert put.status == 200

    async with running(tmp_path) as stand:
        _, info = await stand.call("GET", "/v26.0/830000000000106")
        async with stand.client.get(info["url"], headers={"Authorization": "Bearer test-access-token"}) as answer:
            assert await answer.read() == raw

    assert (info["mime_type"], info["sha256"]) == ("audio/ogg; codecs=opus", hashlib.sha256(raw).hexdigest())


@pytest.mark.parametrize(
    ("path", "body"), [("abc", b"x"), ("..%2Fdb", b"x"), ("1" * 21, b"x"), ("12", b""), ("12?days=0", b"x")]
)
async def test_a_file_under_an_id_that_cannot_be_is_refused(stand: Stand, path: str, body: bytes) -> None:
    async with stand.client.put(URL(f"/simulator/media/{path}", encoded=True), data=body) as answer:
        assert answer.status in (404, 422)


async def test_a_memory_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "simulator.db").write_bytes(b"not a database, whatever it says" * 100)
    async with running(tmp_path) as stand:
        await stand.lead(writes=False)

    assert (tmp_path / "simulator.unreadable").exists()


def test_settings_come_from_the_environment_and_name_what_is_missing() -> None:
    settings = SimulatorSettings.from_environment({**ENVIRONMENT, "LEAD_REVIVER_SIMULATOR_PORT": "0"})
    assert (settings.phone_number_id, settings.port, settings.data_dir) == ("1", 0, None)

    with pytest.raises(SettingsError, match="WHATSAPP_ACCESS_TOKEN"):
        SimulatorSettings.from_environment({**ENVIRONMENT, "WHATSAPP_ACCESS_TOKEN": ""})
    with pytest.raises(SettingsError, match="LEAD_REVIVER_SIMULATOR_PORT"):
        SimulatorSettings.from_environment({**ENVIRONMENT, "LEAD_REVIVER_SIMULATOR_PORT": "http"})
