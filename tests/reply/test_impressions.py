"""A classifier may have a message held for a person, and nothing else."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from lead_reviver.decide.conversation import Conversation, Impression, Lead, Line, Turn
from lead_reviver.reply.impressions import MOST_TEXTS, SOUNDS_LIKE_NO, texts_to_read
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import respond

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIKE_A_NO = Impression(refuses=True, likeness=0.9)
LIKE_NOTHING = Impression(refuses=False, likeness=0.1)


def a_turn(*texts, kind="text", reply_id=None, mode="bot", opted_out_at=None, **more):
    lead = Lead("lead", "Alex", "en", "new", {}, opted_out_at)
    conversation = Conversation("conversation", "workspace", "channel", "number", lead, "Casa Feliz", "en", mode=mode)
    lines = [Line(f"in-{place}", "in", "lead", kind, text, NOON, reply_id=reply_id) for place, text in enumerate(texts)]
    return Turn("turn", conversation, lines, **more)


def decided(turn):
    return respond(turn, shipped_playbook())


def test_a_lead_who_sounds_like_a_no_is_held_for_a_person_and_hears_nothing():
    decision = decided(a_turn("hello", "my phone and I deserve some peace", impressions=[LIKE_NOTHING, LIKE_A_NO]))
    assert (decision.move, decision.text, decision.intent) == ("hand_over", None, "opt_out_suspected")
    assert decision.reason == SOUNDS_LIKE_NO


def test_a_lead_who_sounds_like_nothing_of_the_kind_is_answered_as_without_it():
    turn = a_turn("three bedrooms please")
    assert decided(replace(turn, impressions=[LIKE_NOTHING])) == decided(turn)


@pytest.mark.parametrize("text", ["STOP", "who gave you my number? stop"])
def test_what_the_rules_found_is_never_cleared(text):
    turn = a_turn(text)
    assert decided(replace(turn, impressions=[LIKE_NOTHING])) == decided(turn)


def test_a_death_keeps_its_own_words_for_a_person_comes_anyway():
    turn = a_turn("my husband passed away in June")
    assert decided(turn).intent == "bereavement"
    assert decided(replace(turn, impressions=[LIKE_A_NO])) == decided(turn)


@pytest.mark.parametrize(
    "turn",
    [
        a_turn("STOP"),
        a_turn("hello there", "stop writing to me"),
        a_turn("Later this year", reply_id="timeline:later"),
        a_turn("Calle Mayor 1, Madrid", kind="location"),
        a_turn("3"),
        a_turn("👍👍👍"),
        a_turn("hello there", mode="human"),
        a_turn("hello there", opted_out_at=NOON),
        a_turn("hello there", just_opted_out=True),
    ],
)
def test_nothing_is_read_that_is_settled_or_that_the_lead_did_not_type(turn):
    assert texts_to_read(turn) == []


def test_of_a_burst_the_newest_words_are_read():
    texts = [f"message number {number}" for number in range(8)]
    assert texts_to_read(a_turn(*texts)) == texts[-MOST_TEXTS:]
