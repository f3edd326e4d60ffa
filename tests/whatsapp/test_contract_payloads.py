"""Payloads that nobody here wrote go through splitting and parsing; skipped where the folder is not at hand."""

import json
from pathlib import Path

import orjson
import pytest

from lead_reviver.whatsapp.incoming import Unknown
from lead_reviver.whatsapp.parse import parse
from lead_reviver.whatsapp.webhook import split
from tests.whatsapp.payloads import NOON

FOLDER = Path(__file__).parents[3] / "shared" / "whatsapp-contract"
# What we keep and do not understand on purpose, or what has a placeholder instead of a number.
LEFT_ALONE = {"call", "group"}
PLACEHOLDERS = {"deleted_message.revoke", "user_marketing_preferences.signup"}


def webhooks() -> list[tuple[str, bytes]]:
    """Return every webhook body of the folder with a name; files of pywa hold several named cases each."""
    found = []
    for path in sorted((FOLDER / "pywa" / "updates").glob("*.json")):
        cases = json.loads(path.read_text())
        found += [(f"{path.stem}.{name}", orjson.dumps(case)) for name, case in cases.items()]
    request = FOLDER / "facebook-openapi" / "examples" / "whatsapp_webhooks__post" / "request"
    found += [(path.stem, path.read_bytes()) for path in sorted(request.glob("*.json"))]
    return found


@pytest.mark.parametrize(
    ("name", "webhook"),
    [pytest.param(name, webhook, id=name) for name, webhook in webhooks()]
    or [pytest.param("", b"", marks=pytest.mark.skip("the contract payloads are not at hand"))],
)
def test_a_payload_of_meta_is_understood(name: str, webhook: bytes):
    events = split(webhook, NOON)

    assert events
    for event in events:
        assert event.kind != "unknown"
        incoming = parse(event.kind, event.payload)
        assert incoming
        if event.kind not in LEFT_ALONE and name not in PLACEHOLDERS:
            assert not any(isinstance(each, Unknown) for each in incoming)
