"""After real traffic and runs that failed in every way, n8n knows no secret of ours and nothing personal of a lead."""

from __future__ import annotations

import asyncio
import copy
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import asyncpg
import jwt
import pytest

from lead_reviver.campaigns.lead_secrets import renew_secret
from lead_reviver.local.environment import read_env_file
from lead_reviver.n8n.calls import TOKEN_SECONDS, N8nCalls, WorkflowFailed
from lead_reviver.n8n.vault import STEPS
from lead_reviver.storage.database import connect_pool, transaction
from lead_reviver.storage.secrets import Vault
from tests.campaigns.leads import a_mobile, a_row, json_of, signed
from tests.n8n.editor import Editor, signed_in
from tests.real_stack import RealStack, Workspace, eventually, make_workspace

pytestmark = pytest.mark.stack

INBOUND, STATUSES, TAKE_IN = "leadRevInbound01", "leadRevStatus001", "leadRevTakeIn001"
SOON = 90.0
TELLTALE = """
const tried = (look) => { try { return look() } catch (error) { return `refused: ${error.message}` } };
const seen = {
  items: $input.all(),
  began: $('%s').all(),
  environment: typeof process === 'undefined' ? null : process.env,
  expression: tried(() => $env['N8N_ENCRYPTION' + '_KEY']),
  file: tried(() => require('fs').readFileSync('/proc/self/environ', 'utf8')),
};
throw new Error(JSON.stringify(seen));
"""
"""An operator's node that breaks, and tells in its error whatever it can see."""
NOBODYS_TURN = str(UUID(int=1))
SECRET_NAMES = re.compile("(KEYS?|SECRET|PASSWORD|TOKEN)(_|$)")


@dataclass(frozen=True)
class Traffic:
    """What went through n8n, and what must not have stayed there."""

    personal: dict[str, str]
    secrets: dict[str, str]
    database: dict[str, str]
    """Every table of n8n with all that stands in it."""
    files: dict[str, str]
    """Every log and file of n8n."""
    failures: list[dict[str, Any]]
    """What the engine wrote down about failed runs."""

    def finds(self, needles: dict[str, str]) -> list[str]:
        """Return where any of these stands in clear."""
        places = {**self.database, **self.files}
        return [
            f"{name} in {place}" for place, text in places.items() for name, each in needles.items() if each in text
        ]


@pytest.fixture(scope="module")
def traffic(n8n_stack: RealStack) -> Traffic:
    """Leads write, leads are sent in, and every workflow that carries them breaks in an operator's node."""
    return asyncio.run(_make_traffic(n8n_stack))


async def _make_traffic(stack: RealStack) -> Traffic:
    workspace = await _a_business(stack)
    personal = {
        "name of who writes": "Quillermina Vaskovich",
        "words of who writes": "tangerine-lagoon",
        "name of who is sent in": "Ottoline Brandvold",
        "number of who is sent in": a_mobile().lstrip("+"),
        "note of who is sent in": "prefers-the-blue-villa",
    }
    async with signed_in(stack.env) as editor:
        await eventually(lambda: _n8n_is_up(stack), SOON, "the relay hands turns to n8n")
        ours = {each: await editor.workflow(each) for each in (INBOUND, STATUSES, TAKE_IN)}
        try:
            for each in ours.values():
                await _break(editor, each)
            without_key = await _a_copy_without_the_steps_key(editor, ours[INBOUND])
            personal["number of who writes"] = await _a_lead_writes(stack, workspace, personal)
            await _leads_are_sent_in(stack, workspace, personal)
            await _calls_that_fail(stack, without_key)
            await eventually(lambda: _failed_runs(stack, INBOUND), SOON, "a failed run of a batch")
            await eventually(lambda: _failed_runs(stack, without_key), SOON, "a failed run of the copy")
            database, files = await _everything_in(stack), _files_of(stack)
            failures = await eventually(lambda: _reported(stack, without_key), SOON, "the failure at the engine")
        finally:
            for each in ours.values():
                await editor.change(each["id"], nodes=each["nodes"], connections=each["connections"])
                await editor.publish(each["id"])
            await editor.delete(without_key)
    return Traffic(personal, _secrets_of(stack), database, files, failures)


async def _a_business(stack: RealStack) -> Workspace:
    """Make a workspace that answers on the simulator's number."""
    workspace = await make_workspace(stack)
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        await connection.execute(
            "update public.channels set phone_number_id = $2 where workspace_id = $1",
            workspace.workspace_id,
            stack.env["WHATSAPP_PHONE_NUMBER_ID"],
        )
    finally:
        await connection.close()
    return workspace


async def _n8n_is_up(stack: RealStack) -> bool:
    assert stack.urls["gateway"]
    async with aiohttp.ClientSession() as session, session.get(_gateway(stack) + "/metrics") as answer:
        return "lead_reviver_n8n_up 1.0" in await answer.text()


async def _break(editor: Editor, workflow: dict[str, Any]) -> None:
    """Hang a node that breaks behind the answer, as an operator might."""
    start = next(each["name"] for each in workflow["nodes"] if each["type"].endswith(".webhook"))
    answer = next(each["name"] for each in workflow["nodes"] if each["name"].startswith("Answer"))
    nodes, connections = copy.deepcopy(workflow["nodes"]), copy.deepcopy(workflow["connections"])
    nodes.append(_a_code_node("A node of mine", TELLTALE % start))
    connections[answer]["main"][0].append({"node": "A node of mine", "type": "main", "index": 0})
    await editor.change(workflow["id"], nodes=nodes, connections=connections)
    await editor.publish(workflow["id"])


async def _a_copy_without_the_steps_key(editor: Editor, workflow: dict[str, Any]) -> str:
    """Make a copy of "Process inbound messages" that calls a step with a wrong key and breaks over the refusal."""
    nodes, connections = copy.deepcopy(workflow["nodes"]), copy.deepcopy(workflow["connections"])
    for each in nodes:
        if each["type"].endswith(".webhook"):
            each |= {"parameters": {**each["parameters"], "path": "inbound-copy"}, "webhookId": "inbound-copy"}
        if each["name"] == "Load turns":
            headers = {"parameters": [{"name": "Authorization", "value": "Bearer a wrong key"}]}
            each["parameters"] |= {"authentication": "none", "sendHeaders": True, "headerParameters": headers}
    nodes.append(_a_code_node("A node of mine", TELLTALE % "Take a batch of turns"))
    connections["Load turns"]["main"][1].append({"node": "A node of mine", "type": "main", "index": 0})
    made = await editor.create(
        {"name": "A copy of mine", "nodes": nodes, "connections": connections, "settings": workflow["settings"]}
    )
    await editor.publish(made["id"])
    return str(made["id"])


def _a_code_node(name: str, code: str) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(8),
        "name": name,
        "type": "n8n-nodes-base.code",
        "typeVersion": 2,
        "position": [600, 900],
        "parameters": {"jsCode": code},
    }


async def _a_lead_writes(stack: RealStack, workspace: Workspace, personal: dict[str, str]) -> str:
    """Let a lead write; return the number once n8n has carried the turn to its end."""
    async with aiohttp.ClientSession(stack.urls["simulator"]) as phone:
        lead = {"name": personal["name of who writes"], "language": "en"}
        async with phone.post("/simulator/leads", json=lead) as answer:
            made = await answer.json()
        words = f"Hello, is {personal['words of who writes']} still for sale?"
        message = {"type": "text", "text": {"body": words}}
        async with phone.post(f"/simulator/leads/{made['id']}/messages", json=message) as answer:
            assert answer.status == 201, await answer.text()
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:

        async def carried() -> Any:
            sql = "select 1 from public.turns where workspace_id = $1 and state = 'done' and runner = 'n8n'"
            return await connection.fetchval(sql, workspace.workspace_id)

        await eventually(carried, SOON, "a turn through n8n")
        number = await connection.fetchval(
            "select phone from public.leads where workspace_id = $1 and phone is not null", workspace.workspace_id
        )
    finally:
        await connection.close()
    return str(number).lstrip("+")


async def _leads_are_sent_in(stack: RealStack, workspace: Workspace, personal: dict[str, str]) -> None:
    vault, settings = Vault(stack.env["LEAD_REVIVER_ENCRYPTION_KEYS"]), stack.settings()
    pool = await connect_pool(settings.database_url.get_secret_value(), size=1)
    try:
        async with transaction(pool) as connection:
            now = await connection.fetchval("select now()")
            key = (await renew_secret(connection, vault, workspace.workspace_id, now)).current
    finally:
        await pool.close()
    body = json_of(
        a_row(
            name=personal["name of who is sent in"],
            phone=f"+{personal['number of who is sent in']}",
            note=personal["note of who is sent in"],
        ),
        {"name": personal["name of who is sent in"], "phone": "no number at all"},
    )
    url = f"{_gateway(stack)}/webhooks/leads/{workspace.workspace_id}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=signed(body, key)) as answer:
        said = await answer.json()
        assert (answer.status, said["created"], said["refused"]) == (200, 1, 1)


async def _calls_that_fail(stack: RealStack, without_key: str) -> None:
    """The engine refuses what it is given, and a copy calls it with a wrong key."""
    key = stack.env["LEAD_REVIVER_N8N_WEBHOOK_KEY"]
    batch = {"lease": str(UUID(int=0)), "turns": [NOBODYS_TURN]}
    async with N8nCalls(stack.env["LEAD_REVIVER_N8N_URL"], key) as n8n:
        for path, body in (("inbound-messages", {"turns": "nonsense"}), ("inbound-copy", batch)):
            with pytest.raises(WorkflowFailed):
                await n8n.call(path, body)
    assert without_key


async def _failed_runs(stack: RealStack, workflow_id: str) -> bool:
    rows = await _ask_n8n(
        stack, 'select 1 from execution_entity where "workflowId" = $1 and status = $2', workflow_id, "error"
    )
    return bool(rows)


async def _reported(stack: RealStack, workflow_id: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        rows = [dict(each) for each in await connection.fetch("select * from engine.workflow_failures")]
    finally:
        await connection.close()
    return rows if any(each["workflow_id"] == workflow_id for each in rows) else []


async def _everything_in(stack: RealStack) -> dict[str, str]:
    """Return all that stands in n8n's database, by table."""
    tables = await _ask_n8n(
        stack, "select format('%I.%I', schemaname, tablename) from pg_tables where tableowner = current_user"
    )
    assert len(tables) > 30
    return {
        name: "\n".join([row[0] for row in await _ask_n8n(stack, f"select t::text from {name} t")])
        for (name,) in tables
    }


async def _ask_n8n(stack: RealStack, sql: str, *values: object) -> list[Any]:
    connection = await asyncpg.connect(stack.env["LEAD_REVIVER_N8N_DATABASE_URL"])
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


def _files_of(stack: RealStack) -> dict[str, str]:
    """Return n8n's logs and files; the copy of the editor's pages, which n8n makes for itself, is left out."""
    home = stack.data_dir.part("n8n")
    paths = [
        each for each in home.rglob("*") if each.is_file() and ".cache" not in each.parts and each != _config(stack)
    ]
    paths += stack.data_dir.log("n8n").parent.glob("n8n*")
    return {each.name: each.read_text(encoding="utf-8", errors="replace") for each in paths}


def _config(stack: RealStack) -> Path:
    return stack.data_dir.part("n8n") / ".n8n" / "config"


def _secrets_of(stack: RealStack) -> dict[str, str]:
    """Return every secret of the run: what is called one, and the passwords inside of addresses."""
    known = {**read_env_file(stack.data_dir.secrets_file), **stack.env}
    found = {name: value for name, value in known.items() if SECRET_NAMES.search(name) and len(value) >= 8}
    found |= {name: word for name, value in known.items() if "://" in value and (word := urlsplit(value).password)}
    return found


def _gateway(stack: RealStack) -> str:
    address = urlsplit(stack.urls["gateway"] or "")
    return f"{address.scheme}://{address.netloc}"


def test_the_traffic_was_real_and_the_failed_runs_were_kept(traffic: Traffic):
    """Else what follows would find nothing because there is nothing."""
    kept = traffic.database["public.execution_data"]
    assert "A node of mine" in kept
    assert NOBODYS_TURN in kept
    assert len(traffic.secrets) > 20
    assert {"n8n.log", "n8nEventLog.log"} <= set(traffic.files)
    assert traffic.files["n8n.log"]


def test_no_secret_stands_in_clear_in_n8n(traffic: Traffic):
    assert traffic.finds(traffic.secrets) == []


def test_nothing_that_a_lead_wrote_no_name_and_no_number_stands_in_n8n(traffic: Traffic):
    assert traffic.finds(traffic.personal) == []


def test_the_vault_holds_every_credential_encrypted(traffic: Traffic):
    rows = traffic.database["public.credentials_entity"].splitlines()
    assert len(rows) == 4
    assert all(STEPS in row or "leadRev" in row for row in rows)
    assert "Bearer" not in "".join(rows)


def test_a_token_in_a_kept_run_has_opened_nothing_for_long(traffic: Traffic):
    text = "\n".join([*traffic.database.values(), *traffic.files.values()])
    tokens = set(re.findall(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", text))
    claims = [jwt.decode(each, options={"verify_signature": False}) for each in tokens]
    assert {each.get("iss") for each in claims} <= {"lead-reviver"}
    assert all(each["exp"] - each["iat"] <= TOKEN_SECONDS and "role" not in each for each in claims)


def test_an_operators_node_sees_neither_our_environment_nor_n8ns(traffic: Traffic, n8n_stack: RealStack):
    kept = "\n".join(each for each in traffic.database["public.execution_data"].splitlines() if "refused: " in each)
    assert "A node of mine" in kept
    for name in ("N8N_ENCRYPTION_KEY", "DB_POSTGRESDB_PASSWORD", "LEAD_REVIVER_", "N8N_INSTANCE_OWNER_PASSWORD_HASH"):
        assert name not in kept


def test_the_engine_hears_of_every_failed_run_and_keeps_nothing_personal_of_it(traffic: Traffic):
    text = json.dumps(traffic.failures, default=str)
    assert traffic.failures
    assert [name for name, each in {**traffic.personal, **traffic.secrets}.items() if each in text] == []


def test_the_key_of_the_vault_is_in_a_file_that_nobody_else_reads(n8n_stack: RealStack, traffic: Traffic):
    assert n8n_stack.env["N8N_ENCRYPTION_KEY"] not in "".join(traffic.files.values())
    assert _config(n8n_stack).stat().st_mode & 0o077 == 0
