"""Leads come into the record: each row with its fate, nobody twice, and a no outlives everything."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from lead_reviver.campaigns.intake import Answer, take_in
from lead_reviver.storage import leads
from lead_reviver.storage.database import transaction
from lead_reviver.storage.suppressions import identity_hash, suppress
from tests.builders import Person, hidden_person
from tests.campaigns.leads import a_mobile, a_row, json_of
from tests.integration.workbench import Workbench

CONSENT = {"what": "marketing", "from": "fair", "when": "2026-03-01T10:00:00Z", "proof": "box 3"}


async def send(bench: Workbench, *rows: Any, kind: str = "application/json", body: bytes | None = None) -> Answer:
    """Take in rows, or a body."""
    return await take_in(
        bench.pool,
        bench.parts.hash_key,
        bench.workspace.workspace_id,
        json_of(*rows) if body is None else body,
        kind,
        datetime.now(UTC),
    )


def fates(answer: Answer) -> list[str]:
    return [each.fate for each in answer.rows]


async def said_no(bench: Workbench, phone: str) -> None:
    """Let somebody be on the suppression list without being a lead."""
    hashed = identity_hash(bench.parts.hash_key, "phone", phone)
    async with transaction(bench.pool) as connection:
        await suppress(connection, [(bench.workspace.workspace_id, hashed)], scope="all", reason="said stop")


async def test_every_fate_in_one_delivery(bench: Workbench):
    known, changed, no = a_row(), a_row(), a_row()
    await said_no(bench, no["phone"])
    first = await send(bench, known, changed)
    assert fates(first) == ["created", "created"]

    answer = await send(bench, a_row(), changed | {"email": "ana@example.com"}, known, a_row(phone="12"), no)

    assert fates(answer) == ["created", "updated", "unchanged", "refused", "suppressed"]
    assert (answer.created, answer.updated, answer.unchanged, answer.refused, answer.suppressed) == (1, 1, 1, 1, 1)
    assert [each.row for each in answer.rows] == [1, 2, 3, 4, 5]
    assert answer.rows[1].lead_id == first.rows[1].lead_id
    assert (answer.rows[3].lead_id, answer.rows[0].reason) == (None, None)
    assert "phone: " in str(answer.rows[3].reason)
    assert await bench.row("select count(*) as n from public.leads where workspace_id = $1") == {"n": 4}


async def test_everything_a_row_says_is_in_the_record_once_however_often_it_comes(bench: Workbench):
    row = a_row(
        phone="600 11 22 33",
        email="ana@example.com",
        language="es",
        external_id="crm-7",
        stage="cold",
        tags=["Hot", "Sea view"],
        note="Called in May.",
        consent=CONSENT,
    )
    for expected in ("created", "unchanged", "unchanged"):
        assert fates(await send(bench, row)) == [expected]

    lead = await bench.lead()
    told = {"name": "Ana Prado", "phone": "+34600112233", "email": "ana@example.com", "language": "es"}
    assert told | {"source": "web form", "stage": "cold", "opted_out_at": None} == {
        name: lead[name] for name in (*told, "source", "stage", "opted_out_at")
    }
    assert await bench.rows("select kind, value from public.identities where workspace_id = $1 order by kind") == [
        {"kind": "external_id", "value": "crm-7"},
        {"kind": "phone", "value": "+34600112233"},
    ]
    labels = await bench.rows(
        "select t.name from public.lead_tags l join public.tags t on t.id = l.tag_id where l.workspace_id = $1 "
        "order by t.name"
    )
    assert [each["name"] for each in labels] == ["Hot", "Sea view"]
    note = await bench.row("select body, author_id from public.notes where workspace_id = $1")
    assert note == {"body": "Called in May.", "author_id": None}
    consent = await bench.row("select * from public.consents where workspace_id = $1")
    assert (consent["purpose"], consent["source"], consent["evidence"]) == ("marketing", "fair", "box 3")
    assert consent["given_at"] == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert consent["withdrawn_at"] is None


async def test_a_lead_who_said_stop_and_was_erased_comes_back_opted_out_and_consents_to_nothing(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "STOP")
    await bench.do("delete from public.leads where workspace_id = $1")

    answer = await send(bench, a_row(phone=ana.phone, consent=CONSENT | {"when": "2026-11-22T00:00:00Z"}))

    assert fates(answer) == ["suppressed"]
    assert "asked not to be written to" in str(answer.rows[0].reason)
    assert (await bench.lead())["opted_out_at"] is not None
    assert (await bench.row("select * from public.consents where workspace_id = $1"))["withdrawn_at"] is not None
    assert fates(await send(bench, a_row(phone=ana.phone))) == ["suppressed"]


async def test_a_no_of_a_known_lead_counts_for_every_number_it_comes_with(bench: Workbench):
    await send(bench, a_row(external_id="crm-7", phone=(old := a_mobile()), consent=CONSENT))
    await said_no(bench, old)
    new = a_mobile()

    assert fates(await send(bench, a_row(external_id="crm-7", phone=old))) == ["suppressed"]
    assert (await bench.row("select * from public.consents where workspace_id = $1"))["withdrawn_at"] is not None
    assert fates(await send(bench, a_row(external_id="crm-7", phone=new))) == ["suppressed"]
    assert (await bench.lead())["phone"] == old
    await bench.do("delete from public.leads where workspace_id = $1")

    assert fates(await send(bench, a_row(phone=new))) == ["suppressed"]


async def test_a_lead_who_wrote_is_found_by_number_and_keeps_what_the_conversation_learned(bench: Workbench):
    ana = Person(name="Ana Prado")
    await bench.hears(ana, "Hola")
    await bench.do("update public.leads set language = 'es', stage = 'engaged' where workspace_id = $1")
    version = (await bench.conversation())["state_version"]

    row = a_row(phone=ana.phone, name="Ana", language="en", stage="new", email="ana@example.com", external_id="7")
    assert fates(await send(bench, row)) == ["updated"]

    lead = await bench.lead()
    assert (lead["name"], lead["language"], lead["stage"]) == ("Ana Prado", "es", "engaged")
    assert (lead["email"], lead["source"]) == ("ana@example.com", "whatsapp")
    assert (await bench.conversation())["state_version"] == version + 1
    assert fates(await send(bench, row)) == ["unchanged"]
    assert (await bench.conversation())["state_version"] == version + 1


async def test_a_lead_who_was_taken_in_and_then_writes_is_the_same_lead(bench: Workbench):
    mexican = Person(wa_id="5215512345678")
    await send(bench, a_row(phone="+52 55 1234 5678"))
    await bench.hears(mexican, "Hola")
    assert (await bench.lead())["last_inbound_at"] is not None


async def test_a_lead_who_hides_the_number_is_left_alone_by_an_import(bench: Workbench):
    await bench.hears(hidden_person(), "Hello")
    assert fates(await send(bench, a_row())) == ["created"]
    assert len(await bench.rows("select id from public.leads where workspace_id = $1")) == 2


async def test_a_number_that_was_corrected_no_longer_leads_to_the_lead(bench: Workbench):
    wrong, right = a_mobile(), a_mobile()
    await send(bench, a_row(external_id="7", phone=wrong))
    assert fates(await send(bench, a_row(external_id="7", phone=right))) == ["updated"]
    assert (await bench.lead())["phone"] == right
    assert fates(await send(bench, a_row(phone=wrong))) == ["created"]


async def test_numbers_that_go_from_lead_to_lead_in_one_delivery_arrive(bench: Workbench):
    first, second, third, fourth = (a_mobile() for _ in range(4))
    await send(bench, *({"external_id": n, "phone": phone} for n, phone in enumerate((first, second, third))))

    shifted = [
        {"external_id": 2, "phone": fourth},
        {"external_id": 1, "phone": third},
        {"external_id": 0, "phone": second},
    ]
    assert fates(await send(bench, *shifted, {"external_id": 3, "phone": first})) == [*["updated"] * 3, "created"]

    found = await bench.rows(
        "select l.phone from public.leads l join public.identities i on i.lead_id = l.id and i.kind = 'external_id' "
        "where l.workspace_id = $1 order by i.value"
    )
    assert [each["phone"] for each in found] == [second, third, fourth, first]
    assert fates(await send(bench, *shifted, {"external_id": 3, "phone": first})) == ["unchanged"] * 4


async def test_a_thousand_rows_with_broken_and_repeated_ones_between_them(bench: Workbench):
    rows: list[Any] = [a_row(phone=f"+346{n:08d}", external_id=n, tags=["Fair"], note=f"Row {n}") for n in range(900)]
    rows = rows[:450] + ["broken"] * 50 + rows[450:] + rows[:50]

    answer = await send(bench, *rows)

    assert (answer.created, answer.updated, answer.unchanged, answer.refused) == (900, 0, 50, 50)
    again = await send(bench, *rows)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 950, 50)
    counted = "select count(*) as n from public.{} where workspace_id = $1"
    for table, number in (("leads", 900), ("notes", 900), ("lead_tags", 900), ("tags", 1), ("identities", 1800)):
        assert await bench.row(counted.format(table)) == {"n": number}, table


async def test_the_same_delivery_at_the_same_time_makes_each_lead_once(bench: Workbench):
    rows = [a_row() for _ in range(20)]
    answers = await asyncio.gather(*(send(bench, *rows) for _ in range(4)))
    assert sorted(each.created for each in answers) == [0, 0, 0, 20]
    assert sum(each.unchanged for each in answers) == 60


async def test_a_lead_who_writes_while_being_taken_in_is_one_lead(bench: Workbench):
    people = [Person() for _ in range(10)]
    rows = [a_row(phone=each.phone) for each in people]
    answer, *_ = await asyncio.gather(send(bench, *rows), *(bench.hears(each, "Hello") for each in people))
    assert {*fates(answer)} <= {"created", "updated", "unchanged"}
    found = await bench.rows("select phone from public.leads where workspace_id = $1")
    assert sorted(each["phone"] for each in found) == sorted(each.phone for each in people)


async def test_another_workspace_learns_nothing(bench: Workbench):
    row = a_row(external_id="7")
    await send(bench, row)
    await bench.do("update public.leads set opted_out_at = now() where workspace_id = $1")
    other = await bench.pool.fetchval(
        "insert into public.workspaces (id, name, country) values (gen_random_uuid(), 'Rivals', 'ES') returning id"
    )
    answer = await take_in(bench.pool, bench.parts.hash_key, other, json_of(row), "application/json", datetime.now(UTC))
    assert fates(answer) == ["created"]
    await bench.pool.execute("delete from public.workspaces where id = $1", other)


async def test_a_sheet_is_answered_by_the_rows_of_the_sheet(bench: Workbench):
    body = "Phone;Name;Tags\n600 11 22 33;Begoña;Hot\n12;Bo;\n".encode("cp1252")
    answer = await send(bench, body=body, kind="text/csv")
    assert [(each.row, each.fate) for each in answer.rows] == [(2, "created"), (3, "refused")]
    assert (await bench.lead())["name"] == "Begoña"


async def test_a_lead_without_a_current_identity_is_found_by_its_number(bench: Workbench):
    await send(bench, row := a_row())
    await bench.do("delete from public.identities where workspace_id = $1")
    assert fates(await send(bench, row)) == ["unchanged"]


async def test_leads_that_became_one_are_found_by_both_external_ids(bench: Workbench):
    answer = await send(bench, a_row(external_id="7"), a_row(external_id="8"))
    async with transaction(bench.pool) as connection:
        stays = await leads.merge(connection, [str(each.lead_id) for each in answer.rows])
    again = await send(bench, {"external_id": "7"}, {"external_id": "8"})
    assert [(each.fate, each.lead_id) for each in again.rows] == [("unchanged", stays)] * 2


async def test_an_answer_has_the_promised_shape(bench: Workbench):
    answer = await send(bench, a_row(), {})
    lead_id = answer.rows[0].lead_id
    assert orjson.loads(msgspec.json.encode(answer)) == {
        "rows": [
            {"row": 1, "fate": "created", "lead_id": lead_id, "reason": None},
            {
                "row": 2,
                "fate": "refused",
                "lead_id": None,
                "reason": "Nothing tells who this is; give a phone or an external_id.",
            },
        ],
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "suppressed": 0,
    }
