"""One lead's mind: reads what we wrote as a person would, and says what it does next.

It knows nothing of the product: questions are recognised by what they are about, times by how they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from evaluation.rehearsal.cast import Script, Wish
from evaluation.rehearsal.hearing import Heard, Moment, Offered
from evaluation.rehearsal.lines import lines, other_lines
from evaluation.rehearsal.wording import answer, fill, opening, slipped, written

Mark = Literal["stop", "farewell"]
"""After a "stop" nothing but one confirmation may come; after a "farewell" at most one message, which asks nothing."""

FAREWELLS: Final[dict[Wish, str]] = {
    "wrong_person": "wrong", "not_now": "not_now", "bought": "bought", "no_interest": "no_interest", "rude": "rude",
    "legal": "legal", "bereaved": "bereaved",
}  # fmt: skip
"""Wishes that end the talk at once, and what the lead says then."""
REQUESTS: Final[dict[Wish, str]] = {
    "asks": "asks", "person": "person", "complaint": "complaint", "haggles": "haggles", "origin": "origin",
}  # fmt: skip
"""Wishes that somebody has to look after, and what the lead says."""


@dataclass(frozen=True, slots=True)
class Says:
    """The lead writes; several texts come as a burst."""

    texts: tuple[str, ...]
    mark: Mark | None = None
    interrupting: str | None = None
    """Written while the reply to the texts is under way."""


@dataclass(frozen=True, slots=True)
class Chooses:
    """The lead takes an offered time, by a tap or in words."""

    offered: Offered
    message_id: str
    texts: tuple[str, ...] = ()
    """Empty for a tap."""
    taken_meanwhile: bool = False
    """Somebody else gets the time just before."""


@dataclass(frozen=True, slots=True)
class TapsButton:
    """The lead taps a reply button, or the row "none of these"."""

    message_id: str
    row_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """The lead puts the phone away."""

    why: str


Act = Says | Chooses | TapsButton | Leaves


@dataclass
class Mind:
    """What a lead remembers of the talk."""

    script: Script
    chosen: Moment | None = None
    """The time that it took last."""
    ever_chosen: list[Moment] = field(default_factory=list)
    area: str = ""
    """Where it wants to live, after it changed its mind."""
    budget: int = 0
    """Thousands, after it changed its mind."""
    heard: int = 0
    times_asked: dict[str, int] = field(default_factory=dict)
    offers: int = 0
    done: set[str] = field(default_factory=set)
    silences: int = 0

    def __post_init__(self) -> None:
        self.area, self.budget = self.script.area, self.script.budget

    def opens(self) -> Act:
        """Answer our first message."""
        script = self.script
        if script.wish == "foreign":
            return self._foreign()
        if script.wish in FAREWELLS:
            return self._line(FAREWELLS[script.wish], mark="farewell")
        if script.wish == "stop" and self._draw("opens with stop").random() < 0.5:
            return self._stop()
        if script.wish in REQUESTS and self._draw("asks at once").random() < 0.5:
            return self._request()
        return Says(opening(script))

    def hears(self, messages: list[Heard]) -> Act:
        """Say what the lead does after our messages; an empty list is silence."""
        self.heard += len(messages)
        if "stopped" in self.done or "said farewell" in self.done:
            return self._after_the_end()
        if self.script.wish == "foreign":
            return Leaves("said what it had to say")
        if self.script.wish == "stop":
            return self._stop()
        if self.script.wish in REQUESTS:
            return Leaves("waits for a person") if "requested" in self.done else self._request()
        if not messages:
            return self._waits()
        self.silences = 0
        if self.heard > self.script.patience:
            return Leaves("lost patience")
        last = messages[-1]
        if self.chosen is not None and not last.offered:
            return self._with_a_meeting(messages)
        if last.offered:
            return self._offered(last)
        if last.question is not None:
            return self._asked(last, last.question)
        return self._nothing_asked()

    def _asked(self, message: Heard, question: str) -> Act:
        script = self.script
        asked = self.times_asked[question] = self.times_asked.get(question, 0) + 1
        if asked > 2:
            return Leaves(f"was asked for {question} three times")
        if script.surprise == "asks_if_bot" and "bot" not in self.done:
            return self._line("bot")
        if script.surprise == "corrects" and question == "timeline" and "corrected" not in self.done:
            return self._correct()
        if script.taps and message.buttons:
            return self._button(message, question)
        said = answer(question, script)
        if script.surprise == "interrupts" and len(self.times_asked) == 2 and "interrupted" not in self.done:
            self.done.add("interrupted")
            return Says(said, interrupting=self._draw("aside").choice(lines(script.language).aside))
        return Says(said)

    def _button(self, message: Heard, question: str) -> Act:
        """Tap the button that fits: the first for yes or soon, the second for no or later."""
        first = self.script.soon if question == "timeline" else self.script.financed
        place = 0 if first else min(1, len(message.buttons) - 1)
        return TapsButton(message.message_id, *message.buttons[place])

    def _correct(self) -> Says:
        """Change the mind about the area or the budget; what counts from then on is the new one."""
        self.done.add("corrected")
        script, spoken, chance = self.script, lines(self.script.language), self._draw("correction")
        if chance.random() < 0.5:
            self.area = chance.choice([each for each in spoken.areas if each != script.area])
            return Says((fill(chance.choice(spoken.correct_area), script, area=self.area),))
        self.budget = chance.choice([each for each in sorted(spoken.thousands) if each != script.budget])
        return Says((fill(chance.choice(spoken.correct_budget), script, thousands=self.budget),))

    def _offered(self, message: Heard) -> Act:
        script, spoken = self.script, lines(self.script.language)
        self.offers += 1
        if script.wish == "browses":
            return self._line("browse", mark=None) if "browse" not in self.done else Leaves("only looked")
        suits = any(each.weekday == script.weekday for each in message.offered)
        if script.wish == "viewing_later" and self.offers == 1 and not suits:
            chance = self._draw("other time")
            named = {"weekday": spoken.weekdays[script.weekday - 1], "part": spoken.parts[script.part]}
            return Says(written(fill(chance.choice(spoken.other_time), script, **named), script, chance))
        if self.offers > 4:
            return Leaves("was offered times again and again")
        offered = self._liked(message)
        taken = script.surprise == "slot_taken" and "lost a slot" not in self.done
        if taken:
            self.done.add("lost a slot")
        self.chosen = offered.moment
        self.ever_chosen += [offered.moment] if offered.moment else []
        if script.taps and offered.row_id is not None:
            return Chooses(offered, message.message_id, taken_meanwhile=taken)
        return Chooses(offered, message.message_id, (self._chosen_in_words(offered, message),), taken_meanwhile=taken)

    def _liked(self, message: Heard) -> Offered:
        """Who asked for a day takes a time of that day, if there is one; others take the one they like."""
        that_day = [each for each in message.offered if each.weekday == self.script.weekday]
        if self.script.wish == "viewing_later" and that_day:
            return that_day[0]
        return message.offered[self.script.picks % len(message.offered)]

    def _chosen_in_words(self, offered: Offered, message: Heard) -> str:
        spoken, chance = lines(self.script.language), self._draw(f"choice {self.offers}")
        weekday = spoken.weekdays[(offered.weekday or 1) - 1]
        moment = offered.moment
        same = [each for each in message.offered if each.weekday == offered.weekday and each.moment is not None]
        clear = moment is not None and sum(each.moment.time == moment.time for each in same if each.moment) == 1
        wording = chance.choice([each for each in spoken.choose if clear or "{time}" not in each])
        words = fill(
            wording,
            self.script,
            ordinal=spoken.ordinals[offered.place - 1],
            weekday=weekday,
            time=moment.time if moment else "",
            n=str(offered.place),
        )
        return slipped(words, self.script, chance) if self.script.manner == "typos" else words

    def _with_a_meeting(self, messages: list[Heard]) -> Act:
        """The lead has chosen, and reads what became of it."""
        surprise, last = self.script.surprise, messages[-1]
        if last.moment != self.chosen:
            if last.question is not None:
                return self._asked(last, last.question)
            return Leaves("was not told that the time is booked")
        for each, line in (("moves", "move"), ("cancels", "cancel")):
            if surprise == each and line not in self.done:
                return self._line(line)
        if surprise == "stops_after_booking":
            return self._stop()
        return self._line("thanks") if "thanks" not in self.done else Leaves("has a meeting")

    def _nothing_asked(self) -> Act:
        """We asked nothing: who wants a viewing says so once."""
        if self.script.wants_viewing and "visit" not in self.done:
            return self._line("visit")
        return Leaves("was asked nothing more")

    def _waits(self) -> Act:
        """Nothing came."""
        self.silences += 1
        booked = self.chosen is not None and ("thanks" in self.done or "cancel" in self.done)
        if self.silences > 1 or booked or self.script.wish == "browses":
            return Leaves("heard nothing more")
        return self._line("nudge")

    def _after_the_end(self) -> Act:
        """Some write once more after they said goodbye, and must not be answered."""
        again = self._draw("once more").random() < 0.5
        if again and "stopped" in self.done and "after_stop" not in self.done and self.script.wish != "foreign":
            return self._line("after_stop")
        return Leaves("said goodbye")

    def _request(self) -> Says:
        self.done.add("requested")
        return self._line(REQUESTS[self.script.wish])

    def _stop(self) -> Says:
        self.done.add("stopped")
        return self._line("stop", mark="stop")

    def _foreign(self) -> Says:
        few, chance = other_lines()[self.script.language], self._draw("foreign")
        if chance.random() < 0.5:
            self.done.add("stopped")
            return Says((chance.choice(few.stop),), "stop")
        return Says((chance.choice(few.keen),))

    def _line(self, name: str, mark: Mark | None = None) -> Says:
        self.done.add(name)
        if mark == "farewell":
            self.done.add("said farewell")
        chance = self._draw(f"line {name}")
        wordings: list[str] = getattr(lines(self.script.language), name)
        text = fill(chance.choice(wordings), self.script)
        return Says(written(text, self.script, chance), mark)

    def _draw(self, purpose: str) -> Random:
        return self.script.draw(purpose)


def stops(script: Script) -> bool:
    """Whether the lead asks not to be written to, sooner or later."""
    if script.wish == "foreign":
        return script.draw("foreign").random() < 0.5
    return script.wish == "stop" or script.surprise == "stops_after_booking"
