"""Files that people and the business send: kept on disk, fetched with a link that lives five minutes.

Facts 4.2 and 4.4: sizes and types by kind; an upload is kept 30 days, what a lead sent 7; a download needs the
Bearer token and a fresh link. In webhooks the hash is base64, in `GET /{media_id}` hexadecimal.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lead_reviver.errors import BadInput
from lead_reviver.simulator.graph_errors import GraphError, unknown_object
from lead_reviver.simulator.settings import SimulatorSettings
from lead_reviver.simulator.world import Json

LINK_SECONDS = 300
MEGABYTE = 1024 * 1024
DAY = 86400
LEADS_FILE_DAYS = 7
"""How long WhatsApp keeps what a lead sent."""
SAMPLES = Path(__file__).parent / "samples"
SAMPLE_OF = {
    "image": ("house.jpg", "image/jpeg"),
    "video": ("street.mp4", "video/mp4"),
    "audio": ("voice.ogg", "audio/ogg; codecs=opus"),
    "document": ("offer.pdf", "application/pdf"),
    "sticker": ("key.webp", "image/webp"),
}
OFFICE = "application/vnd.openxmlformats-officedocument."
LIMITS: dict[str, tuple[int, frozenset[str]]] = {
    "image": (5 * MEGABYTE, frozenset({"image/jpeg", "image/png"})),
    "video": (16 * MEGABYTE, frozenset({"video/mp4", "video/3gpp"})),
    "audio": (16 * MEGABYTE, frozenset({"audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"})),
    "document": (
        100 * MEGABYTE,
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                OFFICE + "wordprocessingml.document",
                OFFICE + "spreadsheetml.sheet",
                OFFICE + "presentationml.presentation",
            }
        ),
    ),
    "sticker": (512 * 1024, frozenset({"image/webp"})),
}
MOST_BYTES = 100 * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """What is known of a file."""

    id: str
    mime_type: str
    size: int
    sha256: str
    """Hexadecimal."""
    kept_until: float
    filename: str | None = None


def kind_of(mime_type: str) -> str | None:
    """Return the kind of message a file may be sent in, None when there is none."""
    bare = mime_type.partition(";")[0].strip().lower()
    return next((kind for kind, (_, types) in LIMITS.items() if bare in types), None)


class Media:
    """The shelf of files. Without a data directory it is a temporary one."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._secret = settings.app_secret.encode()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if settings.data_dir is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="lead-reviver-media-")
            self._folder = Path(self._temporary.name)
        else:
            self._folder = settings.data_dir / "media"
            self._folder.mkdir(parents=True, exist_ok=True)
        self.files: dict[str, MediaFile] = {}
        self._samples: dict[str, str] = {}

    def close(self) -> None:
        """Remove what was only temporary."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def keep(
        self, raw: bytes, mime_type: str, *, days: int, filename: str | None = None, media_id: str | None = None
    ) -> MediaFile:
        """Keep a file for some days, under a new id unless one is given; a file with the same id is replaced."""
        media_id = media_id or str(10**15 + secrets.randbelow(9 * 10**15))
        (self._folder / media_id).write_bytes(raw)
        file = MediaFile(
            id=media_id,
            mime_type=mime_type,
            size=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            kept_until=time.time() + days * DAY,
            filename=filename,
        )
        self.files[media_id] = file
        return file

    def upload(self, raw: bytes, mime_type: str, filename: str | None) -> MediaFile:
        """Keep a file of the business; raises `GraphError` when Meta would not take it."""
        kind = kind_of(mime_type)
        if kind is None:
            raise GraphError(
                100,
                message=f"(#100) Param file must be a file of a supported type, not {mime_type[:60]!r}.",
            )
        if not raw or len(raw) > LIMITS[kind][0]:
            raise GraphError(131053, f"A file of type {kind} has 1 to {LIMITS[kind][0]} bytes.")
        return self.keep(raw, mime_type, days=30, filename=filename)

    def find(self, media_id: str) -> MediaFile | None:
        """Return a file that is still kept."""
        file = self.files.get(media_id)
        return file if file is not None and file.kept_until > time.time() else None

    def path(self, file: MediaFile) -> Path:
        """Return where the bytes are."""
        return self._folder / file.id

    def delete(self, media_id: str) -> None:
        """Forget a file; raises `GraphError` when there is none."""
        if self.files.pop(media_id, None) is None:
            raise unknown_object(media_id)
        (self._folder / media_id).unlink(missing_ok=True)

    def content(self, kind: str, given: Json) -> Json:
        """Build the media part of a lead's message: from an uploaded file, else from a sample of the kind."""
        file = self.find(str(given["id"])) if given.get("id") else self._sample(kind)
        if file is None:
            raise BadInput("That file is not here; upload it first or leave the id out for a sample.")
        content: Json = {
            "id": file.id,
            "mime_type": file.mime_type,
            "sha256": base64.b64encode(bytes.fromhex(file.sha256)).decode(),
        }
        if kind in ("image", "video", "document") and given.get("caption"):
            content["caption"] = given["caption"]
        if kind == "document":
            content["filename"] = given.get("filename") or file.filename or "document"
        if kind == "audio":
            content["voice"] = given.get("voice", True)
        if kind == "sticker":
            content["animated"] = given.get("animated", False)
        return content

    def _sample(self, kind: str) -> MediaFile:
        known = self.find(self._samples.get(kind, ""))
        if known is None:
            name, mime_type = SAMPLE_OF[kind]
            known = self.keep((SAMPLES / name).read_bytes(), mime_type, days=LEADS_FILE_DAYS, filename=name)
            self._samples[kind] = known.id
        return known

    def link(self, file: MediaFile, base_url: str) -> str:
        """Return an address that works for five minutes."""
        expires = int(time.time()) + LINK_SECONDS
        return f"{base_url}/whatsapp_business/attachments/?mid={file.id}&ext={expires}&hash={self._seal(file, expires)}"

    def by_link(self, media_id: str, expires: str, seal: str) -> MediaFile | None:
        """Return the file of a link that is right and fresh."""
        file = self.find(media_id)
        if file is None or not expires.isdigit() or int(expires) < time.time():
            return None
        return file if hmac.compare_digest(seal.encode(), self._seal(file, int(expires)).encode()) else None

    def _seal(self, file: MediaFile, expires: int) -> str:
        return hmac.digest(self._secret, f"{file.id}:{expires}".encode(), "sha256").hex()[:32]
