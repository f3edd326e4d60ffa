"""The process that reads may be slow, dead or talk nonsense: the engine goes on with its rules."""

import asyncio
import sys
import time

import pytest

from lead_reviver.classifier import child as child_module
from lead_reviver.classifier.child import Child
from lead_reviver.decide.conversation import Impression
from lead_reviver.errors import SettingsError

ECHO = """
import json, os, sys, time
for line in sys.stdin:
    texts = json.loads(line)
    if "die" in texts: os._exit(3)
    if "sleep" in texts: time.sleep(30)
    if "nonsense" in texts: print("[{]", flush=True); continue
    if "too few" in texts: print("[]", flush=True); continue
    print(json.dumps([{"refuses": "stop" in each, "likeness": 0.5} for each in texts]), flush=True)
"""
NO = Impression(refuses=True, likeness=0.5)
NOTHING = Impression(refuses=False, likeness=0.5)


@pytest.fixture
async def child(monkeypatch):
    monkeypatch.setattr(child_module, "REST_SECONDS", 0.0)
    made = Child("scripted", (sys.executable, "-c", ECHO), patience=5.0)
    yield made
    await made.close()


async def test_every_text_gets_its_own_answer_in_order(child):
    texts = [f"stop {number}" if number % 3 == 0 else "hello" for number in range(20)]
    assert await child.read(texts) == [NO if each.startswith("stop") else NOTHING for each in texts]


async def test_batches_that_come_at_once_do_not_mix(child):
    found = await asyncio.gather(child.read(["stop"]), child.read(["hello", "stop"]), child.read([]))
    assert found == [[NO], [NOTHING, NO], []]


@pytest.mark.parametrize("trouble", ["die", "nonsense", "too few"])
async def test_a_process_that_fails_is_no_answer_and_a_new_one_answers_next(child, trouble):
    assert await child.read([trouble]) == [None]
    assert await child.read(["stop"]) == [NO]


async def test_what_is_late_is_decided_without_it(child):
    await child.read(["hello"])
    child._patience = 0.3
    assert await child.read(["sleep"]) == [None]
    child._patience = 5.0
    assert await child.read(["stop"]) == [NO]


async def test_a_busy_process_is_asked_no_more_and_lives_on(child):
    await child.read(["hello"])
    before, child._patience = child.pid, 0.0
    assert await child.read(["stop"]) == [None]
    child._patience = 5.0
    assert await child.read(["stop"]) == [NO]
    assert child.pid == before


async def test_a_reader_who_stops_waiting_leaves_no_answer_behind_for_the_next(child):
    await child.read(["hello"])
    waiting = asyncio.create_task(child.read(["sleep"]))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await child.read(["stop"]) == [NO]


async def test_after_a_failure_it_rests_before_it_is_started_again(child, monkeypatch):
    monkeypatch.setattr(child_module, "REST_SECONDS", 3600.0)
    assert await child.read(["die"]) == [None]
    began = time.monotonic()
    assert await child.read(["stop", "stop"]) == [None, None]
    assert child.pid is None
    assert time.monotonic() - began < 1800


async def test_the_process_gets_none_of_the_secrets_around_it(monkeypatch):
    monkeypatch.setenv("LEAD_REVIVER_STEPS_KEY", "not for everybody")
    says_what_it_has = (
        "import os, sys\nfor line in sys.stdin:\n"
        ' print(\'[{"refuses": %s, "likeness": 0}]\' % str("LEAD_REVIVER_STEPS_KEY" in os.environ).lower(), flush=True)'
    )
    made = Child("scripted", (sys.executable, "-c", says_what_it_has), patience=5.0)
    assert await made.read(["hello"]) == [Impression(refuses=False, likeness=0)]
    await made.close()


async def test_one_that_cannot_start_is_said_at_start():
    made = Child("scripted", (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(SettingsError, match="'scripted', which does not work on this machine"):
        await made.start()
    assert await made.read(["hello"]) == [None]
    await made.close()
