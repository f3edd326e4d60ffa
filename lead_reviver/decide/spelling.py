"""Words as they were meant: swear words in between left out, chat shorthand written out, one slip of a finger mended.

Pure. Only asked once the words as typed say nothing, and only for words of our own phrases, so that "abmeldn" is
"abmelden" while a word that we know already stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from lead_reviver.decide.patterns import LANGUAGES, phrases

_SHORTEST: Final = 6
"""Letters; shorter words have too many neighbours."""
_SWEARING_WORDS: Final = (
    "fucking fuckin bloody damn goddamn freaking frigging effing sodding putos puto putas jodidos malditos pinches "
    "foutus putain verdammt verdammten verdammte scheiss cazzo cazzi porra caralho"
)
_SWEARING: Final = frozenset(_SWEARING_WORDS.split())
_SHORTHAND: Final = {
    "nn": "non", "d": "de", "di": "de", "q": "que", "k": "que", "ke": "que", "msj": "mensajes", "u": "you",
    "plz": "please", "vs": "vous", "ne": "ne", "nicht": "nicht", "kita": "quita", "kitame": "quitame",
}  # fmt: skip
_REAL_LIST: Final = (
    "contract contracts contracting testing spending massage massages waiting resting wiring lending pending mending "
    "ending sending stepping shopping stocking walking cleaning listing listings letting mensual mensuales escribir "
    "kuchen kunden bestellen anmelden anmeldung umgemeldet lassen abmalen testo testi listo listos lista arreter"
)
REAL_WORDS: Final = frozenset(_REAL_LIST.split())
"""Words of their own, one letter away from a phrase of ours."""


def written_out(plain_text: str) -> str:
    """Return text in plain form without swear words, chat shorthand written out."""
    return f" {' '.join(_SHORTHAND.get(word, word) for word in plain_text.split() if word not in _SWEARING)} "


def mended(plain_text: str) -> str:
    """Return the same with every word as it was probably meant."""
    return f" {' '.join(_meant(word) for word in written_out(plain_text).split())} "


@cache
def _meant(word: str) -> str:
    if len(word) < _SHORTEST or word in _known() or word in REAL_WORDS:
        return word
    found = {known for piece in (word, *shorter(word)) for known in _by_piece().get(piece, ())}
    near = [known for known in found if one_slip(word, known) and word[:-1] != known]  # "sacado" is no "sacad"
    return near[0] if len(near) == 1 or (near and len({each[:5] for each in near}) == 1) else word


def shorter(word: str) -> Iterable[str]:
    """Return a word less one letter, for every letter."""
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def one_slip(typed: str, meant: str) -> bool:
    """Whether one letter was left out, added, changed, or changed places with its neighbour."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    if start == 0:
        return False
    rest, other = typed[start:], meant[start:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:] or swapped


@cache
def _known() -> frozenset[str]:
    words: set[str] = set()
    for language in LANGUAGES:
        own = phrases(language)
        lists = [own.stop, own.stop_alone, own.fillers, own.common, own.greetings, own.harmless, own.unless]
        for source in (
            *(each for some in lists for each in some),
            *(each for some in own.sets.values() for each in some),
        ):
            words.update(piece.strip("?*()|^$.{}") for part in source.split() for piece in part.split("|"))
    return frozenset(words)


@cache
def _by_piece() -> dict[str, tuple[str, ...]]:
    """Return the words of ceasing and contacting by themselves and by themselves less one letter."""
    found: dict[str, dict[str, None]] = {}
    for language in LANGUAGES:
        own = phrases(language)
        sources = [*own.stop_alone, *(each for some in own.sets.values() for each in some), *own.stop]
        for source in sources:
            for part in source.split():
                for word in part.strip("()?").split("|"):
                    bare = word.strip("?*()^$.{}")
                    if len(bare) >= _SHORTEST - 1 and bare.isalpha():
                        for piece in (bare, *shorter(bare)):
                            found.setdefault(piece, {})[bare] = None
    return {piece: tuple(words) for piece, words in found.items()}
