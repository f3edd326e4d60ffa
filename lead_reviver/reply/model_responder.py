"""The responder with a language model: rules first, then the model where they leave room, then the rules again.

What the rules settle never reaches a model. Where the model fails, refuses, is over its budget or twice writes what may
not be said, the decision of the rules stands: the lead is answered all the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from lead_reviver import metrics
from lead_reviver.decide.conversation import Decision, Turn
from lead_reviver.errors import TryAgainLater
from lead_reviver.reply.answering import last_asked
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.disposing import Disposed, dispose, leaves_room
from lead_reviver.reply.model_checks import check_proposed
from lead_reviver.reply.playbook import Playbook
from lead_reviver.reply.prompt import build_prompt, once_more
from lead_reviver.reply.proposal import Answered, Budget, Failure, Model, ModelFailed, Prompt, Proposal, Spent
from lead_reviver.reply.responder import FindPlaybook, find_shipped, respond

log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Calls under way per process; the rest of a batch waits its turn."""
_KEPT: Final = 256
_WHY: Final[dict[Failure, str]] = {
    "busy": "it is overloaded or away",
    "timeout": "it took too long",
    "denied": "the provider refused the call",
    "nonsense": "its answer could not be read",
    "refused": "it refused to answer",
    "resting": "it failed repeatedly and rests",
    "budget": "its budget for today is used up",
}


class ModelResponder:
    """Answers turns with a model where rules leave room for one. Implements the `Llm` port."""

    instant = False

    def __init__(
        self,
        model: Model,
        budget: Budget,
        find_playbook: FindPlaybook = find_shipped,
        *,
        patience: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`patience` is how many seconds all tries for one turn may take together."""
        self.name = model.name
        self._model, self._budget, self._find_playbook = model, budget, find_playbook
        self._patience, self._clock = patience, clock
        self._few = asyncio.Semaphore(AT_ONCE)
        self._waiting: dict[str, Answered] = {}
        """Proposals to offer times, by turn, while the step looks for them."""

    async def decide(self, turn: Turn) -> Decision:
        """Decide about one turn. Raises `TryAgainLater` when the record or the counters are away."""
        playbook = await self._find_playbook(turn.conversation.playbook_id)
        settled = respond(turn, playbook)
        if not leaves_room(settled, turn):
            return settled
        if turn.calendar.found is not None:
            return self._with_times(turn, playbook, settled)
        conversation = turn.conversation
        whose = await self._budget.used_up(conversation.workspace_id, conversation.conversation_id)
        if whose is not None:
            return self._without(settled, "budget", Spent(), 0)
        started = self._clock()
        talk = _Talk(self._model, turn, playbook, settled)
        failure: Failure | None = None
        try:
            async with asyncio.timeout(self._patience), self._few:
                await talk.run()
        except TimeoutError:
            failure = "timeout"
        except ModelFailed as failed:
            failure = failed.failure
        took_ms = round((self._clock() - started) * 1000)
        await self._count(turn, talk.spent)
        if failure is not None or talk.decision is None:
            return self._without(settled, failure, talk.spent, took_ms)
        if talk.decision.wants_slots is not None and talk.answered is not None:
            self._keep(turn, replace(talk.answered, spent=talk.spent))
        return _noted(talk.decision, talk.answered, talk.spent, took_ms)

    def _with_times(self, turn: Turn, playbook: Playbook, settled: Decision) -> Decision:
        """The second half of a decision that wanted times: the proposal is known, the slots are there."""
        answered = self._waiting.pop(turn.turn_id, None)
        if answered is None:
            return settled
        disposed = dispose(answered.proposal, turn, playbook, settled)
        if disposed is None:
            return settled
        try:
            decision = _passed(Disposed(disposed.decision), turn, playbook)
        except ReplyRefused:
            return settled
        return _noted(decision, answered, answered.spent, 0)

    async def _count(self, turn: Turn, spent: Spent) -> None:
        metrics.MODEL_TOKENS.labels("in").inc(spent.tokens_in)
        metrics.MODEL_TOKENS.labels("cached").inc(spent.tokens_cached)
        metrics.MODEL_TOKENS.labels("out").inc(spent.tokens_out)
        total = spent.tokens_in + spent.tokens_out
        if not total:
            return
        try:
            await self._budget.spend(turn.conversation.workspace_id, turn.conversation.conversation_id, total)
        except TryAgainLater:
            log.warning("turn %s: %d tokens of the model were not counted", turn.turn_id, total)

    def _keep(self, turn: Turn, answered: Answered) -> None:
        while len(self._waiting) >= _KEPT:
            self._waiting.pop(next(iter(self._waiting)))
        self._waiting[turn.turn_id] = answered

    @staticmethod
    def _without(settled: Decision, failure: Failure | None, spent: Spent, took_ms: int) -> Decision:
        """Return what the rules decided, with why the model has no part in it."""
        metrics.MODEL_UNUSED.labels(failure or "nothing_to_add").inc()
        why = _WHY[failure] if failure else "it had nothing to add"
        return _noted(replace(settled, reason=f"{settled.reason} Without the model: {why}."), None, spent, took_ms)


class _Talk:
    """One turn's exchange with the model; what it has cost so far is known at any moment."""

    def __init__(self, model: Model, turn: Turn, playbook: Playbook, settled: Decision) -> None:
        self._model, self._turn, self._playbook, self._settled = model, turn, playbook, settled
        self.spent = Spent()
        self.answered: Answered | None = None
        self.decision: Decision | None = None
        """None when the decision of the rules should stand."""

    async def run(self) -> None:
        """Ask, once more when a check refuses the words, then fall back on approved ones. Raises `ModelFailed`."""
        asked = last_asked(self._turn.conversation, self._playbook)
        language = self._settled.language or self._playbook.languages[0]
        prompt = build_prompt(self._turn, self._playbook, language, asked)
        proposal = await self._ask(prompt)
        try:
            self.decision = self._disposed(proposal)
        except ReplyRefused as refused:
            metrics.MODEL_REFUSED.labels(refused.check).inc()
            log.info("turn %s: the model's words fail the check %r", self._turn.turn_id, refused.check)
            why = str(refused)
        else:
            return
        try:
            proposal = await self._ask(once_more(prompt, why))
            self.decision = self._disposed(proposal)
        except (ReplyRefused, ModelFailed):
            self.decision = self._in_approved_words(proposal)

    async def _ask(self, prompt: Prompt) -> Proposal:
        try:
            self.answered = await self._model.propose(prompt)
        except ModelFailed as failed:
            self.spent += failed.spent
            raise
        self.spent += self.answered.spent
        return self.answered.proposal

    def _disposed(self, proposal: Proposal) -> Decision | None:
        disposed = dispose(proposal, self._turn, self._playbook, self._settled)
        return None if disposed is None else _passed(disposed, self._turn, self._playbook)

    def _in_approved_words(self, proposal: Proposal) -> Decision | None:
        """Do what was proposed, without the model's words."""
        try:
            return self._disposed(proposal.model_copy(update={"reply": ""}))
        except ReplyRefused:
            return None


def _passed(disposed: Disposed, turn: Turn, playbook: Playbook) -> Decision:
    """Return the decision with the checks that it passed. Raises `ReplyRefused`."""
    decision = disposed.decision
    if decision.text is None:
        return decision
    checks = (
        check_proposed(disposed.words, decision, turn, playbook)
        if disposed.words
        else check_reply(decision, turn, playbook)
    )
    return replace(decision, checks=checks)


def _noted(decision: Decision, answered: Answered | None, spent: Spent, took_ms: int) -> Decision:
    """Write down who decided, and what it took."""
    return replace(
        decision,
        model=answered.model if answered else decision.model,
        sentiment=answered.proposal.sentiment if answered else None,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        tokens_cached=spent.tokens_cached,
        cost_minor=round(spent.cost_micros / 10_000),
        cost_micros=spent.cost_micros,
        cost_currency=spent.currency,
        took_ms=took_ms,
    )
