"""A playbook: what to say and ask for one purpose, as data. What is specific to a market lives here, not in code.

The shapes are in `playbook_shapes.py`, what may be wrong in `playbook_problems.py` and `knowledge_problems.py`, YAML in
`playbook_yaml.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from lead_reviver.errors import BadInput
from lead_reviver.reply.knowledge_problems import problems_of_knowledge
from lead_reviver.reply.playbook_problems import FOLLOW_UP_MINUTES, Problem, problems_of
from lead_reviver.reply.playbook_shape_check import shape_problems
from lead_reviver.reply.playbook_shapes import (
    Choice,
    Fact,
    Knowledge,
    Listing,
    MeetingKind,
    Objection,
    Playbook,
    Question,
    Texts,
    Wordings,
)
from lead_reviver.reply.playbook_yaml import NoYaml, decode_yaml, encode_yaml, line_of

__all__ = [
    "FOLLOW_UP_MINUTES", "SHIPPED", "Choice", "Fact", "Knowledge", "Listing", "MeetingKind", "Objection", "Playbook",
    "PlaybookRefused", "Problem", "Question", "Texts", "Wordings", "parse_playbook", "playbook_body", "playbook_text",
    "read_playbook", "shipped_playbook", "shipped_text",
]  # fmt: skip

SHIPPED: Final = ("property_buyers", "property_sellers", "home_services_requote")
_FOLDER: Final = Path(__file__).parent / "playbooks"
_BLANK: Final[dict[str, Any]] = {
    each.name: {str: "", Texts: {}}.get(each.type, []) for each in msgspec.structs.fields(Playbook) if each.required
}
"""A playbook that says and asks nothing."""


class PlaybookRefused(BadInput):
    """A playbook cannot be used; every problem is named."""

    def __init__(self, problems: Sequence[Problem], name: str | None = None) -> None:
        self.problems = list(problems)
        self.name = name
        called = f"The playbook {name!r}" if name else "The playbook"
        super().__init__(f"{called} cannot be used: " + "; ".join(map(str, problems)))


def parse_playbook(body: bytes | Mapping[str, Any]) -> Playbook:
    """Read a playbook's body, JSON bytes or the decoded object.

    Raises `PlaybookRefused` that names each place (`$.questions[2].ask.es`) and what to change.
    """
    if isinstance(body, bytes):
        try:
            body = msgspec.json.decode(body)
        except msgspec.MsgspecError as error:
            raise PlaybookRefused([Problem("$", f"it is no JSON: {error}")]) from None
    problems = shape_problems(body, Playbook)
    if problems:
        raise PlaybookRefused([*problems, *_problems_elsewhere(body, problems)], _name_of(body))
    playbook = msgspec.convert(body, type=Playbook)
    problems = [*problems_of(playbook), *problems_of_knowledge(playbook)]
    if problems:
        raise PlaybookRefused(problems, playbook.name)
    return playbook


def read_playbook(text: str) -> Playbook:
    """Read a playbook from YAML. Raises `PlaybookRefused` that names the line of each problem."""
    try:
        document = decode_yaml(text)
    except NoYaml as error:
        raise PlaybookRefused([Problem("$", error.what, error.line)]) from None
    try:
        return parse_playbook(document.data)
    except PlaybookRefused as refused:
        found = [each._replace(line=line_of(each.path, document.lines)) for each in refused.problems]
        raise PlaybookRefused(sorted(found, key=lambda each: each.line or 0), refused.name) from None


def playbook_body(playbook: Playbook) -> dict[str, Any]:
    """Return what `playbooks.body` stores: plain JSON, without what is as usual."""
    body: dict[str, Any] = msgspec.to_builtins(playbook)
    return body


def playbook_text(playbook: Playbook) -> str:
    """Return a playbook as YAML; `read_playbook` makes the same of it."""
    return encode_yaml(msgspec.to_builtins(playbook, builtin_types=(date,)))


@cache
def shipped_playbook(name: str = "property_buyers") -> Playbook:
    """Return a playbook that comes with Lead-Reviver. Raises `FileNotFoundError` for a name it does not have."""
    return read_playbook(shipped_text(name))


def shipped_text(name: str) -> str:
    """Return the YAML of a playbook that comes with Lead-Reviver. Raises `FileNotFoundError`."""
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def _problems_elsewhere(body: Any, broken: Sequence[Problem]) -> list[Problem]:
    """Return what is wrong in the parts of a playbook whose shape is right, so that all is told at once."""
    parts = {_part(each) for each in broken}
    if not isinstance(body, Mapping) or not parts.isdisjoint(("$", "languages")):
        return []
    known = {key: value for key, value in body.items() if key in Playbook.__struct_fields__}
    whole = {key: value for key, value in known.items() if key not in parts}
    playbook = msgspec.convert({**_BLANK, **whole}, type=Playbook)
    found = [*problems_of(playbook), *problems_of_knowledge(playbook)]
    return [each for each in found if _part(each) in whole]


def _part(problem: Problem) -> str:
    return problem.path.removeprefix("$.").partition(".")[0].partition("[")[0]


def _name_of(body: Any) -> str | None:
    name = body.get("name") if isinstance(body, Mapping) else None
    return name if isinstance(name, str) else None
