"""The parts of the simulator, put together."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from lead_reviver.simulator.behaviour import Behaviour, Chance, changed
from lead_reviver.simulator.events import Events
from lead_reviver.simulator.media import Media
from lead_reviver.simulator.rates import Rates
from lead_reviver.simulator.settings import SimulatorSettings
from lead_reviver.simulator.statuses import Statuses
from lead_reviver.simulator.views import message_view
from lead_reviver.simulator.webhooks import Webhooks
from lead_reviver.simulator.world import Message, World

log = logging.getLogger(__name__)


class Simulator:
    """One simulated Meta: a world of leads, a Graph API over it and webhooks out of it."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.behaviour = Behaviour()
        self.chance = Chance()
        self.world = World()
        self.events = Events()
        self.rates = Rates()
        self.media = Media(settings)
        self.webhooks = Webhooks(settings, self.behaviour, self.chance)
        self.statuses = Statuses(self.world, self.webhooks, self.behaviour, self.chance, self.message_changed)
        self.counts: Counter[str] = Counter()
        """Sends by result: accepted, refused_CODE, lost_requests, lost_answers."""
        self.lost_to: list[dict[str, Any]] = []
        """Requests that were accepted and silently lost: a business-scoped id in `to`."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the parts that work in the background."""
        await self.webhooks.start()
        try:
            yield
        finally:
            self.statuses.forget()
            await self.webhooks.stop()
            self.events.close()

    def behave(self, patch: dict[str, Any]) -> Behaviour:
        """Change how the simulator behaves; raises `msgspec.ValidationError`."""
        self._use(changed(self.behaviour, patch))
        if "seed" in patch:
            self._use_chance(Chance(self.behaviour.seed))
        return self.behaviour

    def reset(self) -> None:
        """Forget leads, chats, counts and faults, as if just started; templates and media stay."""
        self.statuses.forget()
        self.webhooks.forget()
        self.rates.clear()
        self.world.clear()
        self.counts.clear()
        self.lost_to.clear()
        self._use(Behaviour(webhook_url=self.behaviour.webhook_url))
        self._use_chance(Chance())
        self.events.publish("reset", {})

    def message_changed(self, message: Message) -> None:
        """Tell the phone that a bubble is new or different."""
        if self.events.watched:
            self.events.publish("message", message_view(message))

    def free_phone(self) -> str:
        """Invent a number nobody has."""
        while True:
            phone = f"+346{secrets.randbelow(100_000_000):08d}"
            if self.world.by_phone(phone) is None:
                return phone

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def _use(self, behaviour: Behaviour) -> None:
        self.behaviour = self.webhooks.behaviour = self.statuses.behaviour = behaviour

    def _use_chance(self, chance: Chance) -> None:
        self.chance = self.webhooks.chance = self.statuses.chance = chance
