"""Progress leads, by the clock.

Who was left alone wakes, who went silent is followed up, who has a meeting is reminded, stages that nobody speaks in
age, who waits for a person is offered to the next one.

Safe to call twice, late, by two at once, and to be cut off in between: each lead is claimed under its conversation's
lock, and what happened to it is committed before anything is sent or told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from lead_reviver.decide.progress import Ageing, aged_stage
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.follow_up_leads import follow_up_leads
from lead_reviver.steps.hand_back_forgotten import hand_back_forgotten
from lead_reviver.steps.hand_over import hand_over
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.progressed import Progress, Progressed
from lead_reviver.steps.tell_of_meetings import tell_of_meetings
from lead_reviver.steps.tell_waiting_leads import tell_waiting_leads
from lead_reviver.steps.wake_leads import wake_leads
from lead_reviver.storage import audit, progress
from lead_reviver.storage.database import lent, transaction
from lead_reviver.storage.progress import StageRule

MOST_LEADS = 200


async def progress_leads(parts: Parts, limit: int = MOST_LEADS) -> Progress:
    """Move at most `limit` leads on. Raises `TryAgainLater` when the database or Redis is away."""
    done, asleep = await wake_leads(parts, limit)
    followed_up, more = await follow_up_leads(parts, limit - len(done))
    done += followed_up
    told, waiting = await tell_of_meetings(parts, limit - len(done))
    done += told
    aged = await _age(parts, limit - len(done))
    done += aged
    handed = await _hand_over(parts, limit)
    return Progress(done, asleep or more or waiting or handed or len(done) >= limit)


async def _hand_over(parts: Parts, limit: int) -> bool:
    """Find people for the leads who wait for one; say whether more wait."""
    forgotten = await hand_back_forgotten(parts, limit)
    offered = await hand_over(parts.pool, parts.redis, parts.clock(), limit)
    return await tell_waiting_leads(parts, limit) or forgotten or offered


async def _age(parts: Parts, limit: int) -> list[Progressed]:
    """Let leads leave a stage in which nothing was said for long enough."""
    if limit <= 0:
        return []
    now = parts.clock()
    async with lent(parts.pool) as connection:
        in_force = await progress.workspaces(connection)
    rules = {
        workspace_id: [Ageing(each.stage, timedelta(days=each.after_days), each.becomes) for each in playbook.ageing]
        for workspace_id, playbook in [(each, await parts.find_playbook(its)) for each, its in in_force.items()]
    }
    searched = [
        StageRule(workspace_id, each.stage, now - each.after) for workspace_id, some in rules.items() for each in some
    ]
    async with transaction(parts.pool) as connection:
        found = await progress.claim_aged(connection, searched, now, limit)
        becomes = [(each, aged_stage(each.stage, each.last_word_at, rules[each.workspace_id], now)) for each in found]
        aged = [(each, stage) for each, stage in becomes if stage is not None]
        if not aged:
            return []
        await progress.set_stages(connection, {each.lead_id: stage for each, stage in aged})
        changed = await progress.changed(connection, [each.lead_id for each, _ in aged])
        await audit.record_about_leads(
            connection,
            "age",
            [(each.workspace_id, each.lead_id, {"from": each.stage, "to": stage}) for each, stage in aged],
        )
    done = [
        Progressed(
            each.lead_id,
            _newest(changed, each.lead_id),
            each.workspace_id,
            "aged",
            stage,
            f"was {each.stage}, and nothing was said for {(now - each.last_word_at).days} days",
        )
        for each, stage in aged
    ]
    await _tell(parts, done, changed)
    return done


def _newest(changed: Mapping[str, Sequence[str]], lead_id: str) -> str | None:
    return next(iter(changed.get(lead_id, ())), None)


async def _tell(parts: Parts, done: Sequence[Progressed], changed: Mapping[str, Sequence[str]]) -> None:
    await live.tell(
        parts.redis,
        [
            LiveEvent(each.workspace_id, "conversation", {"conversation_id": conversation_id})
            for each in done
            for conversation_id in changed.get(each.lead_id, ())
        ],
    )
