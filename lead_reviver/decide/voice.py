"""What a voice note says, and whether its words count as the lead's.

Pure. Small models hear words in silence, loop, and take one language for another; a doubtful transcript is shown to
people and is never acted upon. Above all no consent is read out of one: perhaps a no is enough to call a person.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lead_reviver.decide.conversation import Doubt
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.patterns import LANGUAGES

VOICE_KINDS: Final = ("audio", "voice")
SURE: Final = 0.6
"""From here on the words count. Of Whisper's own scale: the mean probability of what it wrote."""
_MOST_LETTERS_A_SECOND: Final = 30
_LOOPS_FROM: Final = 2.4
"""Whisper's own measure of a model that repeats itself: how far the text can be compressed."""
_FROM_SILENCE: Final = re.compile(
    r"amara\.org|thanks for watching|gracias por ver|obrigado por assistir|subscribe|legendas? pela comunidade", re.I
)
"""What is heard in silence by models that learned from subtitles."""
LONGEST_TEXT: Final = 4000


class Transcript(Struct, frozen=True, omit_defaults=True):
    """What was made of a voice note."""

    text: str = ""
    language: str | None = None
    """ISO 639-1, as the model heard it or was told."""
    confidence: float | None = None
    """0 to 1; None where the model does not say."""
    seconds: float = 0.0
    """How long the note is."""
    model: str | None = None
    took_ms: int = 0
    doubt: Doubt | None = None
    """Why its words do not count, or why there are none; None where they do."""


def judged(heard: Transcript) -> Transcript:
    """Return a transcript with what is doubtful about it."""
    text = " ".join(heard.text.replace("\x00", "").split())[:LONGEST_TEXT]
    sure = replace(heard, text=text, doubt=None)
    if not _is_doubtful(sure):
        return sure
    maybe_no = opt_out_level(text) is not OptOut.NONE
    return replace(sure, doubt="maybe_no" if maybe_no else "unclear")


def _is_doubtful(heard: Transcript) -> bool:
    text = heard.text
    if not any(each.isalnum() for each in text) or heard.confidence is None or not SURE <= heard.confidence <= 1:
        return True
    if heard.language is not None and heard.language not in LANGUAGES:
        return True
    if heard.seconds and len(text) > _MOST_LETTERS_A_SECOND * (heard.seconds + 1):
        return True
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) > _LOOPS_FROM or _FROM_SILENCE.search(text) is not None


def read_transcript(stored: Mapping[str, Any] | None) -> Transcript:
    """Return what is stored with a voice note; one that nobody listened to says so."""
    if stored is None:
        return Transcript(doubt="not_listened")
    return msgspec.convert(stored, Transcript)
