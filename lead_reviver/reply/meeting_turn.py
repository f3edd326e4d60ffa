"""What a turn says about meetings, and how times are offered and repeated.

Pure. Times come from the calendar alone: what can be booked is a slot that was offered in our last message, or one that
the lead tapped and that is still there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal
from zoneinfo import ZoneInfo

from lead_reviver.decide.asks import asks_for_a_person
from lead_reviver.decide.conversation import Appointment, Button, Choices, Line, SlotWish, Turn
from lead_reviver.decide.patterns import Words
from lead_reviver.decide.text import clauses, plain
from lead_reviver.reply.choosing import Reading, read_choice
from lead_reviver.reply.meeting_talk import (
    LANGUAGES,
    in_full,
    in_line,
    in_row,
    meeting_talk,
    says_of_meeting,
)
from lead_reviver.reply.playbook import MeetingKind, Playbook
from lead_reviver.reply.talk import says, talk
from lead_reviver.reply.understand import is_question, patterns, sentences

NONE_OF_THESE: Final = "slot:none"
_SLOT: Final = "slot:"

Intro = Literal["offer", "other", "not_then", "gone"]


@dataclass(frozen=True)
class Wants:
    """The lead wants times to choose from."""

    wish: SlotWish
    intro: Intro
    unclear: bool = False
    """It was not clear which one was meant: the same are offered once more."""


@dataclass
class MeetingTurn:
    """What the messages of one turn say about meetings."""

    turn: Turn
    playbook: Playbook
    language: str
    chosen: list[Appointment] = field(default_factory=list)
    taken_sentences: set[str] = field(default_factory=set)
    """They are about meetings and answer nothing else."""
    refuses: bool = False
    is_gone: bool = False
    cancels: bool = False
    moves: bool = False
    cannot_come: bool = False
    asks_when: bool = False
    unclear: bool = False
    doubts: bool = False
    asks_choice: bool = False
    """The choice came as a question: "the first?"."""
    says_more: bool = False
    """Something else was said that is neither about meetings nor mere politeness."""
    named: list[Reading] = field(default_factory=list)
    wanted: MeetingKind | None = None
    only_chatter: bool = True

    def __post_init__(self) -> None:
        for line in self.turn.messages:
            if line.reply_id is not None and line.reply_id.startswith(_SLOT):
                self._tapped(line.reply_id, line.text or "")
                continue
            self.only_chatter = self.only_chatter and bool(line.text)
            for sentence in sentences(line.text or ""):
                self._said(sentence, line)

    @property
    def choice(self) -> Appointment | None:
        """The slot that the lead chose beyond doubt."""
        different = {each.id: each for each in self.chosen}
        asks = self.asks_choice and self.says_more  # "the first? my wife ..."
        doubts = asks or self.doubts or self.refuses or self.unclear or self.cancels or self.moves or self.cannot_come
        return next(iter(different.values())) if len(different) == 1 and not doubts else None

    @property
    def wants(self) -> Wants | None:
        """What the lead wants to choose from; None when the turn asks for no times."""
        calendar = self.turn.calendar
        kind = self._kind()
        if kind is None:
            return None
        if self.is_gone:
            return Wants(SlotWish(kind), "gone")
        weekdays = list(dict.fromkeys(day for each in self.named if not each.negative for day in each.weekdays))
        part = next((each.part for each in self.named if each.part and not each.negative), None)
        times = list(dict.fromkeys(each for named in self.named if not named.negative for each in named.times))
        if self.offer_is_open and (self.refuses or weekdays or part or times) and not self.chosen:
            return Wants(SlotWish(kind, weekdays, part, times, instead=True), "other")
        if (self.moves or self.cannot_come) and calendar.booked is not None:
            return Wants(SlotWish(kind, weekdays, part, times), "other")
        if self.wanted is not None:
            return Wants(SlotWish(self.wanted.kind, weekdays, part, times), "offer")
        if self.offer_is_open and (self.unclear or self.chosen):
            return Wants(SlotWish(kind), "offer", unclear=True)
        return None

    @cached_property
    def offer_is_open(self) -> bool:
        """Whether our last message offers just the slots that are held now, so that "the second" is clear."""
        last, calendar = self._last_offer, self.turn.calendar
        if last is None or not calendar.offered:
            return False
        line, language = last
        return all(
            in_line(place, slot, calendar.time_zone, language) in (line.text or "")
            for place, slot in enumerate(calendar.offered, 1)
        )

    @property
    def offer_is_last(self) -> bool:
        """Whether our last message offers slots, whatever became of them since."""
        return self._last_offer is not None

    @cached_property
    def _last_offer(self) -> tuple[Line, str] | None:
        """Our last message and its language, if it is an offer."""
        last = next((line for line in reversed(self.turn.conversation.history) if line.direction == "out"), None)
        language = next((each for each in LANGUAGES if last is not None and _offers(last, each)), None)
        return (last, language) if last is not None and language is not None else None

    @property
    def offers_in_a_row(self) -> int:
        """How many of our last messages were offers, without a break."""
        row = 0
        for line in reversed(self.turn.conversation.history):
            if line.direction == "out":
                if not any(_offers(line, each) for each in LANGUAGES):
                    break
                row += 1
        return row

    @property
    def was_offered(self) -> bool:
        """Whether the conversation's recent history holds an offer."""
        return any(_offers(line, each) for line in self.turn.conversation.history for each in LANGUAGES)

    def offer(self, found: list[Appointment], wants: Wants, again: bool) -> tuple[str, Choices]:
        """Return the text that offers slots, and the list under it."""
        words, zone = meeting_talk(self.language), self.turn.calendar.time_zone
        intro = wants.intro
        asked_days = set(wants.wish.weekdays)
        if asked_days and not any(_weekday(each, zone) in asked_days for each in found):
            intro = "not_then"
        opening = getattr(words, intro).replace("{meeting}", self.title(wants.wish.kind))
        return offer_of(opening, found, zone, self.language, again)

    def say(self, text: Literal["booked", "moved", "cancelled", "reminder"], meeting: Appointment) -> str:
        """Return a text about one meeting, with its date in the lead's own time."""
        words, zone = meeting_talk(self.language), self.turn.calendar.time_zone
        agent = words.with_.replace("{agent}", meeting.agent) if meeting.agent else ""
        return (
            str(getattr(words, text))
            .replace("{meeting}", self.title(meeting.kind))
            .replace("{when}", in_full(meeting.starts_at, zone, self.language))
            .replace("{with}", agent)
        )

    def title(self, kind: str) -> str:
        """Return what a kind of meeting is called, e.g. "a viewing"."""
        return title_of(self.playbook, kind, self.language)

    @property
    def wants_again(self) -> Wants | None:
        """What to offer a lead whose answer to an offer was not understood; None where nothing was offered."""
        kind = self._kind()
        if kind is None or not self.offer_is_last or self.only_chatter:
            return None
        return Wants(SlotWish(kind), "offer" if self.offer_is_open else "gone", unclear=self.offer_is_open)

    def _kind(self) -> str | None:
        calendar = self.turn.calendar
        if self.wanted is not None:
            return self.wanted.kind
        if calendar.offered:
            return calendar.offered[0].kind
        if calendar.booked is not None:
            return calendar.booked.kind
        return self.playbook.meetings[0].kind if self.playbook.meetings else None

    def _tapped(self, reply_id: str, title: str) -> None:
        calendar = self.turn.calendar
        self.taken_sentences.update(sentences(title))
        self.only_chatter = False
        if reply_id == NONE_OF_THESE:
            self.refuses = True
            return
        known = [*calendar.offered, *([calendar.booked] if calendar.booked else [])]
        slot = next((each for each in known if f"{_SLOT}{each.id}" == reply_id), None)
        if slot is None:
            self.is_gone = True
        else:
            self.chosen.append(slot)

    def _said(self, sentence: str, line: Line) -> None:
        booked = self.turn.calendar.booked
        agrees = self.offer_is_open and says("yes", Words.of(plain(sentence)), self.language)
        if self.offer_is_open and (self._read(sentence, line) or agrees):
            self.unclear = self.unclear or not (self.chosen or self.refuses or self.named)
            self.taken_sentences.add(sentence)
            self.only_chatter = False
            return
        if self._is_chatter(sentence):
            return
        self.only_chatter = False
        kind = self._asked_kind(sentence)
        if says_of_meeting("cancel", sentence, self.language) and (booked is not None or self._names_meeting(sentence)):
            self.cancels = True
        elif says_of_meeting("move", sentence, self.language) and (booked is not None or self._names_meeting(sentence)):
            self.moves = True
            self._name_times(sentence, line)
        elif booked is not None and says_of_meeting("cannot", sentence, self.language):
            self.cannot_come = True
            self._name_times(sentence, line)
        elif says_of_meeting("when", sentence, self.language) and booked is not None:
            self.asks_when = True
        elif kind is not None:
            self.wanted = kind
            self._name_times(sentence, line)
        else:
            self.says_more = True
            return
        self.taken_sentences.add(sentence)

    def _read(self, sentence: str, line: Line) -> bool:
        """Take what a sentence says about the open offer; False when it says nothing about it."""
        calendar = self.turn.calendar
        reading = read_choice(sentence, calendar.offered, calendar.time_zone, self.language, line.sent_at)
        if reading.choice is not None:
            self.chosen.append(reading.choice)
            self.asks_choice = self.asks_choice or is_question(sentence, self.language)
            return True
        if asks_for_a_person(sentence):
            return False
        if says_of_meeting("none", sentence, self.language):
            self.refuses = True
            self.named.append(reading)
            return True
        either = f" {talk(self.language).or_} " in plain(sentence)
        if not reading.names_time:
            self.doubts = self.doubts or reading.negative or either  # "no wait, let me check", "or? the first"
            return False
        if reading.negative:
            self.refuses = True
        elif (
            is_question(sentence, self.language)
            and not reading.weekdays
            and not reading.part
            and not reading.times
            and not reading.clear
        ):
            self.doubts = self.doubts or either
            return False  # "is the second one in the centre?"
        elif reading.clear and reading.slots:
            self.unclear = True  # "Tuesday", and two of them are on a Tuesday
        elif reading.weekdays or reading.part or reading.times:
            self.named.append(reading)
            self.unclear = self.unclear or bool(reading.slots)
        else:
            self.unclear = True
        return True

    def _name_times(self, sentence: str, line: Line) -> None:
        self.named.append(
            read_choice(sentence, [], self.turn.calendar.time_zone, self.language, line.sent_at),
        )

    def _asked_kind(self, sentence: str) -> MeetingKind | None:
        words = Words.of(plain(sentence))
        for each in self.playbook.meetings:
            if patterns(tuple(each.words.get(self.language, ()))).match(words):
                return each
        return None

    def _is_chatter(self, sentence: str) -> bool:
        return all(says("chatter", Words.of(f" {each} "), self.language) for each in clauses(plain(sentence)))

    def _names_meeting(self, sentence: str) -> bool:
        words = plain(sentence)
        names = ("meeting", "viewing", "appointment", "visit", "cita", "visita", "reunion", "reuniao", "marcacao")
        return any(f" {each} " in words for each in names)


def offer_of(
    opening: str, found: list[Appointment], zone: str, language: str, again: bool = False
) -> tuple[str, Choices]:
    """Return a text that offers these slots after its opening, and the list under it."""
    words = meeting_talk(language)
    lines = [in_line(place, each, zone, language) for place, each in enumerate(found, 1)]
    rows = [Button(f"{_SLOT}{each.id}", in_row(each, zone, language)) for each in found]
    rows.append(Button(NONE_OF_THESE, words.none_title))
    return "\n".join([opening, *lines, words.ask[1 if again else 0]]), Choices(words.list_button, rows)


def title_of(playbook: Playbook, kind: str, language: str) -> str:
    """Return what a kind of meeting is called, e.g. "a viewing"."""
    for each in playbook.meetings:
        if each.kind == kind and language in each.title:
            return each.title[language]
    return {"en": "a meeting", "es": "una cita", "pt": "uma reunião"}.get(language, kind)


def _offers(line: Line, language: str) -> bool:
    if line.direction != "out" or line.author != "bot" or line.text is None:
        return False
    return line.text.endswith(tuple(meeting_talk(language).ask))


def _weekday(slot: Appointment, zone: str) -> int:
    return slot.starts_at.astimezone(ZoneInfo(zone)).isoweekday()
