"""How a batch travels through a workflow: one lease and the ids of its turns, ended ones in groups that ended alike.

{"lease": "0199...", "turns": ["0199...", ...], "ended": [{"outcome": "replied", "turns": ["0199...", ...]}]}

`turns` are under way. n8n looks at each value of a body for itself, at every node: an id costs it a third of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from lead_reviver.errors import BadInput
from lead_reviver.steps.turn_ref import Outcome, Reason, TurnRef, WaitSeconds

NO_TURN = "this is no turn of the batch: a turn is a UUID, and what became of it one of the outcomes"


class Ended(Struct, frozen=True, omit_defaults=True):
    """Turns that ended in the same way."""

    outcome: Outcome
    turns: list[str]
    reason: Reason | None = None
    wait_seconds: WaitSeconds = 0.0


class _Body(Struct, frozen=True):
    turns: list[Any]
    lease: Any = ""
    ended: list[Any] = []  # msgspec copies it


@dataclass(slots=True)
class Given:
    """What a body holds."""

    lease: str = ""
    """Empty where there are no turns."""
    batch: list[TurnRef] = field(default_factory=list)
    """Each turn once."""
    strays: list[Any] = field(default_factory=list)
    """What stands where a turn should be and is none."""


def body_of(lease: str, batch: Iterable[TurnRef], strays: Sequence[Any] = ()) -> dict[str, Any]:
    """Return a batch as it travels; all of it is under this lease."""
    turns = []
    ended: dict[tuple[str, str | None, float], list[Any]] = {}
    for each in batch:
        if each.outcome is None:
            turns.append(each.turn_id)
        else:
            ended.setdefault((each.outcome, each.reason, each.wait_seconds), []).append(each.turn_id)
    if strays:
        ended.setdefault(("lost", NO_TURN, 0.0), []).extend(strays)
    groups = [Ended(outcome, ids, reason, wait) for (outcome, reason, wait), ids in ended.items()]  # type: ignore[arg-type]
    return {"lease": lease, "turns": turns, "ended": msgspec.to_builtins(groups)}


def read_body(body: bytes | dict[str, Any]) -> Given:
    """Read a batch that has travelled. Raises `BadInput` when it is none; a turn that is none harms no other."""
    try:
        read = msgspec.json.decode(body, type=_Body) if isinstance(body, bytes) else msgspec.convert(body, _Body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput('a batch has the form {"lease": ..., "turns": [id, ...], "ended": [...]}') from error
    if (read.turns or read.ended) and not _is_id(read.lease):
        raise BadInput("the lease of a batch is a UUID")
    found: dict[str, TurnRef] = {}
    given = Given(read.lease if _is_id(read.lease) else "")
    for turn_id in read.turns:
        _add(found, given, turn_id, TurnRef(turn_id, read.lease))
    for row in read.ended:
        try:
            group = msgspec.convert(row, Ended)
        except msgspec.ValidationError:
            ids = row.get("turns") if isinstance(row, dict) else None
            given.strays += ids if isinstance(ids, list) else [None]
            continue
        for turn_id in group.turns:
            _add(found, given, turn_id, TurnRef(turn_id, read.lease, group.outcome, group.reason, group.wait_seconds))
    given.batch = list(found.values())
    return given


def _add(found: dict[str, TurnRef], given: Given, turn_id: Any, ref: TurnRef) -> None:
    if _is_id(turn_id):
        found.setdefault(turn_id, ref)
    else:
        given.strays.append(turn_id)


def _is_id(text: Any) -> bool:
    """Whether this is a UUID in the one form that the record gives out."""
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False
