"""Playbooks at the dashboard: managers save and publish them, everybody of the workspace reads them."""

from __future__ import annotations

import pytest

from lead_reviver.reply.playbook import read_playbook, shipped_playbook, shipped_text
from tests.api.test_commands import Desk, at_work, desk
from tests.builders import Person
from tests.real_stack import eventually

__all__ = ["at_work", "desk"]

BUYERS = shipped_text("property_buyers").replace("What are your opening hours?", "When do you open?")


def where(desk: Desk) -> str:
    return f"/api/playbooks?workspace_id={desk.workspace.workspace_id}"


async def saved(desk: Desk, text: str = BUYERS) -> str:
    status, said = await desk.ask("POST", where(desk), data=text.encode())
    assert status == 201, said
    return str(said["id"])


@pytest.mark.parametrize(
    ("who", "saves", "reads"),
    [
        ("owner", 201, 200),
        ("manager", 201, 200),
        ("agent", 403, 200),
        ("viewer", 403, 200),
        ("stranger", 404, 404),
        ("nobody", 401, 401),
    ],
)
async def test_managers_save_and_publish_and_members_read(desk: Desk, who: str, saves: int, reads: int):
    assert (await desk.ask("POST", where(desk), who, data=BUYERS.encode()))[0] == saves
    playbook_id = await saved(desk)
    assert (await desk.ask("GET", where(desk), who))[0] == reads
    assert (await desk.ask("GET", f"/api/playbooks/{playbook_id}", who))[0] == reads
    expected = 200 if saves == 201 else saves
    assert (await desk.ask("POST", f"/api/playbooks/{playbook_id}/publish", who))[0] == expected


async def test_what_is_saved_is_read_again_as_yaml(desk: Desk):
    playbook_id = await saved(desk, shipped_text("home_services_requote"))
    status, said = await desk.ask("GET", f"/api/playbooks/{playbook_id}")
    assert status == 200
    assert read_playbook(said.decode()) == shipped_playbook("home_services_requote")


async def test_a_broken_file_is_refused_line_by_line(desk: Desk):
    broken = BUYERS.replace("currency: EUR", "currency: euro").replace("closing:", "closng:", 1)
    status, said = await desk.ask("POST", where(desk), data=broken.encode())
    assert (status, said["reason"]) == (422, "broken_playbook")
    assert {(each["path"], each["line"] > 0) for each in said["problems"]} == {
        ("$.currency", True),
        ("$.closng", True),
        ("$.closing", True),
    }
    assert (await desk.ask("POST", where(desk), data=b"\xff"))[0] == 422


async def test_what_fails_its_trial_is_not_published(desk: Desk):
    promising = BUYERS.replace("en: Thank you, noted.", "en: Thank you, we guarantee it.")
    playbook_id = await saved(desk, promising)
    status, said = await desk.ask("POST", f"/api/playbooks/{playbook_id}/publish")
    assert (status, said["reason"]) == (422, "evaluation_failed")
    assert "thanks.en" in [each["item"] for each in said["problems"]]


async def test_a_listing_that_is_sold_is_sold_for_the_next_message_of_a_lead_who_talks_with_us(desk: Desk):
    assert (await desk.ask("POST", f"/api/playbooks/{await saved(desk)}/publish"))[0] == 200
    person = Person()
    await desk.conversation_with(person, "Is Calle Luna 8 still available?")
    assert "Calle Luna 8, Ruzafa" in desk.sent_to(person)[-1]
    sold = BUYERS.replace("title: Calle Luna 8\n", "title: Calle Luna 8\n      status: sold\n")
    playbook_id = await saved(desk, sold)
    status, said = await desk.ask("POST", f"/api/playbooks/{playbook_id}/publish")
    assert (status, said.get("in_force")) == (200, True), said
    assert (await desk.ask("POST", f"/api/playbooks/{playbook_id}/publish"))[0] == 409
    await desk.conversation_with(person, "And can I see Calle Luna 8 tomorrow?")

    async def answered() -> bool:
        return len(desk.sent_to(person)) > 1

    await eventually(answered, 15, "the lead was answered again")
    assert "not available" in desk.sent_to(person)[-1]
    assert "Calle Luna" not in desk.sent_to(person)[-1]
