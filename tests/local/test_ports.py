"""Which port each part gets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lead_reviver.local.ports import NAMES, choose_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def nothing_to_say(line: str) -> None:
    raise AssertionError(f"said: {line}")


def test_the_parts_stand_side_by_side_from_the_base() -> None:
    base = min(choose_ports({}, 0, {}, nothing_to_say).values())
    ports = choose_ports({}, base, {}, lambda line: None)
    assert ports["gateway"] == base
    assert len(set(ports.values())) == len(NAMES)


def test_a_taken_port_is_said_and_another_one_used(taken: int) -> None:
    said: list[str] = []
    ports = choose_ports({"gateway": taken}, None, {}, said.append)
    assert ports["gateway"] != taken
    assert any(f"port {taken} is taken; gateway uses {ports['gateway']}" in line for line in said)


def test_ports_of_the_last_run_are_used_again() -> None:
    first = choose_ports({}, 0, {}, nothing_to_say)
    assert choose_ports(first, None, {}, nothing_to_say) == first


def test_a_base_that_is_asked_for_beats_what_is_remembered() -> None:
    remembered = choose_ports({}, 0, {}, nothing_to_say)
    other = min(choose_ports({}, 0, {}, nothing_to_say).values())
    assert choose_ports(remembered, other, {}, lambda line: None)["gateway"] == other


def test_a_port_set_from_outside_is_taken_as_it_is(taken: int) -> None:
    assert choose_ports({}, 0, {"gateway": taken}, nothing_to_say)["gateway"] == taken
