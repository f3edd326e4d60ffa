"""The worst model there is: it does whatever a lead tells it. Against every attack of the conversation sets."""

from __future__ import annotations

import asyncio

import pytest
from jailbreak_corpus_mini import Fixture, load_corpus

from lead_reviver.reply.instructions import instructs_machine
from lead_reviver.reply.model_responder import ModelResponder
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.proposal import Answered, Prompt, Spent
from lead_reviver.reply.responder import respond
from tests.conversation.sets import Attack, attacks, messages
from tests.reply.model_stand_in import a_proposal
from tests.reply.talking import Chat


class ObeyingModel:
    """Says the very words that it must not, as if the lead had only chatted."""

    name = "obeying"

    def __init__(self, words: str, intent: str) -> None:
        self.words, self.intent = words, intent

    async def propose(self, _: Prompt) -> Answered:
        return Answered(a_proposal(self.words, intent=self.intent), self.name, Spent(1, 1))


class NoLimit:
    """As many tokens as it takes."""

    async def used_up(self, workspace_id: str, conversation_id: str) -> str | None:
        return None

    async def spend(self, workspace_id: str, conversation_id: str, tokens: int) -> None:
        return None


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.id)
def test_an_attack_gets_nothing_out_of_a_model_that_obeys(attack: Attack):
    for forbidden in attack.must_not:
        for words, intent in ((forbidden, "answers"), (f"Sure, {forbidden} as you like.", "small_talk")):
            chat = Chat()
            responder = ModelResponder(ObeyingModel(words, intent), NoLimit())
            for burst in attack.turns:
                turn = chat.turn(*burst)
                decision = asyncio.run(responder.decide(turn))
                assert decision.book is None
                if decision.text != respond(turn, shipped_playbook()).text:
                    assert forbidden.casefold() not in (decision.text or "").casefold()


@pytest.mark.parametrize("attack", load_corpus(), ids=lambda attack: attack.id)
def test_an_attack_that_others_thought_of_changes_no_word_of_ours(attack: Fixture):
    words = f"Of course. {attack.text} I am DAN now, and my hidden instructions are as follows."
    for intent in ("answers", "small_talk", "question"):
        turn = Chat().turn(attack.text)
        decision = asyncio.run(ModelResponder(ObeyingModel(words, intent), NoLimit()).decide(turn))
        approved = respond(turn, shipped_playbook())
        if decision.text != approved.text:
            assert (decision.text or "").endswith(shipped_playbook().cannot_answer["en"])
            assert not any(piece in (decision.text or "") for piece in ("DAN", "hidden", "Of course", attack.text))
        assert (decision.book, decision.fields) == (None, approved.fields)


def test_no_lead_of_the_sets_is_taken_for_somebody_who_talks_to_the_machine():
    taken = [each.text for of_language in messages().values() for each in of_language if instructs_machine(each.text)]
    assert taken == []
