"""The hours in which a lead may be written to unasked: its own, less the playbook's quiet hours."""

from __future__ import annotations

from lead_reviver.decide.contact_hours import ContactHours, without_quiet_hours
from lead_reviver.reply.playbook import Playbook
from lead_reviver.storage.follow_ups import SilentLead
from lead_reviver.storage.snoozes import Sleeper


def hours_of(lead: SilentLead | Sleeper, playbook: Playbook) -> ContactHours:
    """Return the hours of a lead under a playbook."""
    hours = ContactHours(lead.time_zone, lead.contact_from, lead.contact_until)
    quiet = playbook.quiet_hours
    return hours if quiet is None else without_quiet_hours(hours, quiet.begin, quiet.end)
