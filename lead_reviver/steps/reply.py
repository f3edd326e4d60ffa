"""Step 2, reply: understand, decide, write, check."""

from __future__ import annotations

import asyncio
import logging

from msgspec.structs import replace

from lead_reviver.decide.conversation import Decision
from lead_reviver.errors import LeadReviverError, RefusedByRules, TryAgainLater
from lead_reviver.meetings.offer import hold_slots
from lead_reviver.ports import Classifier
from lead_reviver.reply.checks import check_reply
from lead_reviver.reply.impressions import texts_to_read
from lead_reviver.state.conversations import TurnState, read_turns, write_turns
from lead_reviver.steps.load import load
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import Batch, TurnRef, under_way, with_outcomes

log = logging.getLogger(__name__)


AT_ONCE = 4
"""So many turns of a batch look for free times at a time: each holds a connection, and they wait for each other."""


class UndecidedModel(LeadReviverError):
    """The model asks for slots again, although it was given those that there are."""

    def __init__(self) -> None:
        super().__init__("the model asked for free times twice and decided nothing")


async def reply(parts: Parts, batch: Batch) -> list[TurnRef]:
    """Decide about each turn. One that fails is retried alone; the others go on."""
    ids = [each.turn_id for each in under_way(batch)]
    states = await read_turns(parts.redis, ids)
    if len(states) < len(ids):  # Redis forgot what load had found
        batch = await load(parts, batch)
        states = await read_turns(parts.redis, [each.turn_id for each in under_way(batch)])
    going = [each for each in under_way(batch) if each.turn_id in states]
    todo = [each for each in going if states[each.turn_id].decision is None]
    if not parts.llm.instant:
        await asyncio.gather(*(_show_typing(parts, states[each.turn_id]) for each in todo))
    if parts.classifier is not None:
        await _let_read(parts.classifier, [states[each.turn_id] for each in todo])
    few = asyncio.Semaphore(AT_ONCE)
    results = await asyncio.gather(*(_decide(parts, each, states[each.turn_id], few) for each in todo))
    changed = {each.turn_id: each for each in results if each is not None}
    await write_turns(parts.redis, {each.turn_id: states[each.turn_id] for each in todo})
    return with_outcomes(batch, changed)


async def _let_read(classifier: Classifier, states: list[TurnState]) -> None:
    """Let the classifier read the batch, in one go; where it does not answer in time the rules decide alone."""
    wanted = [(state, text) for state in states for text in texts_to_read(state.turn)]
    found = await classifier.read([text for _, text in wanted]) if wanted else []
    for (state, _), impression in zip(wanted, found, strict=True):
        if impression is not None:
            state.turn = replace(state.turn, impressions=[*state.turn.impressions, impression])


async def _decide(parts: Parts, ref: TurnRef, state: TurnState, few: asyncio.Semaphore) -> TurnRef | None:
    try:
        await asyncio.sleep(0)  # a responder that never waits must not hold up webhooks for a whole batch
        decision = await _decision(parts, ref, state, few)
    except TryAgainLater as error:
        return TurnRef(ref.turn_id, ref.lease, "retry", str(error))
    except LeadReviverError as error:
        return TurnRef(ref.turn_id, ref.lease, "retry", f"the reply could not be written: {error}")
    except Exception as error:
        log.error("turn %s: reply failed with %s", ref.turn_id, type(error).__name__)  # noqa: TRY400 - ids only
        return TurnRef(ref.turn_id, ref.lease, "retry", f"the reply could not be written ({type(error).__name__})")
    if decision is None:
        return TurnRef(ref.turn_id, ref.lease, "lost", "another runner has this turn")
    state.decision = _checked(state, decision)
    return None


async def _decision(parts: Parts, ref: TurnRef, state: TurnState, few: asyncio.Semaphore) -> Decision | None:
    """Ask the model, a second time with free slots when it wants some; None when the turn was lost meanwhile."""
    decision = await parts.llm.decide(state.turn)
    if decision.wants_slots is None:
        return decision
    async with few:
        slots = await hold_slots(parts.pool, ref.lease, state.turn, decision.wants_slots, parts.clock())
    if slots is None:
        return None
    state.turn = replace(state.turn, calendar=replace(state.turn.calendar, found=slots))
    decision = await parts.llm.decide(state.turn)
    if decision.wants_slots is not None:
        raise UndecidedModel
    return decision


def _checked(state: TurnState, decision: Decision) -> Decision:
    """Return the decision if its text may be said; else one that leaves the lead to a person."""
    if decision.text is None or decision.checks:  # a responder that checks its own words has done so
        return decision
    try:
        passed = check_reply(decision, state.turn)
    except RefusedByRules as refusal:
        return Decision(
            move="hand_over",
            reason=f"the reply did not pass its checks: {refusal}",
            model=decision.model,
            fields=decision.fields,
            language=decision.language,
        )
    decision.checks.extend(each for each in passed if each not in decision.checks)
    return decision


async def _show_typing(parts: Parts, state: TurnState) -> None:
    newest = state.turn.messages[-1]
    if newest.wamid is not None:
        await parts.show_reading(state.turn.conversation.phone_number_id, newest.wamid, True)
