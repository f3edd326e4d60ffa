"""Who plays: leads drawn from a seed. The same seed draws the same leads, whatever the machine or the day."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from evaluation.rehearsal.lines import TALKERS, lines, other_lines

Wish = Literal[
    "viewing", "viewing_later", "asks", "browses", "stop", "person", "wrong_person", "not_now", "bought",
    "no_interest", "rude", "complaint", "legal", "bereaved", "haggles", "origin", "foreign",
]  # fmt: skip
Surprise = Literal[
    "none", "asks_if_bot", "corrects", "interrupts", "slot_taken", "moves", "cancels", "stops_after_booking"
]
Manner = Literal["short", "plain", "long", "voice", "bursts", "typos"]

WISHES: Final[dict[Wish, int]] = {
    "viewing": 36, "viewing_later": 12, "stop": 11, "asks": 6, "person": 6, "browses": 5, "not_now": 5, "bought": 4,
    "no_interest": 3, "wrong_person": 4, "foreign": 4, "rude": 2, "complaint": 2, "haggles": 2, "origin": 2,
    "legal": 1, "bereaved": 1,
}  # fmt: skip
"""How many of a hundred leads come with each wish. Every wish is played at least once."""
SURPRISES: Final[dict[Surprise, int]] = {
    "none": 40, "asks_if_bot": 8, "corrects": 12, "interrupts": 10, "slot_taken": 10, "moves": 8, "cancels": 5,
    "stops_after_booking": 7,
}  # fmt: skip
"""Of those who want a viewing."""
LANGUAGES: Final = {"en": 38, "es": 36, "pt": 26}
MANNERS: Final[dict[Manner, int]] = {"short": 22, "plain": 30, "long": 14, "voice": 12, "bursts": 12, "typos": 10}
NAMES: Final = {
    "en": ("Alex", "Priya", "Tom", "Grace", "Omar", "Beth"),
    "es": ("Lucía", "Javier", "Marta", "Diego", "Carmen", "Pablo"),
    "pt": ("Inês", "Rui", "Beatriz", "Tiago", "Marta", "João"),
    "fr": ("Camille", "Hugo"), "de": ("Jana", "Felix"), "it": ("Giulia", "Marco"),
}  # fmt: skip
_T = TypeVar("_T", bound=str)

WITH_BOOKING: Final[frozenset[Wish]] = frozenset({"viewing", "viewing_later"})


@dataclass(frozen=True, slots=True)
class Script:
    """One lead: what it wants, knows and bears. Drawn once, before anything is said."""

    seed: int
    number: int
    """From 1."""
    language: str
    wish: Wish
    surprise: Surprise
    manner: Manner
    taps: bool
    """Taps buttons and rows where there are some, instead of typing."""
    patience: int
    """So many of our messages it reads before it gives up."""
    pause: float
    """Seconds before it answers; a minute of a real lead is a few hundredths here."""
    name: str
    bedrooms: int
    area: str
    budget: int
    """Thousands of euros."""
    soon: bool
    financed: bool
    picks: int
    """Which of the offered times it likes, counted on from the first where there are fewer."""
    weekday: int
    """The day that suits who does not like the first offer; Monday is 1."""
    part: str

    @property
    def id(self) -> str:
        """Names the lead in reports: the seed and the number."""
        return f"{self.seed}-{self.number:04}"

    @property
    def phone(self) -> str:
        """E.164, of a range that the rehearsal keeps to itself."""
        return f"+34600{700_000 + self.number:06}"

    @property
    def wants_viewing(self) -> bool:
        """Whether it takes one of the times that it is offered."""
        return self.wish in WITH_BOOKING

    @property
    def would_book(self) -> bool:
        """Whether a meeting is what it ends with, when all goes well."""
        return self.wants_viewing and self.surprise != "cancels"

    def draw(self, purpose: str) -> random.Random:
        """Return the chance that decides one thing, whatever was decided before."""
        return random.Random(f"{self.seed}/{self.number}/{purpose}")


def cast(count: int, seed: int) -> list[Script]:
    """Draw `count` leads, every wish among them; raises `ValueError` for fewer leads than wishes."""
    if count < len(WISHES):
        raise ValueError(f"A rehearsal needs at least {len(WISHES)} leads, one for each wish.")
    chance = random.Random(f"cast/{seed}")
    wishes = _shares(WISHES, count)
    chance.shuffle(wishes)
    surprises = iter(_shuffled(SURPRISES, sum(each in WITH_BOOKING for each in wishes), chance))
    languages = iter(_shuffled(LANGUAGES, count, chance))
    scripts = []
    for number, wish in enumerate(wishes, 1):
        language = next(languages)
        if wish == "foreign":
            language = chance.choice(sorted(other_lines()))
        scripts.append(_script(seed, number, language, wish, next(surprises) if wish in WITH_BOOKING else "none"))
    return scripts


def _script(seed: int, number: int, language: str, wish: Wish, surprise: Surprise) -> Script:
    chance = random.Random(f"script/{seed}/{number}")
    [manner] = chance.choices(list(MANNERS), list(MANNERS.values()))
    spoken = language if language in TALKERS else "en"
    return Script(
        seed=seed,
        number=number,
        language=language,
        wish=wish,
        surprise=surprise,
        manner=manner,
        taps=chance.random() < 0.5,
        patience=chance.randint(9, 16),
        pause=round(chance.choice((0.0, 0.0, 0.05, 0.2, 0.5)), 2),
        name=chance.choice(NAMES[language]),
        bedrooms=chance.choice((2, 3, 3, 4)),
        area=chance.choice(lines(spoken).areas),
        budget=chance.choice(sorted(lines(spoken).thousands)),
        soon=wish != "viewing_later",
        financed=chance.random() < 0.6,
        picks=chance.randint(0, 2),
        weekday=chance.randint(1, 5),
        part=chance.choice(("morning", "afternoon")),
    )


def _shuffled(weights: dict[_T, int], count: int, chance: random.Random) -> list[_T]:
    drawn = _shares(weights, count)
    chance.shuffle(drawn)
    return drawn


def _shares(weights: dict[_T, int], count: int) -> list[_T]:
    """Return `count` things in proportion to their weights; each at least once, as far as they go."""
    total = sum(weights.values())
    exact = {name: weight * count / total for name, weight in weights.items()}
    whole = {name: max(1, int(share)) for name, share in exact.items()}
    order: Sequence[_T] = sorted(exact, key=lambda name: exact[name] - whole[name], reverse=True)
    place = 0
    while sum(whole.values()) < count:
        whole[order[place % len(order)]] += 1
        place += 1
    while sum(whole.values()) > count:
        most = max(whole, key=lambda name: (whole[name], exact[name]))
        whole[most] -= 1
    return [name for name, number in whole.items() for _ in range(number)]
