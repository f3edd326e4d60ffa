"""Compares decoded data with the shapes of a playbook and names every difference, not the first alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

from msgspec import inspect

from lead_reviver.reply.playbook_problems import Problem

_SCALARS: Final[dict[type[inspect.Type], tuple[type, str]]] = {
    inspect.StrType: (str, "a text"),
    inspect.BoolType: (bool, "true or false"),
    inspect.IntType: (int, "a whole number"),
}


def shape_problems(value: Any, shape: type) -> list[Problem]:
    """Return where decoded data is not of a shape."""
    return list(_compare(value, inspect.type_info(shape), "$"))


def _compare(value: Any, wanted: inspect.Type, path: str) -> Iterator[Problem]:
    if isinstance(wanted, inspect.UnionType):
        if value is not None:
            [inner] = [each for each in wanted.types if not isinstance(each, inspect.NoneType)]
            yield from _compare(value, inner, path)
    elif isinstance(wanted, inspect.StructType):
        yield from _compare_struct(value, wanted, path)
    elif isinstance(wanted, inspect.DictType):
        if not isinstance(value, Mapping):
            yield Problem(path, f"expected names with values below, got {_called(value)}")
            return
        for key, each in value.items():
            yield from _compare(each, wanted.value_type, f"{path}.{key}")
    elif isinstance(wanted, inspect.ListType):
        if not isinstance(value, list):
            yield Problem(path, f"expected a list, got {_called(value)}")
            return
        for index, each in enumerate(value):
            yield from _compare(each, wanted.item_type, f"{path}[{index}]")
    elif isinstance(wanted, inspect.LiteralType):
        if value not in wanted.values:
            allowed = ", ".join(str(each) for each in wanted.values)
            yield Problem(path, f"expected one of {allowed}, got {_called(value)}")
    elif isinstance(wanted, inspect.DateType):
        if not _is_date(value):
            yield Problem(path, f"expected a date as 2026-12-31, got {_called(value)}")
    else:
        kind, called = _SCALARS[type(wanted)]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield Problem(path, f"expected {called}, got {_called(value)}")


def _compare_struct(value: Any, wanted: inspect.StructType, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, f"expected names with values below, got {_called(value)}")
        return
    fields = {each.encode_name: each for each in wanted.fields}
    for key, each in value.items():
        if key in fields:
            yield from _compare(each, fields[key].type, f"{path}.{key}")
            continue
        close = get_close_matches(str(key), fields, 1)
        yield Problem(f"{path}.{key}", "there is no such name" + (f"; did you mean {close[0]}?" if close else ""))
    for name, field in fields.items():
        if field.required and name not in value:
            yield Problem(f"{path}.{name}", "it is missing")


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return isinstance(value, date)
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("2026-12-31")


def _called(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "names with values"
    if isinstance(value, list):
        return "a list"
    return repr(value if not isinstance(value, str) or len(value) < 40 else f"{value[:39]}…")
