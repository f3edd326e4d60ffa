"""Whether a lead asks for a person, or asks who is writing. In all languages at once, before any model.

Pure. Both get approved wording: a way to a person is WhatsApp's rule, the honest answer is the EU AI Act's (Art. 50).
"""

from __future__ import annotations

from lead_reviver.decide.patterns import Words, pattern_set
from lead_reviver.decide.text import plain


def asks_for_a_person(text: str | None) -> bool:
    """Whether the lead wants to talk with a person, or to be called."""
    if not text:
        return False
    words = pattern_set("harmless").without(Words.of(plain(text)))
    # "Do not call me again" holds "call me" as well.
    return pattern_set("person").match(words) is not None and pattern_set("stop").match(words) is None


def asks_if_bot(text: str | None) -> bool:
    """Whether the lead asks if a machine is writing."""
    return bool(text) and pattern_set("bot").match(Words.of(plain(text or ""))) is not None
