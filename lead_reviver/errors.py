"""The families of errors, by what the caller should do.

`RefusedByRules`: our rules say no; the work ends quietly and the reason is shown.
`TryAgainLater`: something we need is away; the same work is tried again with backoff.
Anything else is a bug and may crash loudly.

Messages carry ids, never phone numbers, names or message text.
"""


class LeadReviverError(Exception):
    """Whatever Lead-Reviver itself raises."""


class RefusedByRules(LeadReviverError):
    """Our rules, Meta's or the law's say no. Trying again changes nothing."""


class TryAgainLater(LeadReviverError):
    """A service that is needed is away or busy. Trying again later may work."""


class BadInput(LeadReviverError):
    """What came in cannot be used; the message says what to change."""


class SettingsError(LeadReviverError):
    """A setting is missing or wrong; the message names it and says what to do."""
