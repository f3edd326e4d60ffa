"""Whole conversations with the playbook responder, line by line, and its manners."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_reviver.decide.conversation import Button, FieldValue, Line
from lead_reviver.reply.answering import first_name
from lead_reviver.reply.playbook import shipped_playbook
from tests.reply.talking import NOON, Chat, a_line, a_tap

OPENING_EN = "Hi Ana! I'm Sol, the digital assistant at Casa Feliz."
OPENING_ES = "¡Hola Ana! Soy Sol, el asistente digital de Casa Feliz."
OPENING_PT = "Olá Ana! Sou Sol, o assistente digital da equipa Casa Feliz."


class TestWholeConversations:
    def test_a_lead_who_answers_in_english_is_handed_over_with_everything_known(self):
        chat = Chat()
        assert chat.says("Hi, I am looking for a flat with two bedrooms") == (
            f"{OPENING_EN} Two bedrooms, noted. Which area or neighbourhood are you looking at?"
        )
        assert (
            chat.says("somewhere near the old town please") == "The old town, noted. What budget do you have in mind?"
        )
        assert chat.says("200-250k") == "€200,000 to €250,000, noted. When would you like to move?"
        assert chat.says(a_tap(chat, "Later this year")) == (
            "Thank you, noted. One last thing: is your financing already sorted out?"
        )
        last = chat.decide("not yet")
        assert last.move == "hand_over"
        assert last.stage == "qualified"
        assert last.text == (
            "Thank you, noted. Thank you Ana, that's everything I need. "
            "A colleague will look through what we have and write to you here."
        )
        assert last.reason == "Everything the playbook asks is answered: bedrooms, area, budget, timeline, financing."
        assert chat.known == {
            "bedrooms": 2,
            "area": "the old town",
            "budget": {"min_minor": 200_000_00, "max_minor": 250_000_00, "currency": "EUR"},
            "timeline": "later",
            "financing": False,
            "property_type": "flat",
        }

    def test_a_lead_who_answers_in_spanish_is_answered_in_spanish(self):
        chat = Chat()
        assert chat.says("Hola, buenas tardes") == f"{OPENING_ES} ¿Cuántos dormitorios te gustaría tener?"
        assert chat.says("dos o tres") == "Dos o tres dormitorios, anotado. ¿En qué zona o barrio estás buscando?"
        assert chat.says("en Chamberí") == "Chamberí, anotado. ¿Qué presupuesto tienes en mente?"
        assert chat.says("hasta trescientos mil") == ("Hasta 300.000 €, anotado. ¿Para cuándo te gustaría mudarte?")
        assert chat.says("cuanto antes") == "Gracias, anotado. Una última cosa: ¿ya tienes resuelta la financiación?"
        last = chat.decide(a_tap(chat, "Sí"))
        assert (last.move, last.language) == ("hand_over", "es")
        assert last.text == (
            "Gracias, anotado. Gracias Ana, con esto tengo todo. "
            "Un compañero mirará lo que tenemos y te escribirá por aquí."
        )
        assert chat.known["timeline"] == "soon"

    def test_a_lead_who_answers_in_portuguese_is_answered_in_portuguese(self):
        chat = Chat()
        assert chat.says("Olá, procuro um T2 em Lisboa") == (
            f"{OPENING_PT} Dois quartos, Lisboa, anotado. Que orçamento tem em mente?"
        )
        assert chat.says("não sei ainda") == "Sem problema, deixamos isso em aberto. Para quando gostaria de mudar?"
        assert chat.says("sem pressa") == "Obrigado, anotado. Uma última coisa: já tem o financiamento tratado?"
        last = chat.decide("sim")
        assert last.move == "hand_over"
        assert chat.known == {"bedrooms": 2, "area": "Lisboa", "budget": None, "timeline": "later", "financing": True}

    def test_a_lead_who_tells_everything_at_once_is_asked_only_what_is_missing(self):
        chat = Chat()
        assert chat.says("Hello! 3 bed flat in Gràcia, budget up to 1.2M €") == (
            f"{OPENING_EN} Three bedrooms, Gràcia, up to €1,200,000, noted. When would you like to move?"
        )

    def test_three_quick_messages_get_one_answer(self):
        chat = Chat()
        assert chat.says("Hi", "I need 2 bedrooms", "in Gràcia") == (
            f"{OPENING_EN} Two bedrooms, Gràcia, noted. What budget do you have in mind?"
        )


class TestTheFirstMessage:
    def test_it_says_that_an_assistant_writes_and_for_whom(self):
        assert Chat().says("Hi").startswith(OPENING_EN)

    def test_it_is_said_once(self):
        chat = Chat()
        chat.says("Hi")
        assert "assistant" not in chat.says("2")

    def test_a_lead_without_a_usable_name_is_greeted_without_one(self):
        assert Chat(name="🔥🔥").says("Hi").startswith("Hi! I'm Sol")
        assert Chat(name=None).says("Hola").startswith("¡Hola! Soy Sol")

    def test_a_lead_whose_language_the_playbook_lacks_gets_a_person_and_an_honest_word(self):
        decision = Chat().decide("Guten Tag, ich suche eine Wohnung mit drei Zimmern")
        assert (decision.move, decision.language) == ("hand_over", "de")
        assert decision.text == (
            "Gern. Ich bin der digitale Assistent von Casa Feliz und habe jemandem aus dem Team Bescheid gegeben; "
            "die Antwort kommt hier."
        )

    @pytest.mark.parametrize(
        ("name", "first"),
        [("ana maría", "Ana"), ("JOÃO SILVA", "João"), ("Mary-Jane W", "Mary-Jane"), ("X", ""), ("4you", ""), ("", "")],
    )
    def test_first_names_are_written_as_names(self, name, first):
        assert first_name(name) == first


class TestTakingAnswers:
    def test_an_answer_is_kept_with_the_leads_own_words(self):
        decision = Chat().decide("Hi, I am looking for a flat with two bedrooms")
        assert decision.fields["bedrooms"] == FieldValue(2, "2 bedrooms", "m0-0", 1.0)
        assert decision.fields["property_type"].value == "flat"
        assert (decision.asked, decision.intent, decision.stage) == ("area", "answers", "engaged")

    def test_a_lead_may_correct_an_answer_later(self):
        chat = Chat()
        chat.says("two bedrooms")
        chat.says("Actually, three bedrooms")
        assert chat.known["bedrooms"] == 3

    def test_what_is_known_from_before_is_not_asked_again(self):
        chat = Chat()
        chat.fields["bedrooms"] = FieldValue(2, "two", "old")
        assert chat.says("Hi").endswith("Which area or neighbourhood are you looking at?")

    def test_choices_come_as_buttons_that_meta_allows(self):
        chat = Chat()
        chat.says("2 bedrooms in Gràcia")
        decision = chat.decide("350k")
        assert decision.buttons == [
            Button("timeline:soon", "In 3 months or less"),
            Button("timeline:later", "Later this year"),
            Button("timeline:looking", "Just looking"),
        ]

    def test_a_button_of_an_old_message_still_counts(self):
        chat = Chat()
        chat.says("Hi")
        chat.says(a_tap(chat, "Just looking"))
        assert chat.known == {"timeline": "looking"}

    def test_a_lead_who_does_not_know_is_not_pressed(self):
        chat = Chat()
        chat.says("Hi")
        assert chat.says("not sure yet") == (
            "No problem, we can leave that open. Which area or neighbourhood are you looking at?"
        )
        assert chat.fields["bedrooms"].confidence == 0.5


class TestNotUnderstanding:
    def test_a_question_is_asked_again_once_in_other_words_and_then_left(self):
        chat = Chat()
        chat.says("Hi")
        assert chat.says("blue") == (
            "Sorry, I didn't quite get that. Roughly how many bedrooms do you need, for example 2 or 3?"
        )
        assert chat.says("blue and green") == (
            "No problem, we can leave that open. Which area or neighbourhood are you looking at?"
        )
        assert chat.fields["bedrooms"] == FieldValue(None, "blue and green", "m4-0", 0.0)

    def test_two_answers_in_a_row_not_understood_bring_a_person(self):
        chat = Chat()
        chat.says("2 bedrooms in Gràcia")
        for _ in range(2):
            chat.says("hm")
        chat.says("hmm")
        decision = chat.decide("hm")
        assert decision.move == "hand_over"
        assert decision.reason == "Two answers in a row were not understood."

    def test_a_question_that_is_not_the_bots_to_answer_goes_to_a_person(self):
        chat = Chat()
        chat.says("two bedrooms")
        decision = chat.decide("Are pets allowed?")
        assert (decision.move, decision.intent) == ("hand_over", "question")
        assert decision.text == ("Good question, and I'd rather not guess. A colleague who knows will answer you here.")

    def test_an_answer_beside_such_a_question_is_taken_all_the_same(self):
        chat = Chat()
        chat.says("two bedrooms")
        decision = chat.decide("In Gràcia. Is there parking?")
        assert decision.move == "hand_over"
        assert decision.text.startswith("Gràcia, noted. Good question")

    @pytest.mark.parametrize("message", ["I want to sell my house", "about my deposit back"])
    def test_what_the_playbook_leaves_to_people_goes_to_a_person(self, message):
        decision = Chat().decide(message)
        assert (decision.move, decision.intent) == ("hand_over", "for_a_person")

    @pytest.mark.parametrize("kind", ["image", "audio", "document", "video"])
    def test_what_only_a_person_can_look_at_goes_to_a_person(self, kind):
        decision = Chat().decide(a_line(None, kind=kind))
        assert decision.move == "hand_over"
        assert "can only read" in decision.text


class TestPeople:
    def test_a_lead_who_asks_for_a_person_gets_one(self):
        decision = Chat().decide("I want to speak to a real person")
        assert (decision.move, decision.intent) == ("hand_over", "asks_for_person")
        assert decision.text == (
            f"{OPENING_EN} Of course. I've asked a colleague to take over, and they will write to you here."
        )

    def test_a_lead_who_asks_is_told_the_truth_and_the_talk_goes_on(self):
        chat = Chat()
        chat.says("Hola")
        assert chat.says("¿eres un bot?") == (
            "Sí, soy un asistente digital, no una persona. Si prefieres hablar con alguien del equipo, dímelo y listo. "
            "¿Cuántas habitaciones necesitas más o menos, por ejemplo 2 o 3?"
        )

    def test_nothing_is_said_when_a_person_answers(self):
        decision = Chat(mode="human").decide("Hello?")
        assert (decision.move, decision.text) == ("stay_quiet", None)


class TestNoIsNo:
    @pytest.mark.parametrize("language", ["en", "es", "pt", "fr", "de", "it", "hi"])
    def test_a_lead_who_opts_out_gets_one_confirmation_in_the_own_language(self, language):
        decision = Chat(language=language).decide("STOP", just_opted_out=True, lead={"opted_out_at": NOON})
        assert (decision.move, decision.language) == ("stop_writing", language)
        assert decision.text == shipped_playbook().opt_out_confirmation[language]
        assert decision.asked is None

    def test_the_language_of_the_no_is_the_language_of_the_confirmation(self):
        decision = Chat().decide("Bitte schreiben Sie mir nicht mehr", just_opted_out=True)
        assert decision.text.startswith("Alles klar, wir schreiben Ihnen nicht mehr.")

    def test_a_lead_who_opted_out_before_hears_nothing_more(self):
        decision = Chat().decide("How much is it?", lead={"opted_out_at": NOON})
        assert (decision.move, decision.text, decision.reason) == ("stay_quiet", None, "The lead opted out.")

    def test_a_no_that_nobody_noticed_before_is_noticed_here(self):
        assert Chat().decide("please remove me from your list").move == "stop_writing"

    def test_a_lead_who_may_mean_no_is_left_in_peace_until_a_person_looked(self):
        decision = Chat().decide("this is spam")
        assert (decision.move, decision.text, decision.intent) == ("hand_over", None, "opt_out_suspected")


class TestManners:
    def test_the_bot_does_not_say_the_same_twice(self):
        chat = Chat()
        chat.says("Hi")
        texts = [chat.says("are you a bot?") for _ in range(3)]
        assert texts[0] != texts[1]

    def test_after_the_closing_words_a_person_is_left_to_answer(self):
        chat = Chat()
        chat.fields = {each.field: FieldValue(1, "1", "old") for each in shipped_playbook().questions}
        first, second = chat.decide("Hi"), chat.decide("thanks")
        assert (first.move, second.move) == ("hand_over", "hand_over")
        assert first.text != second.text

    def test_a_place_that_is_no_place_is_not_repeated(self):
        chat = Chat()
        chat.says("2 bedrooms")
        assert "http" not in chat.says("https://evil.example/{{7*7}}")

    def test_the_campaigns_template_is_no_question_of_the_bots(self):
        chat = Chat()
        template = "Hi Ana, still looking for a flat?"
        chat.history.append(Line("out-0", "out", "campaign", "template", template, NOON))
        assert chat.says("Yes!") == f"{OPENING_EN} How many bedrooms would you like?"

    @settings(max_examples=150)
    @given(
        st.lists(
            st.text(max_size=120) | st.sampled_from(["2", "350k?", "in Lisbon", "no sé", "yes"]), min_size=1, max_size=7
        )
    )
    def test_whatever_a_lead_writes_the_answer_is_short_and_asks_one_thing_at_most(self, messages):
        chat = Chat()
        for message in messages:
            decision = chat.decide(message)
            if decision.text is not None:
                assert len(decision.text) < 600
                assert decision.text.count("?") <= 1
                assert decision.checks


class TestWhatOnlySoundsLikeAQuestion:
    def test_a_yes_that_goes_on_is_an_answer(self):
        decision = Chat(workspace_language="pt").decide("olá, sim, ainda estou à procura")
        assert (decision.move, decision.asked) == ("answer", "bedrooms")

    def test_a_reason_given_with_an_answer_asks_nothing(self):
        chat = Chat(workspace_language="es")
        chat.says("hola")
        chat.says("tres habitaciones")
        decision = chat.decide("Lo ideal sería Chamberí, que mi hija va al cole allí")
        assert decision.move == "answer"

    def test_who_asks_whether_a_real_person_writes_gets_the_honest_answer(self):
        decision = Chat().decide("are you a real person?")
        assert (decision.move, decision.intent) == ("answer", "asks_if_bot")

    def test_a_question_without_its_mark_is_one_after_a_greeting_too(self):
        assert Chat(workspace_language="es").decide("hola, tiene ascensor el edificio").move == "hand_over"

    def test_a_question_that_was_not_understood_twice_is_left_open_when_something_else_was_said(self):
        chat = Chat()
        chat.says("hi")
        chat.says("three bedrooms")
        chat.says("hmm, whatever")
        decision = chat.decide("hmm, whatever, about 300k")
        assert (decision.move, decision.asked) == ("answer", "timeline")
        assert chat.known["area"] is None

    def test_a_lead_who_repeats_a_small_word_keeps_the_language(self):
        chat = Chat()
        chat.says("hi")
        assert chat.decide("as soon as possible really").language == "en"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "We're not in a hurry, some time next year would be fine"), ("pt", "Com dois quartos chega")],
)
def test_a_word_that_ends_things_in_another_sense_holds_nothing_up(language: str, words: str):
    chat = Chat(workspace_language=language)
    chat.says("hi" if language == "en" else "olá")
    assert chat.decide(words).move == "answer"


def test_a_lead_who_asks_for_the_chance_of_a_viewing_is_offered_times_or_a_person():
    assert Chat().decide("yep. any chance of a viewing soon").intent == "wants_meeting"


@pytest.mark.parametrize(
    ("first_words", "language"),
    [("¿eres un bot?", "es"), ("já comprei casa", "pt"), ("I already bought a flat", "en")],
)
def test_a_lead_nobody_knows_is_answered_in_the_language_of_the_first_words(first_words, language):
    for workspace_language in ("en", "es", "pt"):
        assert Chat(workspace_language=workspace_language).decide(first_words).language == language
