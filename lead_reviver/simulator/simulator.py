"""The parts of the simulator, put together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

from lead_reviver.simulator.behaviour import Behaviour, Chance, changed
from lead_reviver.simulator.events import Events
from lead_reviver.simulator.media import LEADS_FILE_DAYS, Media, MediaFile
from lead_reviver.simulator.memory import Memory
from lead_reviver.simulator.rates import Rates
from lead_reviver.simulator.seed_templates import seed_templates
from lead_reviver.simulator.settings import SimulatorSettings
from lead_reviver.simulator.statuses import Statuses
from lead_reviver.simulator.views import lead_view, message_view
from lead_reviver.simulator.webhooks import Update, Webhooks
from lead_reviver.simulator.world import Lead, Message, Template, World


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
        self.memory = Memory(settings.data_dir)
        self.memory.load(self.world, self.media.files)
        seed_templates(self.world)
        self.webhooks = Webhooks(settings, self.behaviour, self.chance, self.messages_taken)
        self.statuses = Statuses(self.world, self.webhooks, self.behaviour, self.chance, self.message_changed)
        self.counts: Counter[str] = Counter()
        """Sends by result: accepted, refused_CODE, lost_requests, lost_answers."""
        self.lost_to: list[dict[str, Any]] = []
        """Requests that were accepted and silently lost: a business-scoped id in `to`."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the parts that work in the background."""
        await self.webhooks.start()
        writing = asyncio.create_task(self.memory.keep_writing())
        for lead in self.world.leads.values():
            self.statuses.resume(lead)
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self.statuses.forget()
            await self.webhooks.stop()
            self.events.close()
            self.memory.close()
            self.media.close()

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
        self.memory.forget_people()
        self.counts.clear()
        self.lost_to.clear()
        self._use(Behaviour(webhook_url=self.behaviour.webhook_url))
        self._use_chance(Chance())
        self.events.publish("reset", {})

    def message_changed(self, message: Message) -> None:
        """A bubble is new or different: show it on the phone and keep it."""
        self.memory.note("message", message.wamid, message)
        if self.events.watched and message.type != "reaction":
            self.events.publish("message", message_view(message))

    def messages_taken(self, wamids: Sequence[str]) -> None:
        """The business has taken these messages of leads: a second tick."""
        for wamid in wamids:
            message = self.world.messages.get(wamid)
            if message is not None and message.status == "sent":
                message.status = "delivered"
                self.message_changed(message)

    def lead_changed(self, lead: Lead) -> None:
        """A lead is new or different: show it on the phone and keep it."""
        self.memory.note("lead", lead.id, lead)
        if self.events.watched:
            self.events.publish("lead", lead_view(self.world, lead, self.now()))

    def template_changed(self, template: Template) -> None:
        """A template is new or different: keep it."""
        self.memory.note("template", template.id, template)

    def tell_template(self, template: Template) -> None:
        """Send `message_template_status_update`."""
        self.memory.note("template", template.id, template)
        value: dict[str, Any] = {
            "event": template.status,
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
            "reason": template.rejected_reason,
            "message_template_category": template.category,
        }
        if template.status == "PAUSED":
            value["other_info"] = {"title": "FIRST_PAUSE", "description": "Quality is low; paused for 3 hours."}
        self.webhooks.put(Update(person="account", field="message_template_status_update", item=value))

    def keep_file(self, raw: bytes, mime_type: str, filename: str | None, *, of_lead: bool) -> MediaFile:
        """Keep a file a lead sends, or one the business uploads.

        Raises `GraphError` when Meta would not take the business's.
        """
        if of_lead:
            file = self.media.keep(raw, mime_type, days=LEADS_FILE_DAYS, filename=filename)
        else:
            file = self.media.upload(raw, mime_type, filename)
        self.memory.note("file", file.id, file)
        return file

    def put_file(self, media_id: str, raw: bytes, mime_type: str, *, days: int, filename: str | None) -> MediaFile:
        """Keep a file under an id that messages name already; one that is there is replaced."""
        file = self.media.keep(raw, mime_type, days=days, filename=filename, media_id=media_id)
        self.memory.note("file", file.id, file)
        return file

    def media_content(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        """Build the media part of a lead's message; raises `BadInput` for a file that is not here."""
        content = self.media.content(kind, given)
        self.memory.note("file", content["id"], self.media.files[content["id"]])
        return content

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
