"""Read and write JSON as Meta sends it: fast when it is clean, patient when it is odd.

Odd but valid: lone surrogates (`"\\ud83d"`), NUL (`"\\u0000"`), integers beyond 64 bits, nesting of hundreds of levels.
orjson refuses some of these; the standard library takes over for them alone.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import orjson

from lead_reviver.errors import BadInput

_LONGEST_INTEGER = 20
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJson(BadInput):
    """The bytes are no JSON, or nested deeper than anything Meta sends."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The body is not usable JSON: {why}. Send one JSON value in UTF-8.")


def read(body: bytes) -> Any:
    """Return the value of a JSON text. Raises `NotJson`; the error never repeats what was sent."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_patiently(body)


def write(value: Any) -> str:
    """Return `value` as JSON text that can be stored anywhere: valid UTF-8, no NUL character.

    Raises `NotJson` when it is nested too deeply to be written.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return _write_patiently(value, sort_keys=False)


def canonical(value: Any) -> bytes:
    """Return the one spelling of `value` that does not depend on the order of keys. Raises `NotJson` like `write`."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return _write_patiently(value, sort_keys=True).encode()


def clean_text(text: str) -> str:
    """Return `text` without what Postgres refuses: NUL characters go, lone surrogates become U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text.replace("\0", ""))


def clean(value: Any) -> Any:
    """Return a copy of a JSON value with every string and key cleaned as by `clean_text`."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean(each) for each in value]
    if isinstance(value, dict):
        return {clean_text(key): clean(each) for key, each in value.items()}
    return value


def can_be_stored(value: Any) -> bool:
    """Whether every writer of JSON can write `value`: most give up at some depth of nesting."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def object_in(value: Any) -> dict[str, Any]:
    """Return `value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; nothing when `value` is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_in(value: Any) -> str | None:
    """Return `value` when it is text with something in it."""
    return value if isinstance(value, str) and value else None


def _read_patiently(body: bytes) -> Any:
    try:
        text = body.decode()
        return json.loads(text, parse_int=_integer, parse_constant=_refuse_constant)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError:
        raise NotJson("it cannot be read") from None


def _write_patiently(value: Any, *, sort_keys: bool) -> str:
    try:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=sort_keys)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None


def _integer(digits: str) -> int | str:
    """Return an integer of 64 bits; a longer one stays the text it is, since few programs could read it back."""
    if len(digits) > _LONGEST_INTEGER:
        return digits
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else digits


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
