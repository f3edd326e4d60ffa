"""Every code of Meta's leads to its reaction, and to words that a person understands."""

import pytest

from lead_reviver.whatsapp.errors import STOPS_SENDING, TRIES_AGAIN, Reaction, explain, is_known, reaction_to

R = Reaction
# Codes of a template that is filled in wrongly, and of one that cannot be created.
FILLING = [132000, 132005, 132007, 132008, 132012, 134100]
CREATING = [2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299]
REACTIONS = {
    R.STOP_ALL: [0, 190, 3, 10, 200, 250, 299, 131005, 368, 131031, 131042, 131044],
    R.STOP_CHANNEL: [131045, 133010, 33, 131037],
    R.WAIT_FOR_QUOTA: [4, 80007],
    R.SLOW_DOWN: [130429],
    R.PAIR_BACKOFF: [131056],
    R.PAUSE_CAMPAIGNS: [131048],
    R.PAUSE_TEMPLATES: [131064],
    R.RETRY_LATER: [1, 2, 131000, 131016, 131057, 133004],
    R.BAD_REQUEST: [100, 131008, 131009, 135000, 131051, 131055, 131059],
    R.PERMANENT_FOR_COUNTRY: [130497],
    R.PERMANENT_FOR_MESSAGE: [131021],
    R.PERMANENT_FOR_LEAD: [131026],
    R.NOT_ON_TEST_LIST: [131030],
    R.WINDOW_CLOSED: [131047],
    R.MARKETING_CAP: [131049],
    R.SUPPRESS_MARKETING: [131050],
    R.WAIT_FOR_LEAD: [130472],
    R.MEDIA_FAILED: [131052, 131053],
    R.ASK_TO_RESEND: [131060],
    R.NEEDS_PHONE: [131062],
    R.USE_MARKETING_API: [131063],
    R.FIX_TEMPLATE: [*FILLING, *CREATING],
    R.FIX_VALUES: [132018],
    R.REFRESH_TEMPLATES: [132001],
    R.TEMPLATE_PAUSED: [132015],
    R.TEMPLATE_DISABLED: [132016],
    R.USE_PLAIN_TEXT: [132068, 132069],
    R.WAIT_FOR_SYNC: [134101],
    R.USE_MESSAGES_API: [134102],
    R.VERIFY_IDENTITY: [137000],
    R.ASK_OPERATOR: [133016, 133000, 133005, 133006, 133008, 133009, 133015, 147001, 147002, 147003, 147004, 147005],
    R.IGNORE: [139100, 139101, 139102, 139103, 138000, 138999, 131200, 131299, 2593109],
}
EACH = [(code, reaction) for reaction, codes in REACTIONS.items() for code in codes]
JARGON = ("token error", "payload", "API call", "param", "null", "webhook", "JSON", "HTTP", "132", "131")


def test_no_reaction_is_without_a_code():
    assert set(REACTIONS) == set(Reaction)


@pytest.mark.parametrize(("code", "reaction"), EACH)
def test_a_code_leads_to_its_reaction_and_to_plain_words(code: int, reaction: Reaction):
    assert reaction_to(code) is reaction
    assert is_known(code)
    words = explain(code)
    assert words.endswith(".")
    assert 20 < len(words) < 160
    assert not any(word in words for word in JARGON)


@pytest.mark.parametrize("code", [-1, 5, 300, 199, 131207345, 999999])
def test_a_code_nobody_knows_is_final_for_its_message_and_worth_an_alert(code: int):
    assert reaction_to(code) is Reaction.PERMANENT_FOR_MESSAGE
    assert not is_known(code)
    assert str(code) in explain(code)


def test_a_failure_without_a_code_never_looks_like_an_invalid_token():
    assert reaction_to(None) is Reaction.PERMANENT_FOR_MESSAGE
    assert explain(None) == "WhatsApp did not deliver this message and did not say why."


def test_only_meta_s_own_trouble_and_limits_are_tried_again():
    """A refusal that is final is never sent again; sending stops only where nothing can go out any more."""
    again = {code for code, reaction in EACH if reaction in TRIES_AGAIN}

    assert again == {1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004, 134101}
    assert not TRIES_AGAIN & STOPS_SENDING
