"""Everything WhatsApp is known to send goes through a running engine: understood, or kept as unknown, never parked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import asyncpg
import orjson

from lead_reviver.whatsapp.incoming import IncomingMessage, Unknown
from lead_reviver.whatsapp.parse import parse
from tests.integration.engine_process import EngineProcess, a_business_number
from tests.real_stack import eventually

OURS = Path(__file__).parents[1] / "payloads"
CONTRACT = Path(__file__).parents[3] / "shared" / "whatsapp-contract"


def payloads() -> list[tuple[str, bytes]]:
    """Return our own payloads, and those nobody here wrote where that folder is at hand."""
    found = [(path.stem, path.read_bytes()) for path in sorted(OURS.glob("*.json"))]
    for path in sorted((CONTRACT / "pywa" / "updates").glob("*.json")):
        cases = json.loads(path.read_text())
        found += [(f"pywa.{path.stem}.{name}", orjson.dumps(case)) for name, case in cases.items()]
    request = CONTRACT / "facebook-openapi" / "examples" / "whatsapp_webhooks__post" / "request"
    found += [(f"openapi.{path.stem}", path.read_bytes()) for path in sorted(request.glob("*.json"))]
    return found


def for_number(body: bytes, number: str) -> bytes:
    """Return a payload as if it came for this number of ours, otherwise untouched."""
    return re.sub(rb'("phone_number_id"\s*:\s*)"?[^",}\s]+"?', rb'\1"' + number.encode() + b'"', body)


async def test_every_payload_is_stored_as_its_kind_or_kept(engine: EngineProcess):
    number = await a_business_number(engine.stack)
    record = await asyncpg.connect(engine.stack.env["DATABASE_URL"])
    last = await record.fetchval("select coalesce(max(id), 0) from engine.inbox")
    for name, body in payloads():
        assert await engine.post(for_number(body, number)) == 200, name

    async def all_looked_at() -> bool:
        return not await record.fetchval("select count(*) from engine.inbox where id > $1 and state = 'new'", last)

    await eventually(all_looked_at, 30, "every event looked at")
    events = await record.fetch("select kind, state, reason, wamid, payload from engine.inbox where id > $1", last)
    stored = {
        row["wamid"]: row["kind"]
        for row in await record.fetch(
            "select m.wamid, m.kind from public.messages m join public.conversations c on c.id = m.conversation_id "
            "join public.channels ch on ch.id = c.channel_id where ch.phone_number_id = $1",
            number,
        )
    }
    await record.close()
    assert len(events) > 80
    assert [(each["kind"], each["reason"], each["payload"]) for each in events if each["state"] == "parked"] == []
    for event in events:
        for incoming in parse(event["kind"], event["payload"]):
            if isinstance(incoming, Unknown):
                assert event["state"] == "kept", event["payload"]
            if isinstance(incoming, IncomingMessage):
                assert event["state"] == "done", event["payload"]
                assert stored[incoming.wamid] == incoming.kind, event["payload"]
