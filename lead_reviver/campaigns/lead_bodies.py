"""Cut the body of a delivery of leads into rows: JSON (a list of objects, or one) or CSV as sheets export it.

A row that cannot be read stands in its place as the `BadInput` that says why, so that it harms no neighbour.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import orjson

from lead_reviver.decide.lead_rows import CONSENT_FIELDS, FIELDS
from lead_reviver.errors import BadInput

MOST_ROWS: Final = 1_000
LARGEST_BODY: Final = 2 * 1024 * 1024
COLUMNS: Final = FIELDS - {"consent"} | {f"consent_{each}" for each in CONSENT_FIELDS}
CHARSETS: Final = {"utf-16": "utf-16", "iso-8859-1": "cp1252", "windows-1252": "cp1252", "iso-8859-15": "iso-8859-15"}
"""What a CSV may be written in beside UTF-8."""
UNCLOSED: Final = "unexpected end of data"
"""What the reader of the standard library says of a quote that nothing closes."""

# One cell may be as long as the body, so that a quote that is never closed is found at the body's end, and does not
# swallow rows on its way.
csv.field_size_limit(LARGEST_BODY)


class Unreadable(BadInput):
    """The body is neither JSON nor CSV."""


def rows_of(body: bytes, content_type: str) -> list[tuple[int, object]]:
    """Return (row number, row) for each row of a body.

    JSON counts from 1. CSV counts as the sheet does: its headings are row 1, the first lead is row 2.

    Raises `Unreadable` when the body is not what it says it is, `BadInput` when it holds no rows or too many.
    """
    if len(body) > LARGEST_BODY:
        raise BadInput("A delivery holds at most 2 MB; send it in parts.")
    kind, _, parameters = content_type.partition(";")
    rows = _csv(_text(body, parameters)) if kind.strip().lower() in ("text/csv", "application/csv") else _json(body)
    if not rows:
        raise BadInput("There is no row in it; send at least one lead.")
    if len(rows) > MOST_ROWS:
        raise BadInput(f"A delivery holds at most {MOST_ROWS:,} rows; send it in parts.")
    return rows


def _json(body: bytes) -> list[tuple[int, object]]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable(
            "The body is no JSON; send a list of objects, or CSV with the header Content-Type: text/csv."
        ) from None
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise BadInput("Send a JSON list of objects, one a lead, or one such object.")
    return list(enumerate(found, 1))


def _text(body: bytes, parameters: str) -> str:
    """Return CSV as text: in the charset it names, else UTF-8, else as older office programs write it."""
    name, _, charset = parameters.strip().partition("=")
    named = charset.strip(" \"'") if name.strip().lower() == "charset" else ""
    for encoding in (CHARSETS.get(named.lower(), "utf-8-sig"), "utf-8-sig", "cp1252"):
        with contextlib.suppress(UnicodeDecodeError):
            return body.decode(encoding)
    raise Unreadable("The text of the CSV cannot be read; save it as UTF-8.")


def _csv(text: str) -> list[tuple[int, object]]:
    headings_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=headings_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    records = _records(reader)
    headings = next(records, None)
    if not isinstance(headings, list):
        raise BadInput("The first line of a CSV names its columns, such as phone, name and external_id.")
    names = ["_".join(each.strip().lower().split()) for each in headings]
    if not COLUMNS.intersection(names):
        raise BadInput(f"No column is known here; name them {', '.join(sorted(COLUMNS))}.")
    found: list[tuple[int, object]] = []
    for number, record in enumerate(records, 2):
        if record == [] or len(found) > MOST_ROWS:  # an empty line, or more than is taken anyway
            continue
        found.append((number, record if isinstance(record, BadInput) else _row(names, record)))
    return found


def _records(reader: Any) -> Iterator[list[str] | BadInput]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if UNCLOSED in str(error):
                raise BadInput("A quote is opened and never closed; no row was taken in, mend the CSV.") from None
            yield BadInput("A quote stands in the middle of a cell; write it twice and put quotes around the cell.")


def _row(names: list[str], record: list[str]) -> object:
    if len(record) > len(names):
        return BadInput("This row has more cells than there are headings; put quotes around cells that hold a comma.")
    cells = dict(zip(names, record, strict=False))
    consent = {each: cells[f"consent_{each}"] for each in CONSENT_FIELDS if cells.get(f"consent_{each}", "").strip()}
    return {name: value for name, value in cells.items() if name in FIELDS} | ({"consent": consent} if consent else {})
