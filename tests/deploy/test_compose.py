"""What can be known of the container files without a container engine."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer

from lead_reviver.cli import app
from lead_reviver.local.environment import LOCAL_NAMES
from lead_reviver.local.n8n import FAST, QUIET, RUNTIME, SAFE
from lead_reviver.local.n8n_files import NEEDED
from lead_reviver.local.node import NODE
from lead_reviver.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = ("compose.yaml", "compose.queue.yaml")
KNOWN_PROGRAMS = ("python", "node", "pg_isready", "redis-cli")


@pytest.fixture(scope="module")
def composed() -> dict[str, dict[str, Any]]:
    """Both files as data; n8n brings a parser along."""
    if not (RUNTIME / "node_modules" / "js-yaml").exists():
        pytest.skip("n8n, which brings a YAML parser, is not installed: `lead-reviver n8n install`")
    return {name: parsed(DEPLOY / name) for name in FILES}


def parsed(file: Path) -> dict[str, Any]:
    script = "const y=require('js-yaml');console.log(JSON.stringify(y.load(require('fs').readFileSync(0,'utf8'))))"
    with file.open(encoding="utf-8") as text:
        done = subprocess.run([str(NODE), "-e", script], stdin=text, cwd=RUNTIME, capture_output=True, check=True)
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def names_in(file: Path) -> set[str]:
    """Return the names that an example of settings gives, commented out or not."""
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", file.read_text(encoding="utf-8"), re.MULTILINE))


def used_in(file: Path) -> set[str]:
    """Return the names that a compose file takes from `.env`."""
    return set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", file.read_text(encoding="utf-8")))


def test_every_name_of_the_compose_files_is_explained_and_no_other():
    used = {name for file in FILES for name in used_in(DEPLOY / file)}
    assert used == names_in(DEPLOY / ".env.example")
    own = {name for name in used if not re.match(r"REDIS_|POSTGRES_|GATEWAY_|N8N_OWNER_|LEAD_REVIVER_IMAGE", name)}
    assert own <= names_in(ROOT / ".env.example")


def test_ours_get_every_setting_that_they_need_and_no_name_that_they_do_not_know(composed: dict[str, dict[str, Any]]):
    services = composed["compose.yaml"]["services"]
    needed = {field.alias for field in Settings.model_fields.values() if field.is_required()}
    known = {field.alias for field in Settings.model_fields.values()}
    for name in ("gateway", "engine"):
        given = set(services[name]["environment"])
        assert needed <= given <= known
    given = set(services["provision-files"]["environment"])
    assert set(NEEDED) <= given <= known | set(LOCAL_NAMES)
    assert "N8N_ENCRYPTION_KEY" not in given, "what encrypts n8n's vault is n8n's alone"


def test_n8n_is_as_quiet_and_as_safe_as_on_one_machine(composed: dict[str, dict[str, Any]]):
    given = composed["compose.yaml"]["services"]["n8n"]["environment"]
    for name, value in (QUIET | SAFE | FAST).items():
        if name == "NODES_EXCLUDE":
            assert json.loads(given[name]) == json.loads(value)
        else:
            assert given[name] == value, name
    assert not {name for name in given if name.startswith(("LEAD_REVIVER", "SUPABASE", "WHATSAPP", "DATABASE"))}


def test_n8n_is_the_version_that_is_tested_and_every_image_is_pinned(composed: dict[str, dict[str, Any]]):
    version = json.loads((RUNTIME / "package.json").read_text())["dependencies"]["n8n"]
    images = {
        name: service["image"] for name, service in composed["compose.yaml"]["services"].items() if "image" in service
    }
    assert images["n8n"] == images["provision-export"] == images["provision-import"] == f"n8nio/n8n:{version}"
    for image in images.values():
        assert image.startswith("${LEAD_REVIVER_IMAGE") or re.search(r":\d+\.\d+\.?\d*[\w.-]*$", image), image
    for image in re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE):
        assert re.search(r":\d+\.\d+\.\d+-", image), image


def test_only_the_gateway_has_a_port_and_only_on_loopback(composed: dict[str, dict[str, Any]]):
    for file in composed.values():
        for name, service in file["services"].items():
            assert "network_mode" not in service
            assert not service.get("privileged")
            if name == "gateway":
                assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
            else:
                assert "ports" not in service, name


def test_redis_and_n8ns_database_have_no_way_out(composed: dict[str, dict[str, Any]]):
    networks = composed["compose.yaml"]["networks"]
    for name in ("redis", "n8n-database"):
        assert all(networks[each]["internal"] for each in composed["compose.yaml"]["services"][name]["networks"])
    assert "n8n-database" not in composed["compose.yaml"]["services"]["engine"]["networks"]


def test_every_path_and_command_of_the_files_is_there(composed: dict[str, dict[str, Any]]):
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for service in composed["compose.yaml"]["services"].values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in composed["compose.yaml"]["volumes"] or (DEPLOY / source).exists(), volume
        for script in service.get("entrypoint", []):
            if script.endswith(".sh"):
                assert list(DEPLOY.glob(f"*/{Path(script).name}")), script
        if "build" in service and "entrypoint" not in service:
            first, *rest = service["command"]
            command = commands[first]
            if hasattr(command, "commands"):
                command = command.commands[rest[0]]
            options = {option for each in command.params for option in each.opts}
            assert {each for each in rest if each.startswith("--")} <= options
    for line in re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert list(ROOT.glob(source)), source


def test_the_provisioning_is_a_chain_that_ends_before_n8n_starts(composed: dict[str, dict[str, Any]]):
    services = composed["compose.yaml"]["services"]
    chain = ["provision-export", "provision-files", "provision-import", "provision-imported", "n8n"]
    for before, after in pairwise(chain):
        assert services[after]["depends_on"][before] == {"condition": "service_completed_successfully"}
    assert composed["compose.yaml"]["volumes"]["provisioning"]["driver_opts"]["type"] == "tmpfs"
    assert "n8n" not in services["engine"]["depends_on"], "the engine stands in for n8n, so it does not wait for it"


def test_queue_mode_says_the_same_as_on_one_machine(composed: dict[str, dict[str, Any]]):
    services = composed["compose.queue.yaml"]["services"]
    for name in ("n8n", "n8n-webhook", "n8n-worker"):
        given = services[name]["environment"]
        assert given["EXECUTIONS_MODE"] == "queue"
        assert given["QUEUE_BULL_REDIS_USERNAME"] == "n8n_queue"
        assert (given["QUEUE_BULL_PREFIX"], given["N8N_REDIS_KEY_PREFIX"]) == ("n8n:bull", "n8n")
    assert services["engine"]["environment"]["LEAD_REVIVER_N8N_URL"] == "http://n8n-webhook:5678"
    assert services["gateway"]["environment"] == services["engine"]["environment"]


@pytest.fixture
def some_server() -> Iterator[http.server.ThreadingHTTPServer]:
    """A server that says 200 to anything, or 503 once told to."""

    class Answer(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_GET(self) -> None:
            self.send_response(type(self).status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("service", ["gateway", "engine", "n8n"])
def test_a_health_check_tells_well_from_unwell(
    service: str, composed: dict[str, dict[str, Any]], some_server: http.server.ThreadingHTTPServer
):
    [_, *command] = composed["compose.yaml"]["services"][service]["healthcheck"]["test"]
    port = str(some_server.server_address[1])
    here = [re.sub(r"8700|5678", port, each) for each in command]
    here[0] = str(NODE) if here[0] == "node" else str(ROOT / ".venv" / "bin" / here[0])

    assert subprocess.run(here, capture_output=True, timeout=20, check=False).returncode == 0
    some_server.RequestHandlerClass.status = 503  # type: ignore[attr-defined]
    assert subprocess.run(here, capture_output=True, timeout=20, check=False).returncode == 1


def test_every_health_check_calls_a_program_of_its_image(composed: dict[str, dict[str, Any]]):
    for service in composed["compose.yaml"]["services"].values():
        if "healthcheck" in service:
            assert any(program in " ".join(service["healthcheck"]["test"]) for program in KNOWN_PROGRAMS)
