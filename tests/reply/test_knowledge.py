"""What a lead asks is answered from the playbook while that is true; what cannot be had is never named."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from lead_reviver.decide.conversation import Appointment, Decision, FieldValue
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.knowledge import matching
from lead_reviver.reply.model_checks import check_proposed
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import PlaybookResponder
from tests.reply.talking import NOON, Chat

BUYERS = shipped_playbook()
COSTS = "A viewing costs nothing and commits you to nothing."


def chat_with(playbook=BUYERS, **more):
    async def find(_):
        return playbook

    chat = Chat(playbook_id="playbook-1", **more)
    chat.responder = PlaybookResponder(find)
    return chat


def knowing(**changes):
    return replace(BUYERS, knowledge=replace(BUYERS.knowledge, **changes))


def with_fact(**changes):
    first, *others = BUYERS.knowledge.facts
    return knowing(facts=[replace(first, **changes), *others])


def with_listing(listing_id, **changes):
    listings = [replace(each, **changes) if each.id == listing_id else each for each in BUYERS.knowledge.listings]
    return knowing(listings=listings)


def test_a_lead_who_asks_what_the_playbook_knows_is_answered_and_asked_on():
    decision = chat_with().decide("What are your opening hours?")
    assert decision.move == "answer"
    assert "open Monday to Friday from 9:00 to 19:00. How many bedrooms" in decision.text
    assert decision.asked == "bedrooms"


def test_a_lead_who_asks_beside_an_answer_gets_both():
    chat = chat_with()
    chat.says("Hello")
    decision = chat.decide("2 bedrooms. Do buyers pay your commission?")
    assert decision.text.startswith("Two bedrooms, noted. Buyers pay us nothing")
    assert chat.known["bedrooms"] == 2


def test_a_lead_who_asks_one_thing_too_many_gets_a_person_for_the_rest():
    decision = chat_with().decide("What are your opening hours? Is there a lift for my piano?")
    assert decision.move == "hand_over"
    assert "from 9:00 to 19:00. Good question" in decision.text


def test_a_fact_that_has_run_out_is_not_told_any_more():
    last_day = with_fact(valid_until=NOON.date())
    assert "19:00" in chat_with(last_day).says("What are your opening hours?")
    over = with_fact(valid_until=date(2026, 11, 21))
    decision = chat_with(over).decide("What are your opening hours?")
    assert decision.move == "hand_over"
    assert "19:00" not in decision.text


def test_a_lead_who_asks_what_a_viewing_costs_hears_it_with_the_times():
    chat = chat_with()
    at_ten = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    chat.free = [[Appointment("a", "viewing", at_ten, at_ten, "Sam")]]
    text = chat.says("Do viewings cost anything?")
    assert f"{COSTS} " in text
    assert "11:00" in text


def test_a_lead_who_asks_while_times_are_offered_keeps_the_offer():
    chat = chat_with()
    at_ten = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    slots = [Appointment("a", "viewing", at_ten, at_ten, "Sam")]
    chat.free = [slots, slots]
    chat.says("Can I book a viewing?")
    decision = chat.decide("What are your opening hours?")
    assert "19:00" in decision.text
    assert decision.choices is not None
    assert chat.decide("The first one").book == "a"


def test_a_doubt_is_answered_once_and_then_a_person_comes():
    chat = chat_with()
    first = chat.decide("Prices are so high at the moment")
    assert (first.move, first.intent) == ("answer", "objects")
    assert "looking costs nothing" in first.text
    assert chat.decide("But prices are so high").move == "hand_over"


@pytest.mark.parametrize(
    "said", ["I already bought one, prices are so high here", "not interested, prices are so high"]
)
def test_a_lead_who_is_done_is_not_talked_round(said):
    decision = chat_with().decide(said)
    assert decision.intent in ("already_bought", "not_interested")
    assert "looking costs nothing" not in decision.text


def test_a_lead_who_asks_for_a_home_that_is_there_hears_its_price_as_it_is_written():
    decision = chat_with().decide("Is Calle Luna 8 still available?")
    assert "Calle Luna 8, Ruzafa (two bedrooms, €285,000)" in decision.text
    assert "285.000 €" in chat_with(language="es").says("¿Sigue disponible Calle Luna 8?")
    in_pounds = with_listing("VAL-101", currency="GBP")
    assert "£285,000" in chat_with(in_pounds).says("Is Calle Luna 8 still available?")


def test_a_lead_who_asks_for_a_sold_home_hears_so_and_what_fits_instead():
    chat = chat_with()
    chat.fields = {
        "bedrooms": FieldValue(2, "2", "m"),
        "budget": FieldValue({"min_minor": None, "max_minor": 25000000, "currency": "EUR"}, "250k", "m"),
    }
    decision = chat.decide("Is Plaza Alta 3 still available?")
    assert "That one is not available, I'm sorry. This is available now: Calle Norte 21, Benimaclet" in decision.text
    assert "Plaza Alta" not in decision.text
    assert "Calle Luna" not in decision.text, "over the budget"


@pytest.mark.parametrize("status", ["sold", "reserved"])
def test_a_visit_to_a_home_that_is_gone_is_not_offered(status):
    playbook = with_listing("VAL-101", status=status)
    decision = chat_with(playbook).decide("Can I visit Calle Luna 8 tomorrow?")
    assert decision.wants_slots is None
    assert "Calle Luna" not in decision.text


def test_a_home_whose_entry_is_out_of_date_is_for_a_person():
    playbook = with_listing("VAL-101", valid_until=date(2026, 11, 21))
    decision = chat_with(playbook).decide("Is Calle Luna 8 still available?")
    assert decision.move == "hand_over"
    assert "Calle Luna" not in decision.text


def test_a_lead_who_asks_what_there_is_gets_at_most_three_that_fit():
    text = chat_with().says("What do you have?")
    assert text.count(";") == 2
    assert "Plaza Alta" not in text
    chat = chat_with()
    chat.fields = {"area": FieldValue("Benimaclet", "Benimaclet", "m")}
    assert "available now: Calle Norte 21, Benimaclet (two bedrooms, €210,000). " in chat.says("What do you have?")
    chat.fields = {"area": FieldValue("Sevilla", "Sevilla", "m")}
    assert "nothing like that" in chat.says("What do you have?")


def test_another_currency_is_no_match():
    budget = {"min_minor": None, "max_minor": 99000000, "currency": "USD"}
    assert matching(BUYERS, {"budget": FieldValue(budget, "", "m")}, NOON.date()) == []


def test_no_text_names_what_is_gone_whoever_wrote_it():
    turn = Chat().turn("?")
    for text in ("Plaza Alta 3 is lovely.", "What about the PLAZA ALTA?", "VAL-102, perhaps."):
        with pytest.raises(ReplyRefused, match="listing_truth"):
            check_reply(Decision("answer", "", text=text), turn, BUYERS)
        with pytest.raises(ReplyRefused, match="listing_truth"):
            check_proposed(text, Decision("answer", "", text=text, language="en"), turn, BUYERS)
    check_reply(Decision("answer", "", text="Calle Luna 8 is there."), turn, BUYERS)


@pytest.mark.parametrize("text", ["This is your last chance!", "Hurry up, please.", "Es una ganga."])
def test_a_banned_word_is_never_said_in_any_language(text):
    with pytest.raises(ReplyRefused, match="never_say"):
        check_reply(Decision("answer", "", text=text), Chat().turn("?"), BUYERS)


def test_a_question_that_another_answer_makes_needless_is_not_asked():
    sellers = shipped_playbook("property_sellers")
    chat = chat_with(sellers)
    chat.fields = {"area": FieldValue("Sintra", "", "m"), "property_type": FieldValue("land", "", "m")}
    assert chat.decide("Hello").asked == "timeline"
    chat = chat_with(sellers)
    chat.fields = {"area": FieldValue("Sintra", "", "m"), "property_type": FieldValue("flat", "", "m")}
    assert chat.decide("Hello").asked == "bedrooms"


def test_a_playbook_words_its_own_endings():
    sellers = chat_with(shipped_playbook("property_sellers"))
    assert "Congratulations on the sale" in sellers.says("I already bought one")
