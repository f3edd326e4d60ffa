"""A body is cut into rows as a CRM or a sheet writes it, and a broken row harms no neighbour."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.campaigns.lead_bodies import Unreadable, rows_of
from lead_reviver.errors import BadInput

CSV = "text/csv"


def test_json_is_a_list_of_rows_or_one_row():
    assert rows_of(b'[{"phone": "1"}, 7]', "application/json") == [(1, {"phone": "1"}), (2, 7)]
    assert rows_of(b'{"phone": "1"}', "") == [(1, {"phone": "1"})]


def test_a_sheet_counts_its_headings_as_row_1():
    assert rows_of(b"Phone,External ID,Colour\n600,7,red\n\n601,8,\n", CSV) == [
        (2, {"phone": "600", "external_id": "7"}),
        (4, {"phone": "601", "external_id": "8"}),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("phone;name\r\n600;Begoña\r\n".encode("utf-8-sig"), CSV),
        ("phone\tname\n600\tBegoña\n".encode(), "text/csv; charset=utf-8"),
        ("phone;name\n600;Begoña\n".encode("cp1252"), CSV),
        ("phone,name\n600,Begoña\n".encode("utf-16"), 'text/csv; charset="UTF-16"'),
        ("phone,name\n600,Begoña".encode(), "text/csv; charset=punycode"),
    ],
    ids=["Excel in Spain", "tabs", "older Excel", "UTF-16", "a charset nobody writes in"],
)
def test_a_sheet_is_read_however_it_was_saved(body: bytes, kind: str):
    assert rows_of(body, kind) == [(2, {"phone": "600", "name": "Begoña"})]


def test_columns_of_a_consent_become_one():
    body = b"phone,consent_what,consent_when,consent_proof\n600,marketing,2026-01-01,\n601,,,\n"
    assert rows_of(body, CSV) == [
        (2, {"phone": "600", "consent": {"what": "marketing", "when": "2026-01-01"}}),
        (3, {"phone": "601"}),
    ]


def test_a_cell_may_hold_lines_and_quotes():
    assert rows_of(b'phone,note\n600,"a ""b""\nc, d"\n', CSV) == [(2, {"phone": "600", "note": 'a "b"\nc, d'})]


def test_a_broken_row_of_a_sheet_stands_in_its_place_with_what_to_do():
    rows = dict(rows_of(b'phone,name\n600,"Ana" Prado\n601,Bo\n602,Cy,x\n603,Di\n', CSV))
    assert rows[3] == {"phone": "601", "name": "Bo"}
    assert rows[5] == {"phone": "603", "name": "Di"}
    assert "quote" in str(rows[2])
    assert "more cells" in str(rows[4])


def test_a_quote_that_is_never_closed_refuses_everything_instead_of_swallowing_it():
    with pytest.raises(BadInput, match="never closed; no row was taken in"):
        rows_of(b'phone,name\n600,"Ana\n' + b"601,Bo\n" * 900, CSV)


@pytest.mark.parametrize(
    ("body", "kind", "hint"),
    [
        (b"", "application/json", "no JSON"),
        (b"phone\n600", "", "no JSON"),
        (b"\xff", "application/json", "no JSON"),
    ],
)
def test_a_body_in_no_known_form_is_unreadable(body: bytes, kind: str, hint: str):
    with pytest.raises(Unreadable, match=hint):
        rows_of(body, kind)


@pytest.mark.parametrize(
    ("body", "kind", "hint"),
    [
        (b"7", "application/json", "Send a JSON list"),
        (b"[]", "application/json", "There is no row"),
        (b"", CSV, "names its columns"),
        (b"phone\n", CSV, "There is no row"),
        (b"colour,size\nred,7\n", CSV, "No column is known here"),
        (b"[" + b"7," * 1000 + b"7]", "application/json", "at most 1,000 rows"),
        (b"phone\n" + b"600\n" * 1001, CSV, "at most 1,000 rows"),
        (b" " * (2 * 1024 * 1024 + 1), "application/json", "at most 2 MB"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_with_what_to_do(body: bytes, kind: str, hint: str):
    with pytest.raises(BadInput, match=hint):
        rows_of(body, kind)


@given(st.binary(max_size=200) | st.text(alphabet='phone,;\n\r"x7\t ').map(str.encode), st.sampled_from(["", CSV]))
def test_whatever_is_sent_is_rows_or_refused(body: bytes, kind: str):
    with contextlib.suppress(BadInput):
        assert rows_of(body, kind)
