"""The playbook responder: greets, asks the playbook's questions in order, takes answers, and knows when to stop.

It is honest rather than clever: what it cannot answer goes to a person, and it says so. The same turn always gets the
same decision. What was asked before is read from the conversation itself, since every question has fixed wordings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Final

from msgspec.structs import replace

from lead_reviver.decide.asks import asks_for_a_person, asks_if_bot
from lead_reviver.decide.conversation import Conversation, Decision, FieldValue, Line, Turn
from lead_reviver.decide.language import detect_language
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.patterns import Words
from lead_reviver.decide.steering import asks_to_be_steered
from lead_reviver.decide.text import plain
from lead_reviver.decide.wishes import GRAVE, WISHES, Wish, wish_of
from lead_reviver.reply.answering import Answering, filled, times_asked
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.endings import ASKS_TO_BE_STEERED, REASONS, ending_text
from lead_reviver.reply.impressions import SOUNDS_LIKE_NO, sounds_like_no
from lead_reviver.reply.knowledge_turn import (
    BEFORE_OBJECTIONS,
    answer_from_knowledge,
    facts_asked_for,
    meet_objection,
    tell_what_is_gone,
)
from lead_reviver.reply.later import later_text, left_alone
from lead_reviver.reply.meetings import answer_about_meetings, book_choice, offer_again, offer_when_wanted
from lead_reviver.reply.playbook import Playbook, Question, shipped_playbook
from lead_reviver.reply.sent import NOT_SAID, answer_what_was_sent
from lead_reviver.reply.talk import says
from lead_reviver.reply.understand import (
    Answer,
    answer_by_button,
    answers_in,
    is_for_a_person,
    is_question,
    leading,
    sentences,
    spoken,
)

FindPlaybook = Callable[[str | None], Awaitable[Playbook]]
"""Finds the playbook that counts, by its id; the one that comes with us where there is none that can be used."""

_CONFIDENT: Final = 1.0
_NOT_KNOWN: Final = 0.5
"""The lead said not to know."""
_NOT_UNDERSTOOD: Final = 0.0
"""Asked twice, not understood; the lead's words are kept for a person to read."""


async def find_shipped(_: str | None) -> Playbook:
    """Find the playbook that comes with us, whichever is asked for: a `FindPlaybook` that needs no record."""
    return shipped_playbook()


class PlaybookResponder:
    """Answers turns by playbook, without a model. Implements the `Llm` port."""

    name = "playbook"
    instant = True

    def __init__(self, find_playbook: FindPlaybook = find_shipped) -> None:
        self._find_playbook = find_playbook

    async def decide(self, turn: Turn) -> Decision:
        """Decide about one turn. Raises what `find_playbook` raises, e.g. `TryAgainLater`."""
        return respond(turn, await self._find_playbook(turn.conversation.playbook_id))


def respond(turn: Turn, playbook: Playbook) -> Decision:
    """Decide about one turn by this playbook."""
    conversation = turn.conversation
    said = " \n".join(line.text for line in turn.messages if line.text and line.kind not in NOT_SAID)
    language = _language(conversation, said, playbook)
    level = max((opt_out_level(line.text, line.reply_id) for line in turn.messages), default=OptOut.NONE)
    if turn.just_opted_out or (level is OptOut.HARD and conversation.lead.opted_out_at is None):
        return _checked(_stop_writing(playbook, language), turn, playbook)
    if conversation.lead.opted_out_at is not None:
        return Decision("stay_quiet", "The lead opted out.", language=language)
    if conversation.mode == "human":
        return Decision("stay_quiet", "A person answers this conversation.", language=language)
    if level is OptOut.SUSPECT or any(line.doubt == "maybe_no" for line in turn.messages):
        reason = "This may be a wish not to be written to; a person should read it."
        wish = _wish_of(turn, language)
        shown = wish if wish in GRAVE or wish == "asks_where_number_from" else "opt_out_suspected"
        return Decision("hand_over", reason, language=language, intent=shown)
    if turn.impressions and sounds_like_no(turn, _wish_of(turn, language)):
        return Decision("hand_over", SOUNDS_LIKE_NO, language=language, intent="opt_out_suspected")
    return _checked(_ByRules(turn, playbook, language).decision(), turn, playbook)


class _ByRules(Answering):
    """One turn being answered by the playbook alone."""

    @cached_property
    def wish(self) -> Wish | None:
        """What the turn's messages are about beside answers."""
        return _wish_of(self.turn, self.language)

    def decision(self) -> Decision:
        messages = self.turn.messages
        if self.language not in self.playbook.languages:
            self.parts.append(
                filled(_in(self.playbook.handover, self.language, self.playbook), self.turn.conversation, self.playbook)
            )
            self._understand(self.asked)
            intent = "answers" if self.wish is None else self.wish
            decision = self.hand_over("The lead writes in a language that this playbook does not speak.", intent)
            return left_alone(decision, self.turn, self.language) if self.wish == "not_now" else decision
        if self.wish is not None and self.wish in GRAVE:
            return self._end(self.wish)
        self.greet()
        asked = self.asked
        questions = self._understand(asked)
        texts = [line.text for line in messages if line.text]
        if (booking := book_choice(self, questions)) is not None:
            return booking
        if any(asks_for_a_person(each) and not asks_if_bot(each) for text in texts for each in sentences(text)):
            self.parts.append(self.say("handover"))
            return self.hand_over("The lead asked for a person.", "asks_for_person")
        if any(is_for_a_person(text, self.playbook) for text in texts):
            self.parts.append(self.say("handover"))
            return self.hand_over("The lead is on something that the playbook leaves to people.", "for_a_person")
        if self.wish == "asks_for_person":
            self.parts.append(self.say("handover"))
            return self.hand_over("The lead asked for a person.", "asks_for_person")
        if any(asks_to_be_steered(text) for text in texts):
            neutral = ending_text(ASKS_TO_BE_STEERED, self.language, self.playbook.endings)
            self.parts.append(neutral or self.say("cannot_answer"))
            return self.hand_over(REASONS[ASKS_TO_BE_STEERED][1], ASKS_TO_BE_STEERED)
        if (about_sent := answer_what_was_sent(self, self._noted)) is not None:
            return about_sent
        if self.wish == "asks_if_bot" or any(asks_if_bot(text) for text in texts):
            self.parts.append(self.say("honest_answer"))
            return self.ask_next("asks_if_bot")
        if (gone := tell_what_is_gone(self)) is not None:
            return gone
        if self.meeting.wants is not None:
            self.parts += facts_asked_for(self)
        if (about_meeting := answer_about_meetings(self)) is not None:
            return about_meeting
        if self.wish == "wants_meeting" and not self.learned and (offer := offer_when_wanted(self)) is not None:
            return offer
        if self.wish not in BEFORE_OBJECTIONS and (met := meet_objection(self, self._noted())) is not None:
            return met
        if self.wish is not None and self._ends_it(asked):
            return self._end(self.wish)
        if (known := answer_from_knowledge(self, questions, self._noted())) is not None:
            return known
        if questions:
            self.parts += [self._noted(), self.say("cannot_answer")]
            return self.hand_over("The lead asked something that is not in the playbook.", "question")
        if self.wish == "asks_question" and not self.learned:
            self.parts.append(self.say("cannot_answer"))
            return self.hand_over("The lead asked something that is not in the playbook.", "question")
        if not self.learned and (again := offer_again(self)) is not None:
            return again
        if asked is not None and self._is_open(asked):
            return self._not_understood(asked)
        self.parts.append(self._noted())
        return self.ask_next(self._intent(texts))

    def _is_open(self, asked: Question) -> bool:
        """Whether what was asked has to be asked in other words, or given up: it would be the same question again."""
        if asked.field in self.learned:
            return False
        return not self.learned or times_asked(self.turn.conversation, asked) > 1

    def _intent(self, texts: list[str]) -> str:
        if self.learned:
            return "answers"
        if self.wish == "greets":
            return "greets"
        agreed = any(says("yes", Words.of(plain(text)), self.language) for text in texts)
        return "answers" if agreed else "other"

    def _ends_it(self, asked: Question | None) -> bool:
        """Whether the wish decides the turn, rather than the answers beside it."""
        if self.wish == "wants_meeting":
            return not self.learned  # "three bedrooms would be good" answers the question
        if self.wish in ("cancels_meeting", "moves_meeting"):
            return True
        if self.wish not in REASONS:
            return False
        if asked is not None and asked.field in self.learned and self.wish in ("not_now", "not_interested", "thanks"):
            return False  # "not before the summer" answers "when would you like to move?"
        if self.wish == "thanks":
            open_questions = self.turn.calendar.booked is None and self.knows_everything()
            return not self.learned and asked is None and not open_questions
        return True

    def _end(self, wish: Wish) -> Decision:
        """End the turn in the wish's own way."""
        if wish not in REASONS:
            self.parts.append(self.say("handover"))
            return self.hand_over("The lead is on a meeting; a person should read it.", wish)
        if wish in GRAVE and wish != "abuse" and not self.has_written():
            self.parts.append(self.say("disclosure"))
        move, reason = REASONS[wish]
        text = ending_text(wish, self.language, self.playbook.endings)
        if wish == "not_now":
            text = later_text(self.turn, self.language, self.playbook)
        self.parts.append(text or "")
        if move == "hand_over":
            return self.hand_over(reason, wish)
        decision = Decision(
            "answer", reason, text=self.text(), language=self.language, intent=wish, fields=self.learned
        )
        return left_alone(decision, self.turn, self.language) if wish == "not_now" else decision

    def _understand(self, asked: Question | None) -> list[str]:
        """Take the answers; return the sentences that ask something and answer nothing."""
        open_questions: list[str] = []
        for line in self.turn.messages:
            if line.kind in NOT_SAID:
                continue
            if line.reply_id is not None:
                answer = answer_by_button(line.reply_id, self.playbook, line.text or "")
                if answer is not None:
                    self._learn(answer, line)
                    continue
            for sentence in sentences(line.text or ""):
                if asks_if_bot(sentence) or asks_for_a_person(sentence) or sentence in self.meeting.taken_sentences:
                    continue
                answers = answers_in(sentence, self.playbook, self.language, asked)
                for answer in answers:
                    self._learn(answer, line)
                if not answers and is_question(sentence, self.language):
                    open_questions.append(sentence)
        return open_questions

    def _learn(self, answer: Answer, line: Line) -> None:
        confidence = _NOT_KNOWN if answer.value is None else _CONFIDENT
        if answer.value is None and answer.field in self.learned:
            return
        sure = min(confidence, line.confidence)
        self.learned[answer.field] = FieldValue(answer.value, answer.said, line.message_id, sure)

    def _noted(self) -> str:
        """Repeat what was understood: "Two bedrooms, noted."."""
        facts = []
        unknown = False
        for question in self.playbook.questions:
            value = self.learned.get(question.field)
            if value is None:
                continue
            unknown = unknown or value.value is None
            fact = spoken(Answer(question.field, value.value, value.said), question, self.language)
            if fact:
                facts.append(fact)
        if facts:
            listed = ", ".join(facts)
            return self.say("noted").replace("{facts}", listed[:1].upper() + listed[1:])
        if not self.learned:
            return ""
        return self.say("no_problem" if unknown else "thanks")

    def _not_understood(self, asked: Question) -> Decision:
        """Ask once more in other words, then move on; after two questions in a row a person comes."""
        if times_asked(self.turn.conversation, asked) < 2:
            self.parts.append(self.say("not_understood"))
            return self.ask(asked, asked.ask[self.language][1], "not_understood")
        line = self.turn.messages[-1]
        self.learned[asked.field] = FieldValue(None, (line.text or "")[:200], line.message_id, _NOT_UNDERSTOOD)
        before = self._question_before(asked)
        known = self.turn.conversation.lead.fields
        if before is not None and before in known and known[before].confidence == _NOT_UNDERSTOOD:
            self.parts.append(self.say("handover"))
            return self.hand_over("Two answers in a row were not understood.", "not_understood")
        self.parts.append(self.say("no_problem"))
        return self.ask_next("not_understood")

    def _question_before(self, asked: Question) -> str | None:
        fields = [question.field for question in self.playbook.questions]
        place = fields.index(asked.field)
        return fields[place - 1] if place else None


def _language(conversation: Conversation, said: str, playbook: Playbook) -> str:
    prior = conversation.lead.language or conversation.workspace_language
    languages = (*playbook.languages, *playbook.handover, *playbook.opt_out_confirmation)
    return detect_language(said, languages, prior, known=conversation.lead.language is not None)


def _wish_of(turn: Turn, language: str) -> Wish | None:
    """Return what the turn's messages are about, the gravest first."""
    texts = [line.text for line in turn.messages if line.text and line.reply_id is None]
    found = {wish_of(text, language) for text in texts}
    if "asks_question" in found and not any("?" in text or _asks(text, language) for text in texts):
        found.discard("asks_question")
    return next((wish for wish in WISHES if wish in found), None)


def _asks(text: str, language: str) -> bool:
    """Whether a text without a question mark asks all the same: by the clause that leads it."""
    return any(wish_of(leading(each, language), language) == "asks_question" for each in sentences(text))


def _stop_writing(playbook: Playbook, language: str) -> Decision:
    text = _in(playbook.opt_out_confirmation, language, playbook)
    reason = "The lead asked not to be written to."
    return Decision("stop_writing", reason, text=text, language=language, intent="opt_out")


def _in(texts: dict[str, str], language: str, playbook: Playbook) -> str:
    return texts.get(language) or texts[playbook.languages[0]]


def _checked(decision: Decision, turn: Turn, playbook: Playbook) -> Decision:
    """Return the decision with the names of the checks its text passed.

    Where it fails one, approved words announce a person; where these fail too (said just before), nothing is said.
    """
    if decision.text is None:
        return decision
    try:
        return replace(decision, checks=check_reply(decision, turn, playbook))
    except ReplyRefused as refused:
        silent = replace(decision, text=None, buttons=[], asked=None, reason=f"{decision.reason} {refused}")
    if decision.move == "stop_writing":
        return silent
    text = filled(_in(playbook.handover, decision.language or "", playbook), turn.conversation, playbook)
    announced = replace(silent, move="hand_over", text=text)
    try:
        return replace(announced, checks=check_reply(announced, turn, playbook))
    except ReplyRefused:
        return replace(silent, move="hand_over")
