"""Requests with one part replaced by anything at all: refused as Meta refuses, never broken by."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_reviver.errors import BadInput
from lead_reviver.simulator import inbound, sending
from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.templates import edit_template, make_template
from lead_reviver.simulator.world import World
from tests.simulator.stand import ANA, settings_for
from tests.simulator.test_leads import KINDS as ACTIONS
from tests.simulator.test_refusals import ALLOWED
from tests.simulator.test_sending import KINDS
from tests.simulator.test_templates import listing, revive

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
REQUESTS: list[dict[str, Any]] = [
    *({"type": kind, kind: content} for kind, content in KINDS.items()),
    *ALLOWED.values(),
    {"type": "template", "template": listing()},
    {"type": "template", "template": revive()},
    {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
    {"type": "text", "text": {"body": "x"}, "context": {"message_id": "wamid.x"}, "biz_opaque_callback_data": "x"},
    {"status": "read", "message_id": "wamid.x", "typing_indicator": {"type": "text"}},
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "name": "one",
        "language": "en",
        "category": "MARKETING",
        "parameter_format": "NAMED",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Hi {{name}}", "example": {"header_text": ["Bo"]}},
            {
                "type": "BODY",
                "text": "Hello there {{name}}, how are you today?",
                "example": {"body_text_named_params": [{"param_name": "name", "example": "Bo"}]},
            },
            {"type": "FOOTER", "text": "Bye"},
            {
                "type": "BUTTONS",
                "buttons": [{"type": "URL", "text": "x", "url": "https://a.b/{{1}}", "example": ["x"]}],
            },
        ],
    },
    {
        "name": "two",
        "language": "en",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Hello there {{1}}, how are you?", "example": {"body_text": [["Bo"]]}}],
    },
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def broken(value: Any, path: tuple[Any, ...], instead: Any) -> Any:
    """The value with one place replaced."""
    changed = copy.deepcopy(value)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = instead
    return changed


@st.composite
def broken_one_of(draw: st.DrawFn, examples: list[dict[str, Any]]) -> dict[str, Any]:
    example = draw(st.sampled_from(examples))
    return dict(broken(example, draw(st.sampled_from(list(places(example)))), draw(ANYTHING)))


async def a_simulator() -> Simulator:
    simulator = Simulator(settings_for())
    simulator.behave({"rate_per_second": None, "pair_burst": None, "instant_statuses": True})
    return simulator


@given(broken_one_of([{"messaging_product": "whatsapp", "to": ANA, **each} for each in REQUESTS]))
@settings(max_examples=400)
async def test_a_broken_request_is_refused_and_never_breaks_the_simulator(request: dict[str, Any]) -> None:
    simulator = await a_simulator()
    try:
        answer = sending.handle(simulator, request)
        assert answer.get("success") or answer["messages"]
    except GraphError as error:
        error.body()
    finally:
        simulator.statuses.forget()
        simulator.media.close()


@given(broken_one_of(TEMPLATES))
@settings(max_examples=200)
def test_a_broken_template_is_refused_and_never_breaks_the_simulator(wanted: dict[str, Any]) -> None:
    world = World()
    with contextlib.suppress(GraphError):
        template = make_template(world, wanted)
        edit_template(template, wanted)


@given(broken_one_of(list(ACTIONS.values())))
@settings(max_examples=200)
async def test_a_broken_action_is_refused_and_never_breaks_the_simulator(action: dict[str, Any]) -> None:
    simulator = await a_simulator()
    lead = simulator.world.make_lead(ANA)
    with contextlib.suppress(BadInput):
        assert inbound.act(simulator, lead, action)["id"]
    simulator.media.close()
