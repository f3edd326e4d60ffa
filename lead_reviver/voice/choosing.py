"""Which `Transcriber` the settings name."""

from __future__ import annotations

from lead_reviver.voice.endpoint import EndpointTranscriber

NOBODY = "none"


def transcriber_called(name: str, url: str | None, key: str | None, seconds: float) -> EndpointTranscriber | None:
    """Return what transcribes voice notes; None where a person listens. Raises `SettingsError`."""
    return None if name == NOBODY else EndpointTranscriber(name, url or None, key, seconds)
