"""Meta's error codes: what each means in plain words, and what to do about it. Decide on the code alone.

Source: section 5.7 of the WhatsApp facts. The same code may come in the answer to a send, in a status, or in both;
titles and HTTP statuses change and are never looked at.
"""

from __future__ import annotations

from enum import StrEnum


class Reaction(StrEnum):
    """What to do after an error. Each says how far it reaches: this message, this lead, this number, everything."""

    RETRY_LATER = "retry_later"
    """Meta's own trouble: the same message again with backoff, at most 3 to 5 times."""
    SLOW_DOWN = "slow_down"
    """The number sends too fast: backoff with jitter, and send slower."""
    PAIR_BACKOFF = "pair_backoff"
    """Too much to this one user: wait 4^n seconds; other users go on."""
    WAIT_FOR_QUOTA = "wait_for_quota"
    """The API's hourly quota is used up: wait minutes to an hour."""
    WAIT_FOR_SYNC = "wait_for_sync"
    """A new template is not everywhere yet: again after 10 minutes."""
    STOP_ALL = "stop_all"
    """Nothing can be sent with this account: stop, keep the queue, call a person."""
    STOP_CHANNEL = "stop_channel"
    """Nothing can be sent from this number: stop it, call a person."""
    PAUSE_CAMPAIGNS = "pause_campaigns"
    """Too many blocks and reports: no campaign goes on before a person has looked."""
    PAUSE_TEMPLATES = "pause_templates"
    """Template messages are limited: stop them, call a person; replies in the window go on."""
    PERMANENT_FOR_LEAD = "permanent_for_lead"
    """This lead cannot be reached on WhatsApp. With replies seen before, not on the first hit."""
    PERMANENT_FOR_COUNTRY = "permanent_for_country"
    """WhatsApp does not let this business write to the lead's country."""
    PERMANENT_FOR_MESSAGE = "permanent_for_message"
    """This message is lost; tell a person. Also for every code that is not known."""
    WINDOW_CLOSED = "window_closed"
    """More than 24 hours since the lead wrote, says Meta: mark it closed; a template or nothing."""
    MARKETING_CAP = "marketing_cap"
    """Meta spares this user marketing for now: again after a day at the earliest, few times, growing gaps."""
    SUPPRESS_MARKETING = "suppress_marketing"
    """The user stopped marketing from this business: none until they resume."""
    WAIT_FOR_LEAD = "wait_for_lead"
    """No template reaches this user; only when they write first, or over another channel."""
    NEEDS_PHONE = "needs_phone"
    """This message cannot go to a business-scoped user id; a phone number is needed."""
    USE_MARKETING_API = "use_marketing_api"
    """Marketing templates of this account go through /marketing_messages."""
    USE_MESSAGES_API = "use_messages_api"
    """The marketing endpoint is not available: send through /messages."""
    USE_PLAIN_TEXT = "use_plain_text"
    """The form cannot be shown: ask in plain text."""
    FIX_TEMPLATE = "fix_template"
    """The template and what we fill in do not fit: block it until a person has mended it."""
    FIX_VALUES = "fix_values"
    """A value for the template is not allowed (line break, tab, more than 4 spaces): clean it; no retry as it is."""
    REFRESH_TEMPLATES = "refresh_templates"
    """The template does not exist in this language or is not approved: read the list again, stop the step."""
    TEMPLATE_PAUSED = "template_paused"
    """Stop using the template until the webhook says it is approved again."""
    TEMPLATE_DISABLED = "template_disabled"
    """The template is gone for good: a new one is needed."""
    BAD_REQUEST = "bad_request"
    """Our mistake: no retry, tell a person."""
    NOT_ON_TEST_LIST = "not_on_test_list"
    """A test number only writes to listed numbers; cannot happen in production."""
    MEDIA_FAILED = "media_failed"
    """A file could not be fetched or uploaded: ask for it again or mend it; no blind retry."""
    ASK_TO_RESEND = "ask_to_resend"
    """What the lead sent is not available: ask them to send it again."""
    VERIFY_IDENTITY = "verify_identity"
    """Somebody else may hold the number now: no personal data before the person is verified."""
    ASK_OPERATOR = "ask_operator"
    """Setting up the number or its username failed: the operator decides."""
    IGNORE = "ignore"
    """Belongs to something we do not use."""


STOPS_SENDING = frozenset({Reaction.STOP_ALL, Reaction.STOP_CHANNEL})
"""Reactions after which nothing more may be sent from the number."""

TRIES_AGAIN = frozenset(
    {
        Reaction.RETRY_LATER,
        Reaction.SLOW_DOWN,
        Reaction.PAIR_BACKOFF,
        Reaction.WAIT_FOR_QUOTA,
        Reaction.WAIT_FOR_SYNC,
    }
)
"""Reactions after which the same message may be sent again, unchanged, soon."""

# One row a meaning: codes (a range includes both ends), reaction, what the dashboard says.
_TABLE: tuple[tuple[tuple[int | range, ...], Reaction, str], ...] = (
    ((0, 190), Reaction.STOP_ALL, "The WhatsApp access token is no longer valid. Put in a new one."),
    (
        (3, 10, range(200, 300), 131005),
        Reaction.STOP_ALL,
        "The access token lacks a permission for this WhatsApp account. Grant it in Meta Business settings.",
    ),
    ((368,), Reaction.STOP_ALL, "WhatsApp has restricted the account for breaking its policies."),
    ((131031,), Reaction.STOP_ALL, "WhatsApp has locked the account. Look at its status in WhatsApp Manager."),
    ((130497,), Reaction.PERMANENT_FOR_COUNTRY, "WhatsApp does not let this business write to people in that country."),
    ((131042,), Reaction.STOP_ALL, "There is a problem with the payment method of the WhatsApp account."),
    ((131044,), Reaction.STOP_ALL, "The WhatsApp account has no valid payment method. Add one in WhatsApp Manager."),
    ((131045, 133010), Reaction.STOP_CHANNEL, "The business number is not registered with the WhatsApp API."),
    ((33,), Reaction.STOP_CHANNEL, "The business number was deleted or is not known to WhatsApp."),
    ((131037,), Reaction.STOP_CHANNEL, "WhatsApp has not approved the display name of the business number yet."),
    ((4, 80007), Reaction.WAIT_FOR_QUOTA, "Too many calls to WhatsApp in this hour; going on later."),
    ((130429,), Reaction.SLOW_DOWN, "The business number sends faster than WhatsApp allows; going on more slowly."),
    ((131056,), Reaction.PAIR_BACKOFF, "Too many messages to this person in a short time; trying again soon."),
    (
        (131048,),
        Reaction.PAUSE_CAMPAIGNS,
        "Too many people blocked or reported the business number. Campaigns are paused; look at what was sent.",
    ),
    (
        (131064,),
        Reaction.PAUSE_TEMPLATES,
        "WhatsApp limits this account because templates were filed under the wrong category.",
    ),
    (
        (133016,),
        Reaction.ASK_OPERATOR,
        "The business number was registered and removed too often. WhatsApp locks it for 72 hours.",
    ),
    (
        (1, 2, 131000, 131016, 133004),
        Reaction.RETRY_LATER,
        "WhatsApp has trouble of its own; the message is tried again.",
    ),
    ((131057,), Reaction.RETRY_LATER, "WhatsApp is working on the business number; the message is tried again."),
    (
        (100, 131008, 131009, 135000, 131051, 131055, 131059),
        Reaction.BAD_REQUEST,
        "WhatsApp did not accept the form of this message.",
    ),
    ((131021,), Reaction.PERMANENT_FOR_MESSAGE, "The message was addressed to the business number itself."),
    (
        (131026,),
        Reaction.PERMANENT_FOR_LEAD,
        "WhatsApp could not deliver this: the person may not use WhatsApp, or not want messages from you.",
    ),
    ((131030,), Reaction.NOT_ON_TEST_LIST, "A test number can only write to numbers on its list, and this one is not."),
    (
        (131047,),
        Reaction.WINDOW_CLOSED,
        "More than 24 hours have passed since the person last wrote; only a template can be sent.",
    ),
    ((131049,), Reaction.MARKETING_CAP, "WhatsApp held this back: the person gets a lot of marketing at the moment."),
    ((131050,), Reaction.SUPPRESS_MARKETING, "The person stopped marketing messages from you in WhatsApp."),
    (
        (130472,),
        Reaction.WAIT_FOR_LEAD,
        "WhatsApp shows this person no marketing as part of a test. They can still write first.",
    ),
    ((131052,), Reaction.MEDIA_FAILED, "A file from the person could not be fetched. Ask them to send it again."),
    ((131053,), Reaction.MEDIA_FAILED, "WhatsApp could not take this file. Check its type and size."),
    (
        (131060,),
        Reaction.ASK_TO_RESEND,
        "A message from the person is not available here. Ask them to send it again.",
    ),
    ((131062,), Reaction.NEEDS_PHONE, "This kind of message needs the phone number, and the person hides it."),
    (
        (131063,),
        Reaction.USE_MARKETING_API,
        "This account sends marketing through WhatsApp's marketing service only.",
    ),
    ((132000,), Reaction.FIX_TEMPLATE, "The template was filled in with too few or too many values."),
    ((132008,), Reaction.FIX_TEMPLATE, "The template was filled in with a value it has no place for."),
    ((132012,), Reaction.FIX_TEMPLATE, "The template was filled in with a value of the wrong form."),
    (
        (132018,),
        Reaction.FIX_VALUES,
        "A value for the template holds a line break, a tab or too many spaces, or one is missing.",
    ),
    ((132001,), Reaction.REFRESH_TEMPLATES, "The template does not exist in this language or is not approved."),
    ((132005,), Reaction.FIX_TEMPLATE, "The template is too long once it is filled in."),
    ((132007,), Reaction.FIX_TEMPLATE, "The text of the template breaks a WhatsApp policy."),
    ((132015,), Reaction.TEMPLATE_PAUSED, "WhatsApp has paused the template because people reacted badly to it."),
    ((132016,), Reaction.TEMPLATE_DISABLED, "WhatsApp has switched off the template for good. Make a new one."),
    ((132068, 132069), Reaction.USE_PLAIN_TEXT, "WhatsApp does not show this form at the moment."),
    ((134100,), Reaction.FIX_TEMPLATE, "Only marketing templates can be sent through WhatsApp's marketing service."),
    ((134101,), Reaction.WAIT_FOR_SYNC, "The template is new and not ready everywhere; trying again in ten minutes."),
    ((134102,), Reaction.USE_MESSAGES_API, "WhatsApp's marketing service is not available for this template."),
    (
        (137000,),
        Reaction.VERIFY_IDENTITY,
        "The person may have a new phone or the number a new owner. Make sure who it is before you go on.",
    ),
    ((range(139100, 139104),), Reaction.IGNORE, "Blocking or unblocking this person did not work."),
    (
        (2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299),
        Reaction.FIX_TEMPLATE,
        "WhatsApp did not accept the new template. Check its length, its values and how many templates there are.",
    ),
    (
        (133000, 133005, 133006, 133008, 133009, 133015),
        Reaction.ASK_OPERATOR,
        "Registering the business number did not work. Check its PIN and try again in WhatsApp Manager.",
    ),
    ((range(147001, 147006),), Reaction.ASK_OPERATOR, "The username of the business number could not be set."),
    ((range(138000, 139000), range(131200, 131300)), Reaction.IGNORE, "This belongs to calls or groups."),
    ((2593109,), Reaction.IGNORE, "The business chose not to share its earlier chats."),
)

_UNSAID = "WhatsApp did not deliver this message and did not say why."
_UNKNOWN = "WhatsApp refused this message for a reason that is not known here (code {code})."

_REACTIONS: dict[int, tuple[Reaction, str]] = {
    code: (reaction, words)
    for codes, reaction, words in _TABLE
    for each in codes
    for code in (each if isinstance(each, range) else (each,))
}


def reaction_to(code: int | None) -> Reaction:
    """Return what to do about an error code. An unknown one is permanent for its message, and worth an alert.

    None, for a failure without a code, counts as unknown: 0 would say that the token is invalid.
    """
    known = _REACTIONS.get(code) if code is not None else None
    return Reaction.PERMANENT_FOR_MESSAGE if known is None else known[0]


def explain(code: int | None) -> str:
    """Return what an error code means, in a sentence or two for people."""
    if code is None:
        return _UNSAID
    known = _REACTIONS.get(code)
    return _UNKNOWN.format(code=code) if known is None else known[1]


def is_known(code: int) -> bool:
    """Whether the code has a row of its own; when not, a person should hear of it."""
    return code in _REACTIONS
