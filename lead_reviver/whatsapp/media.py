"""Files that leads send: whether an address may be asked for them, and whether what came is what was announced.

Rules: section 4.4 of the WhatsApp facts. The address comes with the access token's trust, so it is checked like any
input: only the expected hosts, never a private address, never a redirect to somebody else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aiohttp import DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from lead_reviver.errors import RefusedByRules
from lead_reviver.whatsapp.identity import usable_id

LARGEST_FILE = 100 * 1024 * 1024
"""Meta's largest: a document of 100 MB."""


class MediaRefused(RefusedByRules):
    """A file is not fetched or not handed on, because its address or its bytes are not what they should be."""


class MediaGone(RefusedByRules):
    """WhatsApp no longer has the file: ids of incoming files are good for 7 days."""

    def __init__(self, media_id: str) -> None:
        self.media_id = media_id
        super().__init__(f"WhatsApp no longer has file {media_id!r}; ask the lead to send it again.")


@dataclass(frozen=True, slots=True)
class Media:
    """What WhatsApp says about a file. The address is good for 5 minutes."""

    media_id: str
    url: str
    mime_type: str | None
    sha256: str | None
    """Base64 or hex."""
    file_size: int | None


def media_of(media_id: str, answer: Any) -> Media | None:
    """Read the answer of GET /{media_id}; None when it has no address."""
    if not isinstance(answer, dict) or not isinstance(answer.get("url"), str):
        return None
    size = usable_id(answer.get("file_size"))
    return Media(
        media_id=media_id,
        url=answer["url"],
        mime_type=usable_id(answer.get("mime_type")),
        sha256=usable_id(answer.get("sha256")),
        file_size=int(size) if size is not None and size.isdecimal() and size.isascii() else None,
    )


def checked_url(url: str, hosts: Collection[str], *, loopback_allowed: bool) -> URL:
    """Return the address when the token may be sent there. Raises `MediaRefused`.

    `loopback_allowed` is for a Graph API on this machine, whose files are on this machine too, without TLS.
    """
    if not url.isascii() or not url.isprintable() or " " in url:
        raise MediaRefused("The file's address cannot be read.")
    try:
        # As it is: a signed address must not be spelt in another way.
        parsed = URL(url, encoded=True)
        host, port = parsed.host, parsed.port
    except ValueError:
        raise MediaRefused("The file's address cannot be read.") from None
    if not host or parsed.user is not None:
        raise MediaRefused("The file's address has no host, or carries a user.")
    if is_loopback(host):
        if loopback_allowed and parsed.scheme in ("http", "https"):
            return parsed
        raise MediaRefused("The file's address is on this machine; set WHATSAPP_GRAPH_URL to it if that is meant.")
    if parsed.scheme != "https" or port != 443 or host.lower() not in hosts:
        raise MediaRefused("The file's address is not one of WHATSAPP_MEDIA_HOSTS over https.")
    return parsed


def redirected(url: URL, location: str) -> str:
    """Return where a redirect leads, to be checked like any address. Raises `MediaRefused` when it cannot be read."""
    try:
        return str(url.join(URL(location, encoded=True)))
    except ValueError:
        raise MediaRefused("The file's address leads nowhere.") from None


class Verifier:
    """Counts and hashes the bytes of a file as they come, and says in the end whether they are the announced ones."""

    def __init__(self, media: Media, limit: int = LARGEST_FILE) -> None:
        self._media, self._limit = media, limit
        self._hash = hashlib.sha256()
        self.size = 0

    def check_type(self, content_type: str | None) -> None:
        """Compare the type of the answer with the announced one, before the parameters. Raises `MediaRefused`."""
        if content_type is None or self._media.mime_type is None:
            return
        if _bare_type(content_type) != _bare_type(self._media.mime_type):
            raise MediaRefused(f"File {self._media.media_id!r} has another type than WhatsApp announced.")

    def add(self, piece: bytes) -> None:
        """Take in the next bytes. Raises `MediaRefused` as soon as there are too many."""
        self.size += len(piece)
        expected = self._media.file_size
        if self.size > self._limit or (expected is not None and self.size > expected):
            raise MediaRefused(f"File {self._media.media_id!r} is larger than announced, or than {self._limit} bytes.")
        self._hash.update(piece)

    def finish(self) -> None:
        """Compare size and hash. Raises `MediaRefused`."""
        if self._media.file_size is not None and self.size != self._media.file_size:
            raise MediaRefused(f"File {self._media.media_id!r} is shorter than announced.")
        if self._media.sha256 is not None and not _is_digest(self._media.sha256, self._hash.digest()):
            raise MediaRefused(f"File {self._media.media_id!r} does not have the announced SHA-256.")


class PublicResolver(AbstractResolver):
    """Looks names up, and refuses those that lead to a private address, whatever the name."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`. Raises OSError when one is not public."""
        found = await self._resolver.resolve(host, port, family)
        if not all(ipaddress.ip_address(each["host"].partition("%")[0]).is_global for each in found):
            raise OSError("the name leads to an address that is not public")
        return found

    async def close(self) -> None:
        """Let go of the resolver underneath."""
        await self._resolver.close()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bare_type(mime_type: str) -> str:
    return mime_type.partition(";")[0].strip().lower()


def _is_digest(announced: str, digest: bytes) -> bool:
    return hmac.compare_digest(announced.lower().encode(), digest.hex().encode()) or hmac.compare_digest(
        announced.rstrip("=").encode(), base64.b64encode(digest).rstrip(b"=")
    )
