"""The demo workspace is one that the engine can work with."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from lead_reviver.decide.conversation import FieldValue
from lead_reviver.local.demo.people import MEMBERS
from lead_reviver.local.demo.rows import Demo


def test_what_the_demo_knows_of_its_leads_can_be_read_by_a_responder():
    demo = Demo({each.key: each.key for each in MEMBERS}, datetime.now(UTC), b"a key of this test")
    demo.add_leads()

    known = [msgspec.convert(lead["fields"], dict[str, FieldValue]) for lead in demo.rows["leads"]]

    assert any(known)
