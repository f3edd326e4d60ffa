"""Playbooks at the dashboard: managers save and publish them, everybody of the workspace reads them."""

from __future__ import annotations

import pytest

from lead_reviver.reply.playbook import SHIPPED, read_playbook, shipped_playbook, shipped_text
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


async def test_managers_try_check_and_go_back_and_nobody_else(desk: Desk):
    playbook_id = await saved(desk)
    changes = {"owner": 200, "manager": 200, "agent": 403, "viewer": 403, "stranger": 404, "nobody": 401}
    for who, expected in changes.items():
        trial = await desk.ask("POST", where(desk).replace("?", "/check?"), who, data=BUYERS.encode())
        tried = await desk.ask("POST", f"/api/playbooks/{playbook_id}/try", who)
        assert (trial[0], tried[0]) == (expected, expected), who
        brought = (await desk.ask("POST", f"/api/playbooks/{playbook_id}/bring-back", who))[0]
        assert brought == (201 if expected == 200 else expected), who


async def test_the_list_says_who_saved_and_published_what(desk: Desk):
    status, said = await desk.ask("POST", where(desk), "manager", data=BUYERS.encode())
    assert status == 201
    assert (await desk.ask("POST", f"/api/playbooks/{said['id']}/publish", "owner"))[0] == 200
    listed = (await desk.ask("GET", where(desk), "agent"))[1]
    [version] = [each for each in listed if each["id"] == said["id"]]
    assert version["saved_by"] == desk.workspace.manager.user_id
    assert version["published_by"] == desk.workspace.owner.user_id
    assert version["in_force"]
    assert [each["id"] for each in listed if each["in_force"]] == [said["id"]]


async def test_a_check_tells_what_would_fail_and_keeps_nothing(desk: Desk):
    before = (await desk.ask("GET", where(desk)))[1]
    check = where(desk).replace("?", "/check?")
    promising = BUYERS.replace("en: Thank you, noted.", "en: Thank you, we guarantee it.")
    status, said = await desk.ask("POST", check, data=promising.encode())
    assert status == 200
    assert "thanks.en" in [each["item"] for each in said["failed"]]
    assert said["tried"]["conversations"] == 3
    status, said = await desk.ask("POST", check, data=BUYERS.replace("currency: EUR", "currency: euro").encode())
    assert (status, said["reason"]) == (422, "broken_playbook")
    assert (await desk.ask("GET", where(desk)))[1] == before


async def test_a_draft_is_tried_before_it_is_published(desk: Desk):
    playbook_id = await saved(desk)
    status, said = await desk.ask("POST", f"/api/playbooks/{playbook_id}/try")
    assert (status, said["failed"]) == (200, [])
    [version] = [each for each in (await desk.ask("GET", where(desk)))[1] if each["id"] == playbook_id]
    assert (version["published_at"], version["evaluation"]) == (None, said)


async def test_going_back_makes_an_older_version_the_newest_and_puts_it_into_force(desk: Desk):
    older, newer = await saved(desk), await saved(desk, BUYERS.replace("persona: Sol", "persona: Luna"))
    for each in (older, newer):
        assert (await desk.ask("POST", f"/api/playbooks/{each}/publish"))[0] == 200
    status, said = await desk.ask("POST", f"/api/playbooks/{older}/bring-back", "manager")
    assert (status, said["in_force"]) == (201, True), said
    listed = (await desk.ask("GET", where(desk)))[1]
    assert max(each["version"] for each in listed if each["name"] == said["name"]) == said["version"]
    assert [each["id"] for each in listed if each["in_force"]] == [said["id"]]
    assert b"persona: Sol" in (await desk.ask("GET", f"/api/playbooks/{said['id']}"))[1]


async def test_a_version_that_does_not_hold_any_more_is_not_gone_back_to(desk: Desk):
    playbook_id = await saved(desk, BUYERS.replace("en: Thank you, noted.", "en: Thank you, we guarantee it."))
    before = (await desk.ask("GET", where(desk)))[1]
    status, said = await desk.ask("POST", f"/api/playbooks/{playbook_id}/bring-back")
    assert (status, said["reason"]) == (422, "evaluation_failed")
    assert (await desk.ask("GET", where(desk)))[1] == before


async def test_whoever_is_signed_in_may_begin_with_a_shipped_one(desk: Desk):
    for name in SHIPPED:
        status, said = await desk.ask("GET", f"/api/playbooks/shipped/{name}", "stranger")
        assert (status, said.decode()) == (200, shipped_text(name))
    assert (await desk.ask("GET", "/api/playbooks/shipped/property_buyers", "nobody"))[0] == 401
    assert (await desk.ask("GET", "/api/playbooks/shipped/pyproject"))[0] == 422


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
