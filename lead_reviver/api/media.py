"""Files of messages, fetched from WhatsApp when somebody who may see the message looks at it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from lead_reviver.api.access import SignedIn
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.errors import LeadReviverError
from lead_reviver.storage.database import as_member
from lead_reviver.whatsapp.client import MediaGone, MediaRefused

router = APIRouter(prefix="/api", tags=["media"])

MESSAGE = """
select m.kind, m.content, m.deleted_at, ch.phone_number_id from public.messages m
join public.conversations c on c.id = m.conversation_id join public.channels ch on ch.id = c.channel_id
where m.id = $1
"""
SHOWN: Final = ("image/jpeg", "image/png", "image/webp", "audio/", "video/", "application/pdf")
"""What a browser may show; anything else is offered as a download, since a lead may send any file."""
IN_MEMORY: Final = 2 * 1024 * 1024


@router.get("/media/{message_id}", response_class=StreamingResponse)
async def media(message_id: UUID, caller: SignedIn, parts: Parts) -> StreamingResponse:
    """Return the file of a message. 404 when there is none, 410 when WhatsApp no longer has it."""
    async with as_member(parts.pool, caller.claims) as connection:
        row = await connection.fetchrow(MESSAGE, str(message_id))
    content = row["content"] if row is not None and row["deleted_at"] is None else {}
    media_id = content.get("media_id") or content.get("id")
    if row is None or not media_id:
        raise Problem(404, "not_found", "There is no file here.")
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it has been streamed
    try:
        found = await parts.graph.fetch_media(str(media_id), await parts.token_of(row["phone_number_id"]), file)
    except MediaGone:
        file.close()
        raise Problem(410, "gone", "WhatsApp no longer has this file; it keeps files for 7 days.") from None
    except MediaRefused as refusal:
        file.close()
        raise Problem(502, "refused", f"The file is not shown: {refusal}") from None
    except LeadReviverError as error:
        file.close()
        raise Problem(503, "try_again", str(error)) from None
    kind = (found.mime_type or "application/octet-stream").split(";")[0].strip().lower()
    headers = {
        "cache-control": "private, max-age=86400, immutable",
        "content-security-policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
        "content-disposition": "inline" if kind.startswith(SHOWN) else "attachment",
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(_pieces(file), media_type=kind, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(256 * 1024):
            yield piece
