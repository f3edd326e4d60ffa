"""A person and the bot at once, in both orders: whoever is written down first is sent, and a reply that a person came
before is dropped. On the real Postgres, whose lock on the conversation decides who is first."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import pytest

from lead_reviver.api.access import Caller
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import NewMessage, take_over, write_message
from lead_reviver.decide.conversation import Decision
from lead_reviver.steps.turn_ref import TurnRef
from lead_reviver.storage.database import new_id
from tests.builders import Person, a_body, a_change, a_wamid
from tests.integration.workbench import Workbench, an_answer

BOT, PERSON = "The bot answers.", "I am here myself."
ROUNDS, AT_ONCE = 6, 8


class Office:
    """A lead who is about to be answered by the bot, and somebody of the team at the same moment."""

    def __init__(self, bench: Workbench, lead: Person) -> None:
        self.bench, self.lead = bench, lead
        user_id = bench.workspace.agent.user_id
        self._caller = Caller(user_id, {"sub": user_id, "role": "authenticated"})
        parts = bench.parts
        self._api = ApiParts(
            pool=bench.pool,
            redis=bench.redis,
            delivery=parts.delivery,
            clock=bench.clock,
            hash_key=parts.hash_key,
            reachable_numbers=None,
            **dict.fromkeys(
                ("graph", "token_of", "tokens", "live", "vault", "wake_turns", "wake", "config", "describe"),
                cast("Any", None),
            ),
        )

    async def conversation_id(self) -> str:
        """Return the id of the lead's conversation."""
        return str(
            await self.bench.pool.fetchval(
                "select c.id from public.conversations c join public.leads l on l.id = c.lead_id where l.phone = $1",
                self.lead.phone,
            )
        )

    async def writes(self) -> None:
        """Let the person write in the dashboard."""
        message = NewMessage(id=UUID(new_id()), text=PERSON)
        await write_message(UUID(await self.conversation_id()), message, self._caller, self._api)

    async def takes_over(self) -> None:
        """Let the person take over without a word."""
        await take_over(UUID(await self.conversation_id()), self._caller, self._api)

    async def writes_at_the_phone(self) -> None:
        """Let the person write in the WhatsApp Business app: it comes as an echo."""
        echo = {
            "from": "34600111222",
            "to": self.lead.wa_id,
            "id": a_wamid(),
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": PERSON},
        }
        change = a_change(
            self.bench.number, "smb_message_echoes", contacts=[self.lead.contact()], message_echoes=[echo]
        )
        await self.bench.receive(a_body(change))

    async def prepared(self, decision: Decision) -> list[TurnRef]:
        """Let the lead ask, and the bot get as far as having an answer in hand."""
        self.bench.llm.script.append(decision)
        await self.bench.hears(self.lead, "Is it still for sale?")
        return await self.bench.run(steps=("load", "reply"))

    async def sends(self, batch: list[TurnRef]) -> str | None:
        """Let the bot send what it has in hand, and finish."""
        [ref] = await self.bench.run(batch, ("send", "save", "sync"))
        return ref.outcome

    def texts(self) -> list[str]:
        """Return what the Graph API was asked to send to the lead."""
        return [each.text for each in self.bench.sent() if each.to == self.lead.phone]


WAYS: dict[str, tuple[Callable[[Office], Awaitable[None]], list[str]]] = {
    "writes": (Office.writes, [PERSON]),
    "phone": (Office.writes_at_the_phone, []),
    "takes-over": (Office.takes_over, []),
}
each_way = pytest.mark.parametrize(("comes", "theirs"), WAYS.values(), ids=WAYS)
each_answer = pytest.mark.parametrize(
    "decision",
    [an_answer(BOT), Decision("hand_over", "The lead asked for a person.", text=BOT)],
    ids=["answer", "hand-over"],
)


@pytest.fixture
def office(bench: Workbench) -> Office:
    """A lead nobody else knows."""
    return Office(bench, Person())


@each_way
@each_answer
async def test_a_reply_in_hand_is_dropped_when_a_person_came_first(
    office: Office, comes: Callable[[Office], Awaitable[None]], theirs: list[str], decision: Decision
):
    batch = await office.prepared(decision)
    await comes(office)
    assert await office.sends(batch) == "refused"
    assert office.texts() == theirs
    conversation = await office.bench.conversation()
    assert (conversation["mode"], conversation["waiting_for_person_since"]) == ("human", None)
    [dropped] = [each for each in await office.bench.messages() if each["author"] == "bot"]
    assert (dropped["status"], dropped["gate"]["reasons"][0]["code"]) == ("not_sent", "human_mode")


@each_way
async def test_a_reply_that_was_written_down_first_goes_out_and_the_bot_is_quiet_from_then_on(
    office: Office, comes: Callable[[Office], Awaitable[None]], theirs: list[str]
):
    """The person comes while the Graph call of the bot is under way: it can no longer be taken back."""
    batch = await office.prepared(an_answer(BOT))
    delivery = office.bench.parts.delivery
    deliver, under_way, go_on = delivery.deliver, asyncio.Event(), asyncio.Event()

    async def held(calls: Any) -> Any:
        under_way.set()
        await go_on.wait()
        return await deliver(calls)

    delivery.deliver = held  # type: ignore[method-assign]
    sending = asyncio.create_task(office.sends(batch))
    async with asyncio.timeout(10):
        await under_way.wait()
        delivery.deliver = deliver  # type: ignore[method-assign]
        await comes(office)
        go_on.set()
        assert await sending == "replied"
    assert sorted(office.texts()) == sorted([BOT, *theirs])
    await office.bench.hears(office.lead, "And the price?")
    assert await office.bench.claim() == []
    assert (await office.bench.conversation())["mode"] == "human"


@each_way
@pytest.mark.parametrize("bot_first", [True, False], ids=["bot-first", "person-first"])
async def test_who_waits_first_for_the_conversation_is_first(
    office: Office, comes: Callable[[Office], Awaitable[None]], theirs: list[str], bot_first: bool
):
    """Both wait for the lock on the conversation; the database lets them in as they came."""
    batch = await office.prepared(an_answer(BOT))
    bench, conversation_id = office.bench, await office.conversation_id()
    moves: list[Callable[[], Awaitable[Any]]] = [lambda: office.sends(batch), lambda: comes(office)]
    if not bot_first:
        moves.reverse()
    await _one_behind_the_other(bench, conversation_id, moves)
    assert sorted(office.texts()) == sorted([*([BOT] if bot_first else []), *theirs])
    [message] = [each for each in await bench.messages() if each["author"] == "bot"]
    assert message["status"] == ("accepted" if bot_first else "not_sent")
    assert (await bench.conversation())["mode"] == "human"


async def test_an_answer_that_waited_behind_the_leads_next_message_is_not_sent(office: Office):
    """What the gate asks is read after the wait for the lock, not as it was before."""
    batch = await office.prepared(an_answer(BOT))
    moves: list[Callable[[], Awaitable[Any]]] = [
        lambda: office.bench.hears(office.lead, "I mean the one by the sea."),
        lambda: office.sends(batch),
    ]
    await _one_behind_the_other(office.bench, await office.conversation_id(), moves)
    assert office.texts() == []
    office.bench.llm.script.append(an_answer(BOT))
    assert await office.bench.answer() == "replied"
    assert office.texts() == [BOT]


async def _one_behind_the_other(
    bench: Workbench, conversation_id: str, moves: list[Callable[[], Awaitable[Any]]]
) -> None:
    """Make moves that all wait for the lock on a conversation, in this order, and let them go."""
    async with asyncio.timeout(20), bench.pool.acquire() as holder:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute("select from public.conversations where id = $1 for update", conversation_id)
        me = await holder.fetchval("select pg_backend_pid()")
        tasks = []
        for place, move in enumerate(moves, start=1):
            tasks.append(asyncio.ensure_future(move()))
            await _until_waiting(bench, me, place)
        await transaction.commit()
        await asyncio.gather(*tasks)


async def _until_waiting(bench: Workbench, holder: int, number: int) -> None:
    """Wait until so many sessions wait, one behind the other, for what a session holds."""
    behind = """
    with recursive waiting (pid) as (
      select pid from pg_stat_activity where $1 = any (pg_blocking_pids(pid))
      union select a.pid from pg_stat_activity a join waiting w on w.pid = any (pg_blocking_pids(a.pid))
    ) select count(*) from waiting
    """
    while await bench.pool.fetchval(behind, holder) < number:
        await asyncio.sleep(0.01)


async def test_in_many_races_a_lead_never_hears_the_bot_after_a_person_was_written_down(bench: Workbench):
    """Many leads at once, each answered by the bot and by a person at about the same moment, by a fixed seed."""
    chance = random.Random(20261122)
    async with asyncio.timeout(120):
        for _ in range(ROUNDS):
            offices = [Office(bench, Person()) for _ in range(AT_ONCE)]
            batches = {}
            for each in offices:
                batches[each] = await each.prepared(an_answer(BOT))
            ways = [chance.choice(list(WAYS.values())) for _ in offices]
            outcomes = await asyncio.gather(
                *(_race(each, batches[each], way[0], chance) for each, way in zip(offices, ways, strict=True))
            )
            for each, (_, theirs), outcome in zip(offices, ways, outcomes, strict=True):
                assert outcome in ("replied", "refused")
                assert sorted(each.texts()) == sorted([*([BOT] if outcome == "replied" else []), *theirs])
                mode = "select mode from public.conversations where id = $1"
                assert await bench.pool.fetchval(mode, await each.conversation_id()) == "human"


async def _race(
    office: Office, batch: list[TurnRef], comes: Callable[[Office], Awaitable[None]], chance: random.Random
) -> str | None:
    """Let both begin within a few milliseconds of each other; return what became of the bot's turn."""
    waits = (chance.random() / 200, chance.random() / 200)

    async def person() -> None:
        await asyncio.sleep(waits[0])
        await comes(office)

    async def bot() -> str | None:
        await asyncio.sleep(waits[1])
        return await office.sends(batch)

    _, outcome = await asyncio.gather(person(), bot())
    return outcome
