"""What may go out, what waits, what is refused, and what the dashboard says about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lead_reviver.decide.gate import Reason, Verdict, may_send
from lead_reviver.decide.outgoing import Outgoing

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)

REPLY = Outgoing(author="bot", purpose="reply", now=NOON, phone="+34611222333", last_inbound_at=NOON - AN_HOUR)
BY_A_PERSON = replace(REPLY, author="person", purpose="person_message")
BY_A_PROGRAM = replace(REPLY, author="api", purpose="reply")
HANDOVER_NOTICE = replace(REPLY, purpose="handover_notice")
CONFIRMATION = replace(REPLY, purpose="opt_out_confirmation", opted_out_at=NOON - timedelta(seconds=5))
TEMPLATE = Outgoing(
    author="campaign",
    purpose="campaign",
    now=NOON,
    phone="+34611222333",
    is_template=True,
    template_category="MARKETING",
    agreed_to_marketing=True,
)
FOLLOW_UP = replace(REPLY, purpose="follow_up")


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize("message", [REPLY, BY_A_PERSON, BY_A_PROGRAM, HANDOVER_NOTICE, CONFIRMATION, TEMPLATE])
def test_a_message_with_nothing_against_it_goes_out(message):
    verdict = may_send(message)
    assert verdict == Verdict("allowed")
    assert verdict.allowed
    assert not verdict.refused
    assert verdict.sentence is None


class TestNoIsNo:
    def test_a_lead_who_opted_out_is_told_nothing_more_by_the_bot(self):
        verdict = may_send(replace(REPLY, opted_out_at=datetime(2026, 5, 3, 9, 0, tzinfo=UTC)))
        assert verdict.refused
        assert verdict.reasons == (Reason("opted_out", "Not sent: they asked on 3 May not to be written to."),)

    def test_the_sentence_names_the_year_when_it_was_another_one(self):
        verdict = may_send(replace(REPLY, opted_out_at=datetime(2025, 5, 3, 9, 0, tzinfo=UTC)))
        assert verdict.sentence == "Not sent: they asked on 3 May 2025 not to be written to."

    def test_a_lead_who_opts_out_gets_one_confirmation_and_then_silence(self):
        assert may_send(CONFIRMATION).allowed
        assert codes(may_send(replace(CONFIRMATION, opt_out_confirmed=True))) == ["opt_out_confirmed"]

    def test_a_confirmation_that_comes_hours_late_is_left_out(self):
        late = replace(CONFIRMATION, opted_out_at=NOON - timedelta(hours=2))
        assert codes(may_send(late)) == ["opted_out"]

    @pytest.mark.parametrize("message", [REPLY, HANDOVER_NOTICE, BY_A_PROGRAM, TEMPLATE])
    def test_nothing_automatic_reaches_a_lead_who_wrote_again_after_opting_out(self, message):
        back = replace(message, opted_out_at=NOON - A_DAY, last_inbound_at=NOON - AN_HOUR, came_back_at=NOON - AN_HOUR)
        assert codes(may_send(back)) == ["opted_out"]

    def test_a_person_may_answer_a_lead_who_wrote_again_after_opting_out(self):
        back = replace(BY_A_PERSON, opted_out_at=NOON - A_DAY, last_inbound_at=NOON - AN_HOUR)
        assert may_send(replace(back, came_back_at=NOON - AN_HOUR)).allowed

    def test_a_person_may_not_write_to_a_lead_whose_last_word_was_no(self):
        """The last message may be a second no: that the lead wrote after the first one says nothing."""
        for said_no_at in (NOON - AN_HOUR, NOON - A_DAY):
            verdict = may_send(replace(BY_A_PERSON, opted_out_at=said_no_at, last_inbound_at=NOON - AN_HOUR))
            assert codes(verdict) == ["opted_out"]

    def test_a_person_may_not_send_a_template_after_a_no_even_when_the_lead_came_back(self):
        template = replace(BY_A_PERSON, is_template=True, template_category="UTILITY", opted_out_at=NOON - A_DAY)
        template = replace(template, came_back_at=NOON - AN_HOUR)
        assert codes(may_send(template)) == ["opted_out"]

    def test_a_lead_who_was_imported_again_after_opting_out_is_still_left_alone(self):
        verdict = may_send(replace(TEMPLATE, suppressed="all"))
        assert codes(verdict) == ["suppressed"]
        assert verdict.sentence == "Not sent: they are on the list of people who asked not to be written to."

    def test_a_person_may_answer_a_suppressed_lead_who_wrote_since(self):
        suppressed = replace(BY_A_PERSON, suppressed="all", suppressed_at=NOON - A_DAY)
        assert may_send(suppressed).allowed
        assert codes(may_send(replace(suppressed, suppressed_at=None))) == ["suppressed"]

    def test_the_confirmation_passes_although_the_number_is_on_the_list_already(self):
        assert may_send(replace(CONFIRMATION, suppressed="all", suppressed_at=CONFIRMATION.opted_out_at)).allowed


class TestMarketing:
    def test_a_lead_who_stopped_marketing_in_whatsapp_gets_no_campaign(self):
        verdict = may_send(replace(TEMPLATE, marketing_stopped_at=NOON - A_DAY))
        assert codes(verdict) == ["marketing_stopped"]
        assert verdict.sentence == "Not sent: they turned marketing messages off in WhatsApp on 19 May."

    def test_a_lead_on_the_marketing_list_gets_no_campaign(self):
        assert codes(may_send(replace(TEMPLATE, suppressed="marketing"))) == ["marketing_suppressed"]

    def test_a_campaign_in_free_words_is_marketing_too(self):
        free = replace(TEMPLATE, is_template=False, template_category=None, last_inbound_at=NOON - AN_HOUR)
        assert codes(may_send(replace(free, marketing_stopped_at=NOON - A_DAY))) == ["marketing_stopped"]

    def test_a_person_cannot_send_marketing_to_a_lead_who_stopped_it(self):
        template = replace(TEMPLATE, author="person", purpose="person_message", marketing_stopped_at=NOON - A_DAY)
        assert codes(may_send(template)) == ["marketing_stopped"]

    @pytest.mark.parametrize("message", [REPLY, BY_A_PERSON])
    def test_a_lead_who_stopped_marketing_is_still_answered(self, message):
        assert may_send(replace(message, marketing_stopped_at=NOON - A_DAY)).allowed
        assert may_send(replace(message, suppressed="marketing")).allowed

    def test_a_lead_in_the_united_states_gets_no_marketing_template(self):
        assert codes(may_send(replace(TEMPLATE, phone="+12125550123", us_number=True))) == ["us_marketing"]

    def test_a_lead_in_the_united_states_may_get_a_utility_template_and_answers(self):
        utility = replace(TEMPLATE, purpose="reply", template_category="UTILITY", us_number=True)
        assert may_send(utility).allowed
        assert may_send(replace(REPLY, us_number=True)).allowed


class TestWindow:
    def test_a_lead_who_wrote_yesterday_morning_gets_no_free_text(self):
        verdict = may_send(replace(REPLY, last_inbound_at=NOON - timedelta(hours=26)))
        assert codes(verdict) == ["window_closed"]
        assert verdict.sentence == (
            "Not sent: the 24-hour reply window closed on 20 May at 09:55; send an approved template."
        )

    def test_a_person_is_bound_by_the_window_too(self):
        assert codes(may_send(replace(BY_A_PERSON, last_inbound_at=NOON - timedelta(hours=26)))) == ["window_closed"]

    def test_a_lead_who_never_wrote_gets_a_template_first(self):
        verdict = may_send(replace(REPLY, last_inbound_at=None))
        assert verdict.sentence == "Not sent: they have not written yet; only an approved template may go first."

    def test_metas_refusal_closes_the_window_at_the_time_of_the_refusal(self):
        verdict = may_send(replace(REPLY, window_closed_at=NOON - timedelta(minutes=30)))
        assert verdict.sentence == (
            "Not sent: the 24-hour reply window closed on 20 May at 11:30; send an approved template."
        )

    def test_a_template_needs_no_window(self):
        assert may_send(replace(TEMPLATE, last_inbound_at=NOON - timedelta(days=90))).allowed


class TestAPersonTakesOver:
    @pytest.mark.parametrize("purpose", ["reply", "handover_notice", "opt_out_confirmation", "campaign"])
    def test_a_conversation_that_a_person_took_gets_no_word_of_the_bot(self, purpose):
        taken = replace(REPLY, purpose=purpose, mode="human", assigned_to="ana", agreed_to_marketing=True)
        assert codes(may_send(taken)) == ["human_mode"]
        assert may_send(taken).sentence == "Not sent: a person has taken this conversation over."

    @pytest.mark.parametrize("message", [HANDOVER_NOTICE, CONFIRMATION])
    def test_a_lead_who_waits_for_a_person_is_told_so_and_may_still_say_no(self, message):
        assert may_send(replace(message, mode="human")).allowed

    @pytest.mark.parametrize("message", [REPLY, HANDOVER_NOTICE, CONFIRMATION])
    def test_a_person_at_the_phone_is_a_person_although_nobody_is_assigned(self, message):
        verdict = may_send(replace(message, mode="human", taken_over_at=NOON))
        assert verdict.sentence == "Not sent: a person has taken this conversation over."

    def test_a_lead_who_waits_for_a_person_gets_no_more_questions_of_the_bot(self):
        verdict = may_send(replace(REPLY, mode="human"))
        assert verdict.sentence == "Not sent: this conversation waits for a person."

    def test_no_campaign_falls_into_a_conversation_with_a_person(self):
        assert codes(may_send(replace(TEMPLATE, mode="human", assigned_to="ana"))) == ["human_mode"]

    @pytest.mark.parametrize("message", [BY_A_PERSON, BY_A_PROGRAM])
    def test_people_and_their_own_programs_may_write_after_taking_over(self, message):
        assert may_send(replace(message, mode="human", assigned_to="ana")).allowed


class TestWhileSomethingElseHappens:
    def test_an_answer_is_dropped_when_the_lead_wrote_again_first(self):
        assert codes(may_send(replace(REPLY, newer_message_waiting=True))) == ["newer_message"]

    def test_a_confirmation_of_a_no_is_right_whatever_the_lead_wrote_next(self):
        assert may_send(replace(CONFIRMATION, newer_message_waiting=True)).allowed

    def test_a_person_decides_alone_what_to_answer(self):
        assert may_send(replace(BY_A_PERSON, newer_message_waiting=True, in_flight=True)).allowed

    def test_the_bot_waits_for_the_outcome_of_its_last_message(self):
        verdict = may_send(replace(REPLY, in_flight=True))
        assert (verdict.outcome, codes(verdict), verdict.seconds) == ("wait", ["in_flight"], 2.0)


class TestWhereTo:
    def test_a_number_that_meta_told_us_to_stop_sends_nothing_and_says_why(self):
        verdict = may_send(replace(BY_A_PERSON, channel_paused_reason="The access token has expired."))
        assert codes(verdict) == ["channel_paused"]
        assert verdict.sentence == "Not sent: sending from this number is paused. The access token has expired."

    def test_staging_cannot_reach_a_real_lead(self):
        assert codes(may_send(replace(BY_A_PERSON, reachable=False))) == ["environment"]

    def test_a_lead_who_hides_the_number_is_reached_by_user_id(self):
        assert may_send(replace(REPLY, phone=None, bsuid="ES.9Kd82LmQ4")).allowed
        assert codes(may_send(replace(REPLY, phone=None))) == ["no_address"]


class TestRates:
    def test_a_lead_who_was_just_written_to_is_answered_a_little_later(self):
        verdict = may_send(replace(REPLY, pair_wait_seconds=3.5))
        assert (verdict.outcome, codes(verdict), verdict.seconds) == ("wait", ["pair_rate"], 3.5)
        assert not verdict.allowed
        assert not verdict.refused

    def test_the_longest_wait_counts(self):
        verdict = may_send(replace(REPLY, pair_wait_seconds=3.5, throughput_wait_seconds=6.0))
        assert (codes(verdict), verdict.seconds) == (["pair_rate", "throughput"], 6.0)

    def test_what_may_never_go_out_does_not_wait_first(self):
        assert may_send(replace(REPLY, pair_wait_seconds=3.5, opted_out_at=NOON - A_DAY)).refused


def test_all_reasons_come_in_the_order_of_the_rules():
    verdict = may_send(
        replace(
            TEMPLATE,
            phone=None,
            opted_out_at=NOON - A_DAY,
            marketing_stopped_at=NOON - A_DAY,
            channel_paused_reason="Payment is missing",
            reachable=False,
            us_number=True,
            mode="human",
            newer_message_waiting=True,
        )
    )
    assert codes(verdict) == [
        "opted_out",
        "marketing_stopped",
        "channel_paused",
        "no_address",
        "environment",
        "us_marketing",
        "human_mode",
        "newer_message",
    ]


def test_the_verdict_is_stored_with_the_message_as_plain_json():
    assert may_send(replace(REPLY, pair_wait_seconds=3.5)).as_json() == {
        "outcome": "wait",
        "reasons": [
            {"code": "pair_rate", "sentence": "Waiting: WhatsApp limits how fast one person may be written to."}
        ],
        "seconds": 3.5,
    }


class TestUnasked:
    FOLLOW_UP = replace(REPLY, purpose="follow_up")

    def test_a_follow_up_goes_out_by_day_and_inside_the_window(self):
        assert may_send(self.FOLLOW_UP).allowed

    @pytest.mark.parametrize("message", [FOLLOW_UP, TEMPLATE], ids=["follow-up", "campaign"])
    def test_nobody_is_written_to_unasked_at_night(self, message):
        assert codes(may_send(replace(message, in_contact_hours=False))) == ["contact_hours"]

    @pytest.mark.parametrize("message", [REPLY, BY_A_PERSON, HANDOVER_NOTICE, CONFIRMATION])
    def test_an_answer_goes_out_at_any_hour(self, message):
        assert may_send(replace(message, in_contact_hours=False)).allowed

    def test_a_follow_up_is_refused_like_any_message_of_the_bot(self):
        against = {
            "opted_out": {"opted_out_at": NOON - A_DAY},
            "suppressed": {"suppressed": "all"},
            "human_mode": {"mode": "human"},
            "newer_message": {"newer_message_waiting": True},
            "window_closed": {"last_inbound_at": NOON - A_DAY},
            "channel_paused": {"channel_paused_reason": "The token is not valid."},
        }
        for code, changes in against.items():
            assert codes(may_send(replace(self.FOLLOW_UP, **changes))) == [code]


class TestWhoeverIsWrittenToUnasked:
    def test_a_lead_who_never_agreed_to_marketing_gets_none(self):
        verdict = may_send(replace(TEMPLATE, agreed_to_marketing=False))
        assert codes(verdict) == ["no_consent"]
        assert verdict.sentence == "Not sent: no consent of theirs to marketing messages is on record."

    def test_a_reply_asks_for_no_consent_to_marketing(self):
        assert may_send(replace(REPLY, agreed_to_marketing=False)).allowed

    @pytest.mark.parametrize("message", [TEMPLATE, FOLLOW_UP])
    def test_a_lead_who_answered_none_of_three_messages_gets_no_fourth(self, message):
        assert may_send(replace(message, unasked_lately=2)).allowed
        verdict = may_send(replace(message, unasked_lately=3))
        assert codes(verdict) == ["too_often"]
        assert verdict.sentence == "Not sent: they have not answered the last 3 messages."

    def test_whoever_asks_is_answered_however_often_they_were_written_to(self):
        assert may_send(replace(REPLY, unasked_lately=9)).allowed


class TestOnTheReadersClock:
    def test_a_no_is_dated_as_the_workspaces_calendar_had_it(self):
        at_night = datetime(2026, 5, 2, 22, 30, tzinfo=UTC)
        here = replace(REPLY, opted_out_at=at_night, time_zone="Europe/Madrid")
        assert may_send(here).sentence == "Not sent: they asked on 3 May not to be written to."
        assert may_send(replace(here, time_zone="UTC")).sentence == (
            "Not sent: they asked on 2 May not to be written to."
        )

    def test_the_window_closed_at_an_hour_of_the_workspace(self):
        late = replace(REPLY, last_inbound_at=NOON - 2 * A_DAY, time_zone="America/New_York")
        assert may_send(late).sentence == (
            "Not sent: the 24-hour reply window closed on 19 May at 07:55; send an approved template."
        )

    def test_a_zone_that_is_none_counts_as_utc(self):
        no = replace(REPLY, opted_out_at=datetime(2026, 5, 3, 9, 0, tzinfo=UTC), time_zone="Mars/Olympus")
        assert may_send(no).sentence == "Not sent: they asked on 3 May not to be written to."


class TestApproval:
    @pytest.mark.parametrize("message", [REPLY, HANDOVER_NOTICE, FOLLOW_UP, replace(REPLY, author="api")])
    def test_what_a_program_wants_to_say_waits_for_a_click_in_approval_mode(self, message):
        verdict = may_send(replace(message, needs_approval=True))
        assert verdict.waits_for_click
        assert (verdict.allowed, verdict.refused) == (False, False)
        assert codes(verdict) == ["approval"]

    @pytest.mark.parametrize("message", [CONFIRMATION, BY_A_PERSON, TEMPLATE])
    def test_a_no_is_confirmed_at_once_and_a_person_asks_nobody(self, message):
        assert may_send(replace(message, needs_approval=True)).allowed

    def test_nothing_is_proposed_that_may_not_go_out(self):
        verdict = may_send(replace(REPLY, needs_approval=True, mode="human"))
        assert codes(verdict) == ["human_mode"]

    def test_whatsapps_rates_are_looked_at_when_it_is_sent(self):
        assert may_send(replace(REPLY, needs_approval=True, pair_wait_seconds=4)).waits_for_click
