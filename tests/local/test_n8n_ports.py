"""Which process of n8n listens where."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lead_reviver.local.n8n import Home, N8n, N8nWebhook

ENVIRONMENT = {
    "LEAD_REVIVER_N8N_URL": "http://127.0.0.1:5001",
    "LEAD_REVIVER_N8N_EDITOR_URL": "http://127.0.0.1:5002",
    "LEAD_REVIVER_N8N_DATABASE_URL": "postgresql://n8n:secret@127.0.0.1:5432/n8n",
    "LEAD_REVIVER_N8N_QUEUE_REDIS_URL": "redis://n8n_queue:secret@127.0.0.1:6379/0",
    "LEAD_REVIVER_N8N_BROKER_PORT": "5003",
    "LEAD_REVIVER_N8N_OWNER_EMAIL": "owner@example.com",
    "LEAD_REVIVER_N8N_OWNER_PASSWORD": "N8-of-the-test",
    "N8N_ENCRYPTION_KEY": "encryption-key-of-the-test",
}


def home(folder: Path, **changes: str) -> Home:
    return Home(folder, {**ENVIRONMENT, **changes}, folder / "n8n.log")


def port_of(part: N8n | N8nWebhook) -> str:
    return part.command().env["N8N_PORT"]


def test_one_process_takes_webhooks_and_has_the_editor(tmp_path: Path):
    assert port_of(N8n(home(tmp_path, LEAD_REVIVER_N8N_EDITOR_URL="http://127.0.0.1:5001"))) == "5001"


def test_in_queue_mode_the_editor_and_the_webhooks_have_a_port_each(tmp_path: Path):
    """With one port for both, whoever starts second never comes up."""
    assert port_of(N8n(home(tmp_path), queue=True)) == "5002"
    assert port_of(N8nWebhook(home(tmp_path))) == "5001"


@pytest.mark.parametrize("editor", ["https://n8n.example.com", "http://127.0.0.1:5001", ""])
def test_an_editors_address_that_is_not_its_own_port_leaves_the_webhooks_theirs(editor: str, tmp_path: Path):
    main = N8n(home(tmp_path, LEAD_REVIVER_N8N_EDITOR_URL=editor), queue=True)
    assert port_of(main) == str(urlsplit(main.url).port) != "5001"
