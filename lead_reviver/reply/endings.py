"""How a conversation ends that is about something else than the playbook's questions: each wish in its own way.

Pure. The wordings are approved once, in `endings.json`; none of them asks anything, promises anything or sells.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.conversation import Move

_FILE: Final = Path(__file__).parent / "endings.json"

REASONS: Final[dict[str, tuple[Move, str]]] = {
    "legal_threat": ("hand_over", "The lead speaks of lawyers or authorities."),
    "bereavement": ("hand_over", "Somebody died; a person should close this with care."),
    "wrong_person": ("hand_over", "The number belongs to somebody else; a person should correct the record."),
    "minor": ("hand_over", "A child is writing; nothing is asked of children."),
    "abuse": ("hand_over", "The lead is insulting; nothing is answered to that."),
    "complaint": ("hand_over", "The lead complains; a person should look into it."),
    "asks_where_number_from": ("hand_over", "The lead asks where we have the number from; a person looks it up."),
    "haggles": ("hand_over", "The lead wants another price; only people may speak of that."),
    "already_bought": ("answer", "The lead has found something already."),
    "other_agent": ("answer", "The lead is with somebody else."),
    "not_interested": ("answer", "The lead is not interested."),
    "not_now": ("answer", "The lead wants to be left alone for a while."),
    "thanks": ("answer", "The lead only said thanks."),
}
"""What is done about a wish, and why."""


def ending_text(wish: str, language: str, own: Mapping[str, Mapping[str, str]]) -> str | None:
    """Return the approved wording, a playbook's own where it has one; None where nothing is said."""
    return own.get(wish, {}).get(language) or _wordings().get(wish, {}).get(language)


@cache
def _wordings() -> dict[str, dict[str, str]]:
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, dict[str, str]])
