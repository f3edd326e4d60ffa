"""Listen to the voice notes of turns that are about to be answered, once each, outside any transaction.

What is heard is stored with the message. A sure no in it takes effect here, in the transaction that stores it, as a
typed one does in the intake.
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from lead_reviver import metrics
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.voice import Transcript, judged
from lead_reviver.errors import LeadReviverError
from lead_reviver.ports import Clock, Transcriber
from lead_reviver.state import counters
from lead_reviver.state.redis import Redis
from lead_reviver.state.voice_budget import VoiceBudget
from lead_reviver.storage import conversations, leads, suppressions, transcripts
from lead_reviver.storage.database import Pool, lent, transaction
from lead_reviver.storage.transcripts import VoiceNote
from lead_reviver.voice.length import seconds_of
from lead_reviver.whatsapp.client import GraphClient
from lead_reviver.whatsapp.media import MediaGone, MediaRefused

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Notes under way per batch; the rest waits, within the same patience."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The parts with which voice notes are listened to."""

    transcriber: Transcriber
    graph: GraphClient
    token_of: Callable[[str], Awaitable[str]]
    budget: VoiceBudget
    clock: Clock
    hash_key: bytes
    longest: float
    """Seconds; a longer note is left to a person."""
    patience: float
    """Seconds that all notes of a batch may take together; turns wait for it."""

    async def listen(self, pool: Pool, redis: Redis, held: Mapping[str, str]) -> None:
        """Transcribe what nobody has listened to yet in turns (id -> lease), and store it.

        Raises `DatabaseAway`, `StateAway`.
        """
        async with lent(pool) as connection:
            notes = await transcripts.unheard(connection, held)
        if not notes:
            return
        few, until = asyncio.Semaphore(AT_ONCE), time.monotonic() + self.patience
        found = await asyncio.gather(*(self._within(each, few, until) for each in notes))
        heard = dict(zip((each.message_id for each in notes), found, strict=True))
        for each in found:
            metrics.VOICE_NOTES.labels(each.doubt or "heard").inc()
        await self._keep(pool, redis, notes, heard)

    async def _within(self, note: VoiceNote, few: asyncio.Semaphore, until: float) -> Transcript:
        began = time.monotonic()
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + until - began), few:
                heard = await self._heard(note)
        except TimeoutError:
            heard = Transcript(doubt="late")
        return replace(heard, took_ms=round((time.monotonic() - began) * 1000))

    async def _heard(self, note: VoiceNote) -> Transcript:
        """Return what a note says, judged, or why nobody knows."""
        if note.media_id is None:
            return Transcript(doubt="gone")
        file = io.BytesIO()
        try:
            media = await self.graph.fetch_media(note.media_id, await self.token_of(note.phone_number_id), file)
        except (MediaGone, MediaRefused):
            return Transcript(doubt="gone")
        except LeadReviverError as error:
            log.warning("message %s: its voice note cannot be fetched (%s)", note.message_id, type(error).__name__)
            return Transcript(doubt="late")
        sound, mime = file.getvalue(), media.mime_type or "audio/ogg"
        seconds = seconds_of(sound, mime)
        if seconds > self.longest:
            return Transcript(seconds=seconds, doubt="too_long")
        if not await self.budget.take(note.workspace_id, seconds):
            return Transcript(seconds=seconds, doubt="not_listened")
        try:
            heard = await self.transcriber.transcribe(sound, mime, note.language)
        except LeadReviverError as error:
            log.warning("message %s: not transcribed: %s", note.message_id, error)
            return Transcript(seconds=seconds, model=self.transcriber.name, doubt="late")
        return judged(replace(heard, seconds=seconds))

    async def _keep(self, pool: Pool, redis: Redis, notes: Sequence[VoiceNote], heard: dict[str, Transcript]) -> None:
        said_no = [each for each in notes if _is_no(heard[each.message_id])]
        async with transaction(pool) as connection:
            await conversations.lock(connection, [each.conversation_id for each in notes])
            await transcripts.keep(connection, heard)
            newly: set[str] = set()
            if said_no:
                at = {each.lead_id: each.sent_at for each in reversed(said_no)}
                newly = await leads.opt_out(connection, at, "whatsapp voice note")
                known = await leads.identities(connection, list(at))
                identities = [identity for each in known.values() for identity in each]
                hashes = suppressions.hashes_of(self.hash_key, identities)
                await suppressions.suppress(connection, hashes, scope="all", reason="asked on WhatsApp, by voice")
                await conversations.forget_state(connection, [each.conversation_id for each in said_no])
        counted = [each for each in said_no if each.lead_id in newly]
        amounts = {"opted_out": 1}
        await counters.count(
            redis, self.clock(), [(each.workspace_id, f"opted-out:{each.message_id}", amounts) for each in counted]
        )


def _is_no(heard: Transcript) -> bool:
    return heard.doubt is None and opt_out_level(heard.text) is OptOut.HARD
