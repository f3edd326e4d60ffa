"""How long a recording is, read from the file itself, before anybody is paid to listen.

Pure. WhatsApp's voice notes are Ogg with Opus (RFC 7845): the last page says how many samples of 48 kHz there were.
"""

from __future__ import annotations

import struct
from typing import Final

_OPUS_RATE: Final = 48_000
_MIME_OGG: Final = ("audio/ogg", "application/ogg")
_LEAST_BYTES_A_SECOND: Final = 500
"""4 kbit/s: less than any codec that WhatsApp passes on, so that no length comes out too short."""
_NO_POSITION: Final = -1


def seconds_of(sound: bytes, mime: str | None) -> float:
    """Return the length in seconds; where the file does not say, at most what its size allows."""
    at_most = len(sound) / _LEAST_BYTES_A_SECOND
    if (mime or "").partition(";")[0].strip().lower() not in _MIME_OGG:
        return at_most
    position, at = _NO_POSITION, sound.rfind(b"OggS")
    while at >= 0 and position == _NO_POSITION:
        if len(sound) >= at + 14:
            (position,) = struct.unpack_from("<q", sound, at + 6)
        at = sound.rfind(b"OggS", 0, at)
    return min(position / _OPUS_RATE, at_most) if position > 0 else at_most
