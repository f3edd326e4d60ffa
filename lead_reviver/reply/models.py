"""Which `Llm` a setting names."""

from __future__ import annotations

from lead_reviver.errors import SettingsError
from lead_reviver.ports import Llm
from lead_reviver.reply.echo import EchoResponder
from lead_reviver.reply.responder import FindPlaybook, PlaybookResponder


def model_called(name: str, find_playbook: FindPlaybook, *, production: bool) -> Llm:
    """Return the model that `LEAD_REVIVER_MODEL` names. Raises `SettingsError` for one that is not there."""
    if name == PlaybookResponder.name:
        return PlaybookResponder(find_playbook)
    if name == EchoResponder.name and not production:
        return EchoResponder()
    raise SettingsError(
        f"LEAD_REVIVER_MODEL is {name!r}, which cannot be used here; set it to {PlaybookResponder.name!r}."
    )
