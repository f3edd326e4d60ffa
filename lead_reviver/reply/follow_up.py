"""What a follow-up says: a few words of the playbook, and the open question in other words, with its buttons.

Pure. The question's fixed wording ends the text, so that the responder knows what a later answer is an answer to.
"""

from __future__ import annotations

from msgspec.structs import replace

from lead_reviver.decide.conversation import Conversation, Decision, Turn
from lead_reviver.errors import BadInput
from lead_reviver.reply.answering import buttons_of, filled
from lead_reviver.reply.checks import check_reply
from lead_reviver.reply.playbook import Playbook, Question


def follow_up(conversation: Conversation, playbook: Playbook, asked: str, language: str, number: int) -> Decision:
    """Write the follow-up of this number (1 is the first) about a field that was asked for.

    Raises `BadInput` when the playbook has no such follow-up, field or language, and `ReplyRefused` for a text that
    fails a check.
    """
    question = next((each for each in playbook.questions if each.field == asked), None)
    if question is None:
        raise BadInput(f"The playbook {playbook.name!r} does not ask for {asked!r}.")
    if number > len(playbook.follow_ups) or language not in playbook.languages:
        raise BadInput(f"The playbook {playbook.name!r} has no follow-up {number} in {language!r}.")
    opening = filled(playbook.follow_ups[number - 1].text[language], conversation, playbook)
    decision = Decision(
        "answer",
        f"Follows up on {asked}: the lead has not answered.",
        text=f"{opening} {_other_words(conversation, question, language)}",
        buttons=buttons_of(question, language),
        language=language,
        intent="follow_up",
        asked=asked,
    )
    return replace(decision, checks=check_reply(decision, Turn("", conversation, []), playbook))


def _other_words(conversation: Conversation, question: Question, language: str) -> str:
    """Return the wording of the question that our last message did not use."""
    first, second = question.ask[language]
    last = next((line.text for line in reversed(conversation.history) if line.direction == "out"), None)
    return first if last is not None and last.endswith(second) else second
