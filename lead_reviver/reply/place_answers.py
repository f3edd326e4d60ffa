"""The place in what a lead answers: "in Triana or Nervión", "around Chamberí, because I work there".

Pure. A name with capitals behind a word for places is one unasked; once we asked for a place, what is left without the
words around it is the answer, with one slip of the finger mended where it is a place that we know.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from lead_reviver.decide.text import plain
from lead_reviver.reply.heard import places_before
from lead_reviver.reply.places import EITHER, meant_city, wanted_cities, without_fillers, without_reason
from lead_reviver.reply.talk import talk

_EITHER_PLACE: Final = re.compile(r"\s+(?:or|o|ou|oder|या|ya|أو|او|and|et|und|y|e|aur|और|sonst|sinon)\s+")
_OR_PLACE: Final = re.compile(
    rf"\s+(?:{'|'.join(EITHER)})\s+(?:en |em |in |à )?(?P<place>[A-ZÀ-ÖØ-Þ][\w'’-]*(?: [A-ZÀ-ÖØ-Þ][\w'’-]*)*)"
)
_LONGEST_PLACE: Final = 6
"""Words. Longer ones are no place, and what they say is not repeated to anybody."""
_MOST_WORDS_AROUND_A_NAME: Final = 3
"""With more of them, what was typed is no name of a part: "Chamberí norte" is one."""
_NAME: Final = r"[A-ZÀ-ÖØ-Þ][\w'’-]*"


def place_in(sentence: str, language: str) -> str | None:
    """Return the place that a sentence names by itself, with capitals behind a word for places; None for none."""
    own = talk(language)
    for match in _places(language).finditer(sentence):
        place = match["place"].strip(" ,.")
        if plain(place).split()[0] not in own.no_place:
            others = _OR_PLACE.match(sentence, match.end())
            return f"{place}, {others['place']}" if others else place
    return None


def place_answered(sentence: str, language: str) -> str | None:
    """Return the place that a sentence means as an answer, several with commas; None when it is too long for one."""
    kept = without_reason(sentence, language).strip(" .!,").split()
    fillers = talk(language).place_fillers
    while len(kept) > 1 and plain(kept[0]).strip(" |") in fillers:
        kept.pop(0)
    while len(kept) > 1 and plain(kept[-1]).strip(" |") in fillers:
        kept.pop()
    answer = without_fillers(" ".join(kept).strip(" .!,"), language).strip(" .!,")
    named = wanted_cities(sentence, language)
    if named and len(answer.split()) > sum(len(each.split()) for each in named) + _MOST_WORDS_AROUND_A_NAME:
        return ", ".join(named)
    if len(answer.split()) > _LONGEST_PLACE:
        return None
    return ", ".join(meant_city(each, language) for each in _EITHER_PLACE.split(answer))


@cache
def _places(language: str) -> re.Pattern[str]:
    words = places_before(language) or talk(language).before_place
    before = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(
        rf"\b(?i:{before})\s+(?P<place>(?:(?:the|el|la|los|las|o|a|os|as)\s+)?{_NAME}"
        rf"(?:\s+(?:(?:de|del|do|da|dos|das|of|the|la|el|los|las|e|y)\s+)*{_NAME})*)"
    )
