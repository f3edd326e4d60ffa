"""A no that holds for a while, or that asks to stay on the list, ends no conversation: a person looks."""

from __future__ import annotations

import pytest

from lead_reviver.decide.opt_out import OptOut, opt_out_level


@pytest.mark.parametrize(
    "text",
    [
        "please put me back on the list, you took me off your list without asking",
        "let's not text so much, just show me the flat",
        "esta semana no me escribas que estoy fuera, la próxima sí",
        "no me borren de la lista por favor",
        "domingo não manda mensagem, durante a semana tudo bem",
        "não me tirem da lista por favor",
        "on m'a retiré de la liste sans prévenir, remettez-moi",
        "diese Woche bitte nicht schreiben, bin weg, nächste gern",
        "sonntags bitte keine Nachrichten, unter der Woche gern",
        "questa settimana non scrivetemi che sono via, la prossima sì",
        "is hafte message mat karna bahar hoon, agle hafte karna",
        "रविवार को मैसेज मत कीजिए, बाक़ी दिन ठीक है",
        "يوم الجمعة بدون رسائل لو سمحت، باقي الأيام عادي",
    ],
)
def test_a_lead_who_refuses_for_a_while_or_wants_to_stay_is_not_cut_off(text: str):
    assert opt_out_level(text) is not OptOut.HARD


@pytest.mark.parametrize(
    "text",
    [
        "stop texting me, thanks so much",
        "no me escribas más",
        "não me mandem mais mensagens",
        "bitte keine Nachrichten mehr",
        "toglietemi dalla lista",
        "mujhe message mat karo",
    ],
)
def test_a_no_for_good_stays_one(text: str):
    assert opt_out_level(text) is OptOut.HARD
