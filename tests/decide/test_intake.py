"""What a row does to a lead: it fills what is empty, and takes away nothing that was learned."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lead_reviver.decide.intake import (
    SAID_NO,
    SAID_NO_TO_MARKETING,
    Lead,
    Stop,
    Taken,
    take_in_rows,
    with_row,
    withdrawn_from_the_start,
)
from lead_reviver.decide.lead_rows import Consent, LeadRow, RefusedRow

PHONE, OTHER_PHONE = "+34600111222", "+34600333444"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EARLIER = datetime(2026, 3, 1, 9, tzinfo=UTC)


def a_row(number: int = 1, phone: str | None = PHONE, external_id: str | None = None, **more: Any) -> LeadRow:
    return LeadRow(number, phone, external_id, **more)


def a_lead(**more: Any) -> Lead:
    known = {"phone": PHONE, "identities": frozenset({("phone", PHONE)})}
    return Lead("ana", "web form", **(known | more))


def taken(*rows: LeadRow | RefusedRow, known: list[Lead] | None = None, stops: Any = None) -> Taken:
    ids = (f"new {n}" for n in itertools.count(1))
    return take_in_rows(rows, known or [], stops or {}, lambda: next(ids))


def fates(result: Taken) -> list[tuple[str, str | None]]:
    return [(each.fate, each.lead_id) for each in result.fates]


def test_somebody_new_is_created_and_the_same_row_again_changes_nothing():
    row = a_row(name="Ana Prado", tags=("Hot",), note="Call in May")
    first = taken(row)
    assert fates(first) == [("created", "new 1")]
    again = taken(row, known=list(first.leads.values()))
    assert fates(again) == [("unchanged", "new 1")]


def test_the_same_person_twice_in_one_body_is_one_lead():
    result = taken(a_row(1), a_row(2, name="Ana"), a_row(3, name="Ana"))
    assert fates(result) == [("created", "new 1"), ("updated", "new 1"), ("unchanged", "new 1")]
    assert result.leads["new 1"].name == "Ana"


def test_a_lead_who_wrote_under_an_older_spelling_of_the_number_is_the_same_lead():
    lead = a_lead(phone="+5215512345678", identities=frozenset({("wa_id", "5215512345678")}))
    result = taken(a_row(phone="+525512345678"), known=[lead])
    assert fates(result) == [("unchanged", "ana")]
    assert result.leads["ana"].phone == "+5215512345678"


def test_a_new_lead_is_known_under_every_spelling_of_the_number():
    [lead] = taken(a_row(phone="+525512345678")).leads.values()
    assert lead.identities == {("phone", "+525512345678"), ("phone", "+5215512345678")}


def test_a_lead_is_found_by_the_senders_own_id():
    lead = a_lead(identities=frozenset({("external_id", "crm-7")}), phone=None)
    result = taken(a_row(external_id="crm-7"), known=[lead])
    assert fates(result) == [("updated", "ana")]
    assert result.leads["ana"].phone == PHONE


def test_a_row_that_points_to_two_leads_is_refused_and_names_both():
    leads = [a_lead(), Lead("bo", "web form", identities=frozenset({("external_id", "crm-7")}))]
    result = taken(a_row(external_id="crm-7"), a_row(2, name="Ana"), known=leads)
    assert fates(result) == [("refused", None), ("updated", "ana")]
    assert "lead ana" in str(result.fates[0].reason)
    assert "lead bo" in str(result.fates[0].reason)


def test_a_refused_row_keeps_its_place_and_its_reason():
    result = taken(a_row(1), RefusedRow(2, "phone: check its digits."), a_row(3, phone=OTHER_PHONE))
    assert [(each.number, each.fate) for each in result.fates] == [(1, "created"), (2, "refused"), (3, "created")]
    assert result.fates[1].reason == "phone: check its digits."


LEARNED: list[tuple[dict[str, Any], dict[str, Any], str, Any]] = [
    ({"name": "Ana Prado"}, {"name": "ana"}, "name", "Ana Prado"),
    ({"name": "Ana"}, {"name": "Ana Prado"}, "name", "Ana Prado"),
    ({"name": "Ana"}, {}, "name", "Ana"),
    ({"email": "ana@example.com"}, {}, "email", "ana@example.com"),
    ({"email": "ana@example.com"}, {"email": "ANA@example.com"}, "email", "ana@example.com"),
    ({"email": "ana@example.com"}, {"email": "prado@example.com"}, "email", "prado@example.com"),
    ({"language": "es"}, {"language": "en"}, "language", "en"),
    ({"language": "es", "has_written": True}, {"language": "en"}, "language", "es"),
    ({"has_written": True}, {"language": "en"}, "language", "en"),
    ({}, {"stage": "cold"}, "stage", "cold"),
    ({"stage": "engaged"}, {"stage": "new"}, "stage", "engaged"),
    ({"stage": "engaged"}, {"stage": "cold"}, "stage", "engaged"),
    ({}, {"source": "sheet"}, "source", "web form"),
    ({"tags": frozenset({"Hot"})}, {"tags": ("Sea view",)}, "tags", {"Hot", "Sea view"}),
]


@pytest.mark.parametrize(("known", "given", "field", "afterwards"), LEARNED)
def test_a_row_never_takes_away_what_was_learned(
    known: dict[str, Any], given: dict[str, Any], field: str, afterwards: Any
):
    assert getattr(with_row(a_lead(**known), a_row(**given)), field) == afterwards


def test_a_number_that_was_corrected_takes_the_place_of_the_wrong_one():
    lead = a_lead(identities=frozenset({("phone", PHONE), ("external_id", "crm-7")}))
    after = with_row(lead, a_row(phone=OTHER_PHONE, external_id="crm-7"))
    assert after.phone == OTHER_PHONE
    assert after.identities == {("phone", OTHER_PHONE), ("external_id", "crm-7")}


def test_a_number_that_was_corrected_may_be_somebody_elses_in_the_same_body():
    lead = a_lead(identities=frozenset({("phone", PHONE), ("external_id", "crm-7")}))
    rows = [a_row(phone=OTHER_PHONE, external_id="crm-7"), a_row(2, name="Bo", external_id="crm-8")]
    result = taken(*rows, known=[lead])
    assert fates(result) == [("updated", "ana"), ("created", "new 1")]
    assert (result.leads["ana"].phone, result.leads["new 1"].phone) == (OTHER_PHONE, PHONE)


@pytest.mark.parametrize("more", [{"has_written": True}, {"opted_out_at": EARLIER}], ids=["wrote", "opted out"])
def test_a_lead_who_wrote_or_said_no_keeps_the_number_and_is_known_by_the_new_one_too(more: dict[str, Any]):
    after = with_row(a_lead(**more), a_row(phone=OTHER_PHONE))
    assert after.phone == PHONE
    assert after.identities == {("phone", PHONE), ("phone", OTHER_PHONE)}


def test_a_lead_who_said_no_is_suppressed_and_stays_opted_out():
    result = taken(a_row(name="Ana"), known=[a_lead(opted_out_at=EARLIER)])
    assert [(each.fate, each.reason) for each in result.fates] == [("suppressed", SAID_NO)]
    assert result.leads["ana"].opted_out_at == EARLIER


def test_a_no_that_only_the_list_remembers_makes_a_new_lead_opted_out():
    result = taken(a_row(), stops={("number", PHONE[1:]): Stop(opted_out_at=EARLIER)})
    assert fates(result) == [("suppressed", "new 1")]
    assert result.leads["new 1"].opted_out_at == EARLIER


def test_a_no_to_marketing_is_kept_as_that():
    result = taken(a_row(), stops={("number", PHONE[1:]): Stop(marketing_stopped_at=EARLIER)})
    assert result.fates[0].reason == SAID_NO_TO_MARKETING
    assert result.leads["new 1"].opted_out_at is None


def test_the_same_consent_is_written_down_once_and_another_one_beside_it():
    given = Consent("marketing", "fair", EARLIER, "box 3")
    lead = with_row(a_lead(), a_row(consents=(given,)))
    repeated = with_row(lead, a_row(consents=(replace(given, evidence="box 4"),)))
    assert repeated == lead
    assert len(with_row(lead, a_row(consents=(replace(given, given_at=NOON),))).consents) == 2


def test_a_consent_never_stands_against_a_no():
    marketing, service = Consent("marketing", "fair", EARLIER), Consent("service", "fair", EARLIER)
    assert withdrawn_from_the_start(a_lead(), marketing) is None
    assert withdrawn_from_the_start(a_lead(opted_out_at=NOON), service) == NOON
    assert withdrawn_from_the_start(a_lead(marketing_stopped_at=NOON), marketing) == NOON
    assert withdrawn_from_the_start(a_lead(marketing_stopped_at=NOON), service) is None
    newer = Consent("service", "fair", NOON)
    assert withdrawn_from_the_start(a_lead(opted_out_at=EARLIER), newer) == NOON
