"""Listen to voice notes, once each, outside any transaction: those of turns that are about to be answered, and aside
from any turn those that come while a person answers or is waited for.

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
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from lead_reviver import metrics
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.voice import Transcript, judged
from lead_reviver.errors import LeadReviverError
from lead_reviver.ports import Clock, Transcriber
from lead_reviver.state import counters, live
from lead_reviver.state.live import LiveEvent
from lead_reviver.state.redis import Redis
from lead_reviver.state.voice_budget import VoiceBudget
from lead_reviver.state.voice_notes import claim
from lead_reviver.storage import conversations, leads, suppressions, transcripts, turns
from lead_reviver.storage.database import Connection, Pool, lent, transaction
from lead_reviver.storage.transcripts import VoiceNote
from lead_reviver.voice.length import seconds_of
from lead_reviver.whatsapp.client import GraphClient
from lead_reviver.whatsapp.media import MediaGone, MediaRefused

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Notes under way per batch; the rest waits, within the same patience."""
ASIDE: Final = 2
"""Notes under way that no turn waits for: so few that they do not slow down those that one does."""
CANDIDATES: Final = 20
LATEST: Final = timedelta(days=1)
"""What came longer ago is left to whoever reads the conversation."""
MAYBE_NO: Final = "may have asked in a voice note not to be written to"


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
        if notes:
            await self._keep(pool, redis, notes, await self._heard_all(notes))

    async def listen_aside(self, pool: Pool, redis: Redis) -> int:
        """Transcribe a few notes that no turn will listen to; return how many.

        Nobody waits for them: a person may listen meanwhile. Raises `DatabaseAway`, `StateAway`.
        """
        async with lent(pool) as connection:
            found = await transcripts.unheard_aside(connection, self.clock() - LATEST, CANDIDATES)
        notes: list[VoiceNote] = []
        for each in found:
            if len(notes) < ASIDE and await claim(redis, each.message_id):
                notes.append(each)
        if notes:
            await self._keep(pool, redis, notes, await self._heard_all(notes), aside=True)
            await live.tell(redis, [event for each in notes for event in _events(each)])
        return len(notes)

    async def _heard_all(self, notes: Sequence[VoiceNote]) -> dict[str, Transcript]:
        """Return what the notes say, by message id, as far as patience reaches."""
        few, until = asyncio.Semaphore(AT_ONCE), time.monotonic() + self.patience
        found = await asyncio.gather(*(self._within(each, few, until) for each in notes))
        for each in found:
            metrics.VOICE_NOTES.labels(each.doubt or "heard").inc()
        return dict(zip((each.message_id for each in notes), found, strict=True))

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

    async def _keep(
        self,
        pool: Pool,
        redis: Redis,
        notes: Sequence[VoiceNote],
        heard: dict[str, Transcript],
        *,
        aside: bool = False,
    ) -> None:
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
            if aside:
                await _settle_aside(connection, notes, heard, [each for each in said_no if each.lead_id in newly])
        counted = [each for each in said_no if each.lead_id in newly]
        amounts = {"opted_out": 1}
        await counters.count(
            redis, self.clock(), [(each.workspace_id, f"opted-out:{each.message_id}", amounts) for each in counted]
        )


async def _settle_aside(
    connection: Connection, notes: Sequence[VoiceNote], heard: dict[str, Transcript], newly: Sequence[VoiceNote]
) -> None:
    """Do what a turn would have done with these words. Who answers a conversation is asked under its lock."""
    await conversations.forget_state(connection, list({each.conversation_id for each in notes}))
    maybe = {each.conversation_id: MAYBE_NO for each in notes if heard[each.message_id].doubt == "maybe_no"}
    await conversations.ask_for_person(connection, maybe)  # where a person answers already, nobody has to be asked
    of_bot = await transcripts.of_bot(connection, [each.conversation_id for each in newly])
    confirmed = {
        each.conversation_id: (each.workspace_id, [each.message_id]) for each in newly if each.conversation_id in of_bot
    }
    if confirmed:  # as after a typed no: one confirmation, by a turn
        await turns.gather(connection, confirmed, timedelta(), timedelta())


def _events(note: VoiceNote) -> list[LiveEvent]:
    ids = {"conversation_id": note.conversation_id}
    return [
        LiveEvent(note.workspace_id, "message", {**ids, "message_id": note.message_id}),
        LiveEvent(note.workspace_id, "conversation", ids),
    ]


def _is_no(heard: Transcript) -> bool:
    return heard.doubt is None and opt_out_level(heard.text) is OptOut.HARD
