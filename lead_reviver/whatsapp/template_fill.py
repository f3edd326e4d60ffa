"""Whether a template can be sent with the values at hand, e.g. a lead's first name alone, and how.

Pure. Works on `components` as Meta lists them: [{"type": "BODY", "text": "Hi {{1}}, ..."}, ...].
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lead_reviver.whatsapp.template_values import body_values

Json = dict[str, Any]
_VARIABLE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A template ready to be sent."""

    text: str
    """What the lead will read."""
    components: list[Json]
    """Those that carry values; empty when there is nothing to fill."""


def fill_with_name(components: Sequence[Json], first_name: str) -> Filled | None:
    """Fill a template whose only variable, if it has any, is the name in its body; None when it needs more.

    `first_name` is empty when none is known.
    """
    body = _body(components)
    if body is None:
        return None
    variables = sorted(set(_VARIABLE.findall(body)))
    if not variables:
        return Filled(body, [])
    if len(variables) > 1 or not first_name:
        return None
    text = _VARIABLE.sub(lambda _: first_name, body)
    [name] = variables
    return Filled(text, [body_values([first_name] if name.isdecimal() else {name: first_name})])


def fill_with(components: Sequence[Json], values: Mapping[str, str]) -> Filled | None:
    """Fill a template whose body names values, as `{{when}}`, or numbers them in the order of `values`.

    Returns None when it asks for a value that is not there or is empty.
    """
    body = _body(components)
    if body is None:
        return None
    variables = list(dict.fromkeys(_VARIABLE.findall(body)))
    numbered = dict(zip((str(number) for number in range(1, len(values) + 1)), values.values(), strict=True))
    known = {each: value for each, value in {**values, **numbered}.items() if value}
    if any(each not in known for each in variables) or len({each.isdecimal() for each in variables}) > 1:
        return None
    text = _VARIABLE.sub(lambda found: known[found[1]], body)
    if not variables:
        return Filled(text, [])
    if variables[0].isdecimal():
        return Filled(text, [body_values([known[each] for each in sorted(variables, key=int)])])
    return Filled(text, [body_values({each: known[each] for each in variables})])


def _body(components: Sequence[Json]) -> str | None:
    """Return the text of the body; None when there is none, or another part needs values."""
    body = next((str(each.get("text") or "") for each in components if each.get("type") == "BODY"), "")
    others = [each for each in components if each.get("type") != "BODY"]
    return None if not body or any(_needs_values(each) for each in others) else body


def _needs_values(component: Json) -> bool:
    if component.get("type") == "HEADER" and component.get("format", "TEXT") != "TEXT":
        return True
    texts = [component.get("text"), *(button.get("url") for button in component.get("buttons") or [])]
    return any(_VARIABLE.search(each) for each in texts if isinstance(each, str))
