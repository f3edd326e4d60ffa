"""A lead and the bot agree on a time: offered, chosen, changed, called off, and never a minute that was not offered."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from lead_reviver.decide.conversation import Appointment, Decision, FieldValue, SlotWish
from lead_reviver.reply.checks import ReplyRefused, check_reply
from tests.reply.talking import Chat, a_line

MADRID = ZoneInfo("Europe/Madrid")
EVERYTHING = {
    name: FieldValue(value, "", None)
    for name, value in {"bedrooms": 2, "area": "Gràcia", "budget": None, "timeline": "soon", "financing": True}.items()
}


def a_slot(id_: str, wall: str, agent: str | None = "Marta López", kind: str = "viewing") -> Appointment:
    starts_at = datetime.fromisoformat(wall).replace(tzinfo=MADRID)
    return Appointment(id_, kind, starts_at, starts_at + timedelta(minutes=45), agent)


FIRST = [a_slot("a", "2026-11-24T10:00"), a_slot("b", "2026-11-24T17:00"), a_slot("c", "2026-11-27T09:30")]
LATER = [a_slot("d", "2026-11-30T10:00"), a_slot("e", "2026-12-01T16:00")]


def a_chat(language: str = "en", *free: list[Appointment], **known: FieldValue) -> Chat:
    """A lead who told us everything but whether the money is there."""
    chat = Chat(language=language, workspace_language=language)
    chat.fields = {**EVERYTHING, **known}
    chat.stage = "engaged"
    chat.free = list(free)
    chat.history = [a_line("hi"), replace(a_line("Hello."), direction="out", author="bot")]
    return chat


def an_offer(language: str = "en", *more: list[Appointment]) -> Chat:
    """A chat in which three times have just been offered."""
    chat = a_chat(language, FIRST, *more)
    asks = {"en": "Can I visit the flat?", "es": "Quiero visitar el piso", "pt": "Quero marcar uma visita"}
    assert chat.decide(asks[language]).choices is not None
    return chat


def tap(reply_id: str, title: str) -> object:
    return a_line(title, "tap", "interactive", reply_id)


class TestOffering:
    def test_a_lead_who_answered_everything_is_offered_times(self):
        chat = a_chat("en", FIRST)
        del chat.fields["financing"]
        chat.history.append(
            replace(a_line("One last thing: is your financing already sorted out?"), direction="out", author="bot")
        )
        offer = chat.decide("yes")
        assert (offer.move, offer.stage, offer.intent) == ("answer", "qualified", "wants_meeting")
        assert offer.text == (
            "Thank you, noted. These times are free for a viewing:\n"
            "1. Tuesday 24 November, 10:00\n2. Tuesday 24 November, 17:00\n3. Friday 27 November, 09:30\n"
            "Which one suits you best?"
        )
        assert offer.choices is not None
        assert offer.choices.button == "See the times"
        assert [(each.id, each.title) for each in offer.choices.rows] == [
            ("slot:a", "Tue 24 Nov, 10:00"), ("slot:b", "Tue 24 Nov, 17:00"), ("slot:c", "Fri 27 Nov, 09:30"),
            ("slot:none", "None of these"),
        ]  # fmt: skip
        assert chat.wishes == [SlotWish("viewing")]

    def test_a_lead_who_asks_for_a_visit_is_offered_times_at_once(self):
        chat = Chat()
        chat.free = [FIRST]
        offer = chat.decide("Hi, can I visit the flat on Friday morning?")
        assert chat.wishes == [SlotWish("viewing", [5], "morning")]
        assert offer.text.startswith("Hi Ana! I'm Sol, the digital assistant at Casa Feliz. These times are free for")

    def test_a_lead_who_asks_for_a_day_on_which_nothing_is_free_is_told_so(self):
        chat = a_chat("en", FIRST)
        assert chat.says("Could we visit on Sunday?").startswith("Nothing is free then, but these times are:")

    def test_where_nothing_is_free_a_person_finds_a_time(self):
        chat = Chat()
        decision = chat.decide("I'd like to visit")
        assert (decision.move, decision.intent) == ("hand_over", "wants_meeting")
        assert decision.text.endswith("they will write to you here.")

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "When could I come and see it?"),
            ("en", "I'd love to have a look in person"),
            ("en", "can we arrange a viewing"),
            ("es", "¿Cuándo se puede visitar?"),
            ("es", "me gustaría verlo en persona"),
            ("es", "quiero pedir cita"),
            ("pt", "quando posso visitar?"),
            ("pt", "gostava de ver a casa"),
            ("pt", "dá para marcar uma visita?"),
        ],
    )
    def test_a_wish_for_a_visit_has_many_words(self, language, said):
        assert a_chat(language, FIRST).decide(said).choices is not None

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "We had a viewing last week and nobody came"),
            ("en", "I saw it in the window"),
            ("es", "ya lo visité con otra agencia"),
            ("pt", "já visitei com outra agência"),
        ],
    )
    def test_not_every_word_about_a_visit_is_a_wish_for_one(self, language, said):
        chat = a_chat(language, FIRST)
        del chat.fields["budget"]
        assert chat.decide(said).choices is None

    def test_times_are_said_on_the_leads_own_clock(self):
        chat = a_chat("en", FIRST)
        chat.calendar = replace(chat.calendar, time_zone="America/New_York")
        assert "1. Tuesday 24 November, 04:00" in chat.says("can I visit the flat?")
        assert "(New York time)" in chat.says("the first")

    def test_a_lead_is_offered_times_once_and_not_with_every_word(self):
        chat = an_offer()
        assert chat.decide("my wife is still thinking about the loan").move == "hand_over"
        assert len(chat.wishes) == 1

    def test_thanks_for_an_offer_get_no_answer(self):
        assert an_offer().decide("thank you").move == "stay_quiet"


@pytest.mark.parametrize(
    ("language", "said", "chosen"),
    [
        ("en", "the second", "b"),
        ("en", "2", "b"),
        ("en", "Tuesday at 5", "b"),
        ("en", "Tuesday at 5pm please", "b"),
        ("en", "Tuesday at 10 am works for me", "a"),
        ("en", "Can we do Friday?", "c"),
        ("en", "friday 27th at 9:30, thanks!", "c"),
        ("en", "The last one is perfect", "c"),
        ("en", "option 1", "a"),
        ("en", "5", "b"),
        ("es", "la segunda", "b"),
        ("es", "El martes a las 5 de la tarde", "b"),
        ("es", "el viernes me viene genial", "c"),
        ("es", "el martes por la mañana", "a"),
        ("es", "buenas tardes, la primera por favor", "a"),
        ("es", "a las nueve y media", "c"),
        ("es", "la 3", "c"),
        ("pt", "a segunda", "b"),
        ("pt", "sexta-feira", "c"),
        ("pt", "terça às 17h", "b"),
        ("pt", "terça de manhã pode ser", "a"),
        ("pt", "boa tarde, a primeira por favor", "a"),
        ("pt", "às 9h30", "c"),
    ],
)
def test_a_lead_may_choose_in_plain_words(language, said, chosen):
    decision = an_offer(language).decide(said)
    assert (decision.book, decision.move, decision.stage) == (chosen, "answer", "booked")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tuesday"),
        ("en", "not the second"),
        ("en", "my wife says the second is too late for her"),
        ("en", "is the second one in the centre?"),
        ("en", "yes"),
        ("en", "Wednesday at 5"),
        ("en", "at 11"),
        ("en", "the first or the second"),
        ("en", "Can I bring two children?"),
        ("en", "we have 2 dogs"),
        ("en", "I was there on Tuesday at 5 and nobody came"),
        ("en", "the second... no wait, let me check"),
        ("es", "el martes"),
        ("es", "la segunda no puedo"),
        ("es", "ninguna"),
        ("es", "¿la primera es con Marta?"),
        ("pt", "terça"),
        ("pt", "não posso na sexta"),
        ("pt", "outro dia"),
    ],
)
def test_a_lead_who_is_not_quite_clear_is_booked_for_nothing(language, said):
    assert an_offer(language, LATER).decide(said).book is None


@pytest.mark.parametrize(
    ("language", "said", "chosen"),
    [
        ("en", "tomorrow at 10", "a"),
        ("es", "mañana por la mañana", "a"),
        ("es", "mañana por la tarde", "b"),
        ("pt", "amanhã à tarde", "b"),
        ("pt", "amanhã de manhã", "a"),
    ],
)
def test_tomorrow_is_counted_from_the_day_on_which_the_lead_wrote(language, said, chosen):
    tomorrow = [a_slot("a", "2026-11-23T10:00"), a_slot("b", "2026-11-23T17:00"), a_slot("c", "2026-11-24T10:00")]
    chat = a_chat(language, tomorrow)
    chat.decide(
        {"en": "Can I visit the flat?", "es": "Quiero visitar el piso", "pt": "Quero marcar uma visita"}[language]
    )
    assert chat.decide(said).book == chosen


class TestBooking:
    def test_the_booking_is_confirmed_with_day_date_hour_and_place_of_the_clock(self):
        decision = an_offer().decide(tap("slot:b", "Tue 24 Nov, 17:00"))
        assert decision.text == (
            "Booked: a viewing on Tuesday 24 November 2026 at 17:00 (Madrid time) with Marta López. See you then!"
        )
        assert (decision.book, decision.cancel, decision.intent) == ("b", None, "wants_meeting")

    def test_in_spanish(self):
        assert an_offer("es").says("la primera") == (
            "Reservado: una visita el martes 24 de noviembre de 2026 a las 10:00 (hora de Madrid) con Marta López. "
            "¡Nos vemos!"
        )

    def test_in_portuguese(self):
        assert an_offer("pt").says("a primeira") == (
            "Está marcado: uma visita, terça-feira, 24 de novembro de 2026 às 10:00 (hora de Madrid) com Marta López. "
            "Até lá!"
        )

    def test_a_lead_who_chooses_and_asks_is_booked_and_gets_a_person_for_the_question(self):
        decision = an_offer().decide("The second please. Is there a lift?")
        assert (decision.book, decision.move) == ("b", "hand_over")
        assert "Booked:" in decision.text
        assert "rather not guess" in decision.text

    def test_a_slot_that_is_gone_leads_to_a_new_offer(self):
        chat = an_offer("en", LATER)
        decision = chat.decide(tap("slot:zz", "Mon 23 Nov, 17:00"))
        assert decision.book is None
        assert decision.text.startswith("Sorry, that time has just been taken. These are still free:\n1. Monday 30")

    def test_a_lead_who_taps_twice_is_told_the_same_booking(self):
        chat = an_offer()
        chat.decide(tap("slot:b", "Tue 24 Nov, 17:00"))
        again = chat.decide(tap("slot:b", "Tue 24 Nov, 17:00"))
        assert (again.book, again.cancel) == ("b", None)

    def test_a_tap_on_an_old_list_books_what_it_says_while_it_is_still_held(self):
        chat = an_offer()
        chat.history.append(replace(a_line("Anything else?"), direction="out", author="bot"))
        assert chat.decide(tap("slot:c", "Fri 27 Nov, 09:30")).book == "c"

    def test_words_mean_the_list_that_the_lead_sees_and_no_other(self):
        chat = an_offer()
        chat.calendar = replace(chat.calendar, offered=LATER)
        assert chat.decide("the second").book is None
        chat = an_offer()
        chat.history.append(replace(a_line("We have two of them."), direction="out", author="person"))
        assert chat.decide("the second").book is None


class TestOtherTimes:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "None of these suits me"),
            ("en", "do you have another day?"),
            ("en", "can't make any of those, something later?"),
            ("es", "ninguna me viene bien"),
            ("es", "otro día mejor"),
            ("pt", "nenhum me dá jeito"),
            ("pt", "tem outros horários?"),
        ],
    )
    def test_a_lead_whom_nothing_suits_is_offered_other_times(self, language, said):
        chat = an_offer(language, LATER)
        offer = chat.decide(said)
        assert offer.choices is not None
        assert [each.id for each in offer.choices.rows] == ["slot:d", "slot:e", "slot:none"]
        assert chat.wishes[-1].instead

    def test_a_lead_who_names_another_day_is_offered_that_day(self):
        chat = an_offer("en", LATER)
        chat.decide("Could we do Tuesday of the week after, in the afternoon?")
        assert chat.wishes[-1] == SlotWish("viewing", [2], "afternoon", instead=True)

    def test_a_lead_who_names_another_hour_is_offered_what_is_free_then(self):
        chat = an_offer("en", LATER)
        chat.decide("at 11 would be better")
        assert chat.wishes[-1] == SlotWish("viewing", times=[time(11), time(23)], instead=True)
        chat = a_chat("es", FIRST)
        chat.decide("¿Puedo visitar el piso el jueves a las 18:30?")
        assert chat.wishes == [SlotWish("viewing", [4], times=[time(18, 30)])]

    def test_after_three_offers_in_a_row_a_person_finds_a_time(self):
        chat = an_offer("en", LATER, FIRST)
        for _ in range(2):
            assert chat.decide(tap("slot:none", "None of these")).move == "answer"
        last = chat.decide(tap("slot:none", "None of these"))
        assert (last.move, last.reason) == ("hand_over", "No time that was offered suited the lead.")

    def test_a_lead_who_was_not_clear_is_offered_the_same_once_more(self):
        chat = an_offer("en", FIRST)
        offer = chat.decide("Tuesday")
        assert offer.text.startswith("Sorry, I didn't quite get that.") or "Here are some other times" in offer.text
        assert offer.text.endswith("Could you tap the one that suits you, or write its number?")

    def test_a_lead_who_asks_for_a_person_instead_gets_one(self):
        assert an_offer().decide("I'd rather talk to a person").intent == "asks_for_person"

    def test_a_lead_who_asks_something_else_gets_a_person(self):
        assert an_offer().decide("How much is the community fee?").intent == "question"


class TestAfterBooking:
    def booked(self, language: str = "en", *more: list[Appointment]) -> Chat:
        chat = an_offer(language, *more)
        chat.decide(tap("slot:b", "x"))
        return chat

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "Sorry, I need to cancel the viewing"),
            ("en", "please cancel my appointment"),
            ("en", "I won't be coming"),
            ("es", "Tengo que cancelar la visita"),
            ("es", "anula la cita por favor"),
            ("pt", "preciso de desmarcar a visita"),
            ("pt", "quero cancelar a visita"),
        ],
    )
    def test_a_lead_may_cancel_in_plain_words(self, language, said):
        decision = self.booked(language).decide(said)
        assert (decision.cancel, decision.book, decision.intent) == ("b", None, "cancels_meeting")
        assert "17:00" in decision.text

    def test_a_lead_who_cannot_come_and_cancels_is_not_asked_for_another_time(self):
        decision = self.booked().decide("I can't make it on Tuesday. Please cancel the viewing.")
        assert (decision.cancel, decision.intent) == ("b", "cancels_meeting")

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "Can we move the viewing to another day?"),
            ("en", "I can't make it on Tuesday"),
            ("en", "could we reschedule"),
            ("es", "¿Podemos cambiar la cita?"),
            ("es", "al final no puedo ir"),
            ("pt", "posso remarcar a visita?"),
            ("pt", "podemos mudar a hora?"),
        ],
    )
    def test_a_lead_may_move_it_and_the_old_time_is_free_again(self, language, said):
        chat = self.booked(language, LATER)
        offer = chat.decide(said)
        assert (offer.choices is not None, offer.intent, offer.cancel) == (True, "moves_meeting", None)
        moved = chat.decide(tap("slot:d", "x"))
        assert (moved.book, moved.cancel) == ("d", "b")

    def test_a_move_is_confirmed_with_the_new_date(self):
        chat = self.booked("en", LATER)
        chat.decide("can we move it to another day?")
        assert chat.says("the first") == (
            "Moved: a viewing is now on Monday 30 November 2026 at 10:00 (Madrid time) with Marta López. See you then!"
        )

    def test_a_lead_who_forgot_is_told_when_it_is(self):
        chat = self.booked()
        assert chat.says("sorry, when is the viewing again?").startswith(
            "You have a viewing on Tuesday 24 November 2026"
        )

    def test_thanks_get_no_answer_and_other_words_get_a_person(self):
        assert self.booked().decide("great, thank you").move == "stay_quiet"
        assert self.booked().decide("my brother comes along and he walks with a stick").move == "hand_over"

    def test_a_lead_without_a_meeting_who_cancels_one_gets_a_person(self):
        decision = a_chat().decide("I have to cancel the viewing")
        assert (decision.move, decision.intent, decision.cancel) == ("hand_over", "cancels_meeting", None)

    def test_a_stop_is_a_stop_whatever_is_booked(self):
        assert self.booked().decide("STOP").move == "stop_writing"


class TestWhatMayBeSaid:
    def test_nobody_says_booked_without_a_booking(self):
        turn = a_chat().turn("ok")
        for text in ("You are booked for Tuesday!", "Está reservado.", "Fica marcado."):
            with pytest.raises(ReplyRefused, match="promise"):
                check_reply(Decision("answer", "", text=text), turn)
        turn = an_offer().turn("the second")
        assert check_reply(Decision("answer", "", text="You are booked at 17:00!", book="b"), turn)

    @pytest.mark.parametrize(
        ("text", "book", "why"),
        [
            ("Booked, see you at 10:00!", "b", "does not say the time"),
            ("Booked, see you on Tuesday!", "b", "does not say the time"),
            ("Booked, see you at 17:00!", "z", "not offered"),
        ],
    )
    def test_what_is_said_to_be_booked_is_what_is_booked(self, text, book, why):
        with pytest.raises(ReplyRefused, match=why):
            check_reply(Decision("answer", "", text=text, book=book), an_offer().turn("the second"))

    def test_nobody_names_a_time_that_was_not_offered(self):
        turn = an_offer().turn("ok")
        assert check_reply(Decision("answer", "", text="Is 17:00 good?"), turn)
        with pytest.raises(ReplyRefused, match="18:30"):
            check_reply(Decision("answer", "", text="Is 18:30 good?"), turn)


WORDS = (
    "the first second third last 1 2 3 not no Tuesday Friday tomorrow at 5 17:00 10 am pm or maybe please yes cancel "
    "my wife and we can cannot visit la primera segunda martes a las 5 no puedo o the one is too late ? ."
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=7), st.sampled_from(["en", "es", "pt"]))
def test_whatever_is_written_only_an_offered_slot_is_booked(said, language):
    decision = an_offer(language, LATER).decide(" ".join(said))
    assert decision.book in (None, "a", "b", "c")
    # "The first. My wife comes, too." and "Is it late? The first." are a choice and something more.
    if decision.language == language == "en" and not {".", "?"} & set(said[:-1]):
        assert decision.book is None or not {"not", "no", "cannot", "wife", "late", "or", "maybe"} & set(said)


class TestAnOfferThatIsNotAnswered:
    def test_a_lead_whose_answer_to_an_offer_is_not_understood_is_offered_the_same_times(self):
        chat = an_offer()
        again = chat.decide("the fisrtt")
        assert again.choices is not None
        assert [each.id for each in again.choices.rows][:3] == ["slot:a", "slot:b", "slot:c"]
        assert again.text.startswith("Sorry, I didn't quite get that. These times are free")
        assert chat.decide("the first").book == "a"

    def test_a_lead_who_writes_a_time_that_two_offered_slots_share_keeps_their_days(self):
        twice = [a_slot("a", "2026-11-25T09:00"), a_slot("b", "2026-12-02T09:00")]
        chat = a_chat("en", twice, LATER)
        chat.decide("Can I visit the flat?")
        again = chat.decide("Wednesday at 9")
        assert again.choices is not None
        assert [each.id for each in again.choices.rows] == ["slot:a", "slot:b", "slot:none"]

    def test_a_lead_who_writes_the_place_of_a_slot_that_somebody_else_took_is_offered_others(self):
        chat = an_offer("es", LATER)
        chat.calendar = replace(chat.calendar, offered=FIRST[1:])
        assert chat.says("pues me quedo con la primera").startswith("Lo siento, esa hora se acaba de ocupar.")

    def test_a_lead_who_says_no_to_everything_after_an_offer_is_let_go(self):
        chat = an_offer()
        decision = chat.decide("we are no longer interested, sorry")
        assert (decision.choices, decision.intent) == (None, "not_interested")


def test_a_lead_who_answers_with_what_would_be_good_is_understood_as_answering():
    chat = Chat()
    chat.says("hi")
    decision = chat.decide("well i think three bedrooms would be good for us")
    assert (decision.move, decision.asked, chat.known) == ("answer", "area", {"bedrooms": 3})


def test_a_lead_who_would_like_to_see_a_home_is_offered_times():
    chat = Chat()
    chat.free = [FIRST]
    assert chat.decide("Hello, we'd love to see one in person").choices is not None


def test_a_lead_whose_mortgage_is_agreed_is_not_condoled():
    chat = a_chat("en", FIRST)
    del chat.fields["financing"]
    question = "One last thing: is your financing already sorted out?"
    chat.history.append(replace(a_line(question), direction="out", author="bot"))
    assert chat.decide("yes, mortgage is agreed").choices is not None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "me quedo con la segunda"),
        ("pt", "fico com a segunda opção"),
        ("pt", "terça às 17:00 está bom"),
        ("es", "pues la segnuda"),
        ("en", "tusday at 17:00"),
        ("en", "the secnd one"),
        ("en", "Teusday 17:00"),
    ],
)
def test_a_lead_who_takes_a_time_in_other_words_gets_it(language: str, words: str):
    assert an_offer(language).decide(words).book == "b"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "great, see you then"), ("en", "great see you then"), ("en", "perfect thank you"),
        ("es", "perfecto muchas gracias"), ("es", "genial, nos vemos"), ("pt", "ótimo, até lá"),
    ],
)  # fmt: skip
def test_a_lead_who_says_goodbye_after_booking_needs_nobody(language: str, words: str):
    chat = an_offer(language)
    chat.decide(tap("slot:a", "Tue 24 Nov, 10:00"))
    chat.fields |= EVERYTHING
    assert chat.decide(words).move in ("stay_quiet", "answer")
