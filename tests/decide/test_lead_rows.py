"""A row is taken whole or refused with the field to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.lead_rows import FIELDS, Consent, Habits, LeadRow, RefusedRow, read_row

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPAIN = Habits("ES", ZoneInfo("Europe/Madrid"))


def read(raw: Any) -> LeadRow | RefusedRow:
    return read_row(1, raw, SPAIN, NOW)


def understood(**fields: Any) -> LeadRow:
    row = read({"phone": "600111222", **fields})
    assert isinstance(row, LeadRow), row
    return row


def refusal(raw: Any) -> str:
    row = read(raw)
    assert isinstance(row, RefusedRow)
    return row.reason


def test_a_row_says_everything_about_a_lead():
    consent = {"what": "Marketing", "from": "fair", "when": "2026-03-01T10:00:00+01:00", "proof": "box 3 was ticked"}
    row = understood(
        name="  Ana   Prado ",
        email="ana@example.com",
        language="es-ES",
        source="Spring fair",
        external_id=4711,
        stage="Not yet reached",
        tags="Hot, Sea view;Hot",
        note="Called twice.\r\nNo answer.",
        consent=consent,
    )
    agreed = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert row == LeadRow(
        1,
        "+34600111222",
        "4711",
        name="Ana Prado",
        email="ana@example.com",
        language="es",
        source="Spring fair",
        stage="not_yet_reached",
        tags=("Hot", "Sea view"),
        note="Called twice.\nNo answer.",
        consents=(Consent("marketing", "fair", agreed),),
    )
    assert row.consents[0].evidence == "box 3 was ticked"


def test_the_country_of_the_row_beats_that_of_the_workspace():
    assert understood(phone="0151 23456789", country="de").phone == "+4915123456789"


def test_an_empty_field_says_nothing():
    row = understood(name="", email=None, tags="", note="  ", consent={}, language="", stage=" ")
    assert row == LeadRow(1, "+34600111222", None)


def test_a_lead_without_a_number_is_known_by_the_senders_own_id():
    assert read({"external_id": "crm-7"}) == LeadRow(1, None, "crm-7")


def test_what_no_database_can_hold_is_left_out():
    assert understood(name="A\x00na\x07").name == "Ana"


def test_a_consent_without_a_zone_is_in_the_workspaces_and_without_a_place_from_the_rows_source():
    row = understood(source="web form", consent=[{"what": "service", "when": "2026-07-01"}])
    assert row.consents == (Consent("service", "web form", datetime(2026, 6, 30, 22, tzinfo=UTC)),)


REFUSED: list[tuple[Any, str]] = [
    ("a text", "A row is an object"),
    ({}, "give a phone or an external_id"),
    ({"name": "Ana"}, "give a phone or an external_id"),
    ({"phone": "12"}, "phone: "),
    ({"phone": 3.46e10}, "phone: write it as text"),
    ({"phone": True}, "phone: write it as text"),
    ({"phone": "600111222", "country": "Spain"}, "country: "),
    ({"phone": "600111222", "email": "n/a"}, "email: "),
    ({"phone": "600111222", "language": "Spanish"}, "language: write two letters"),
    ({"phone": "600111222", "stage": "🙂"}, "stage: "),
    ({"phone": "600111222", "name": "x" * 201}, "name: at most 200"),
    ({"phone": "600111222", "name": {"first": "Ana"}}, "name: write it as text"),
    ({"phone": "600111222", "tags": 7}, "tags: "),
    ({"phone": "600111222", "tags": [{}]}, "tags: "),
    ({"phone": "600111222", "tags": [str(n) for n in range(21)]}, "tags: at most 20"),
    ({"phone": "600111222", "note": "x" * 10_001}, "note: "),
    ({"phone": "600111222", "consent": "yes"}, "consent: write an object"),
    ({"phone": "600111222", "consent": {"what": "all"}}, "consent.what: write marketing or service"),
    ({"phone": "600111222", "consent": {"what": "service", "when": "2026-01-01"}}, "consent.from: "),
    ({"phone": "600111222", "consent": {"what": "service", "from": "fair"}}, "consent.when: "),
    ({"phone": "600111222", "consent": {"what": "service", "from": "fair", "when": "soon"}}, "consent.when: "),
    ({"phone": "600111222", "consent": {"what": "service", "from": "fair", "when": "0001-01-01"}}, "consent.when: "),
    ({"phone": "600111222", "consent": {"what": "service", "from": "fair", "when": "2027-01-01"}}, "the future"),
]


@pytest.mark.parametrize(("raw", "hint"), REFUSED, ids=[f"{n}-{hint}" for n, (_, hint) in enumerate(REFUSED)])
def test_a_row_that_cannot_be_taken_whole_is_refused_with_what_to_change(raw: Any, hint: str):
    assert hint in refusal(raw)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
consents = st.fixed_dictionaries({}, optional=dict.fromkeys(("what", "from", "when", "proof"), anything))


@given(anything | st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(FIELDS), anything | consents)))
def test_whatever_a_row_holds_it_is_read_or_refused(raw: Any):
    assert isinstance(read(raw), LeadRow | RefusedRow)
