"""Which `Llm` a setting names."""

from __future__ import annotations

from lead_reviver.errors import SettingsError
from lead_reviver.ports import Llm
from lead_reviver.reply.responder import FindPlaybook, PlaybookResponder


def model_called(name: str, find_playbook: FindPlaybook) -> Llm:
    """Return the model that `LEAD_REVIVER_MODEL` names. Raises `SettingsError` for one that is not there."""
    if name == PlaybookResponder.name:
        return PlaybookResponder(find_playbook)
    raise SettingsError(
        f"LEAD_REVIVER_MODEL is {name!r}, which is no model of this version; set it to {PlaybookResponder.name!r}."
    )
