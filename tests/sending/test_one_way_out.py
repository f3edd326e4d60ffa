"""There is one way out: whoever writes to a lead (bot, person, campaign, follow-up, notice), it passes the one gate.

Read from the program itself, so that a new way that goes around the gate fails here on the day it is made:

    may_send -> Verdict -> judge, under the conversation's lock -> written -> OutgoingMessage -> outbox.add -> Graph API
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "lead_reviver"
WRITES_AN_OUTBOX_ROW = re.compile(r"insert\s+into\s+engine\.outbox", re.IGNORECASE)
OF_WORKFLOW_FILES = ("local/", "n8n/")
"""Here verdicts are about files of n8n, and nobody sends anything."""
ASKS_THE_GRAPH_API = re.compile(r"\bgraph$|_graph$")


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module by its path in the package. The simulator is the other side."""
    paths = [each for each in PACKAGE.rglob("*.py") if "simulator" not in each.parts]
    return {str(each.relative_to(PACKAGE)): ast.parse(each.read_text()) for each in paths}


def calls(module: ast.AST, name: str, of: str | None = None) -> list[ast.Call]:
    """Return the calls of `name(...)`, or of `of.name(...)`."""
    found = []
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if of is None and isinstance(called, ast.Name) and called.id == name:
            found.append(node)
        if (
            isinstance(called, ast.Attribute)
            and called.attr == name
            and (of is None or ast.unparse(called.value) == of)
        ):
            found.append(node)
    return found


def places(name: str, of: str | None = None) -> set[str]:
    """Return the modules that call it, those about workflow files left out."""
    ours = {path: module for path, module in modules().items() if not path.startswith(OF_WORKFLOW_FILES)}
    return {path for path, module in ours.items() if calls(module, name, of)}


def test_a_verdict_is_made_by_the_gate_alone():
    assert places("Verdict") == {"decide/gate.py"}
    assert places("may_send") == {"sending/drafts.py"}


def test_the_gate_is_asked_about_facts_that_were_read_under_the_conversations_lock():
    storage = (PACKAGE / "storage" / "outbox.py").read_text()
    assert re.search(r"async def facts\(.*?await conversations\.lock\(.*?\(FACTS, ", storage, re.DOTALL)
    assert places("Facts") == {"storage/outbox.py"}
    for path in places("judge"):
        asked = path == "sending/again.py" or calls(modules()[path], "facts", "outbox")
        assert asked, f"{path} asks the gate without the facts"


def test_a_message_is_made_with_a_verdict_and_in_one_place():
    assert places("OutgoingMessage") == {"sending/drafts.py"}
    functions = [each for each in modules()["sending/drafts.py"].body if isinstance(each, ast.FunctionDef)]
    [written] = [each for each in functions if each.name == "written"]
    assert [ast.unparse(each.annotation) for each in written.args.args if each.annotation][-1] == "Verdict"


def test_whoever_writes_a_message_down_has_asked_the_gate():
    adding = {path for path, module in modules().items() if calls(module, "add", "outbox")}
    assert {"steps/send.py", "steps/follow_up_leads.py", "api/conversations.py", "approving.py"} <= adding
    for path in adding:
        module = modules()[path]
        assert calls(module, "judge"), f"{path} writes a message down without asking the gate"
        assert calls(module, "written"), f"{path} writes a message down that was not made with the gate's verdict"


def test_outbox_rows_are_written_in_one_statement():
    writing = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES_AN_OUTBOX_ROW.search(node.value)
    }
    assert writing == {"storage/outbox.py"}


def test_whatsapp_is_asked_to_send_in_one_place():
    asking = {
        path
        for path, module in modules().items()
        for call in calls(module, "send")
        if isinstance(call.func, ast.Attribute) and ASKS_THE_GRAPH_API.search(ast.unparse(call.func.value))
    }
    assert asking == {"sending/deliver.py"}
