"""The environment of one run: generated secrets, addresses, defaults; what is set from outside wins."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lead_reviver.errors import SettingsError
from lead_reviver.local.folders import PROJECT_ROOT, DataDir
from lead_reviver.local.ports import NAMES as PORT_NAMES
from lead_reviver.local.ports import Ports, choose_ports, read_ports, write_ports
from lead_reviver.settings import Settings

Say = Callable[[str], None]

HOST = "127.0.0.1"
DEMO_EMAIL = "owner@costa-homes.example"

# A part whose address is given from outside is not started.
ADDRESS_OF = {
    "postgres": "DATABASE_URL",
    "redis": "REDIS_URL",
    "supabase": "SUPABASE_URL",
    "simulator": "WHATSAPP_GRAPH_URL",
    "n8n": "LEAD_REVIVER_N8N_URL",
}

# Names beyond the settings class, used by the parts themselves, the simulator and the tests.
LOCAL_NAMES = (
    "LEAD_REVIVER_ADMIN_DATABASE_URL",
    "LEAD_REVIVER_ADMIN_REDIS_URL",
    "LEAD_REVIVER_N8N_REDIS_URL",
    "LEAD_REVIVER_N8N_QUEUE_REDIS_URL",
    "LEAD_REVIVER_N8N_DATABASE_URL",
    "LEAD_REVIVER_N8N_BROKER_PORT",
    "LEAD_REVIVER_N8N_OWNER_EMAIL",
    "LEAD_REVIVER_N8N_OWNER_PASSWORD",
    "LEAD_REVIVER_N8N_WORKER_TOKEN",
    "LEAD_REVIVER_ENGINE_URL",
    "LEAD_REVIVER_REPORT_URL",
    "N8N_ENCRYPTION_KEY",
    "LEAD_REVIVER_DEMO_EMAIL",
    "LEAD_REVIVER_DEMO_PASSWORD",
    "LEAD_REVIVER_SIMULATOR_HOST",
    "LEAD_REVIVER_SIMULATOR_PORT",
    "LEAD_REVIVER_SIMULATOR_DATA_DIR",
    "LEAD_REVIVER_SIMULATOR_WEBHOOK_URL",
)


def standard_names() -> list[str]:
    """Return every environment name that Lead-Reviver knows, settings first."""
    aliases = [field.alias for field in Settings.model_fields.values() if field.alias]
    return [*aliases, *(name for name in LOCAL_NAMES if name not in aliases)]


@dataclass(frozen=True)
class Plan:
    """What one run goes by."""

    generated: dict[str, str]
    """The secrets of the data directory, by name."""
    ports: Ports
    outside: dict[str, str]
    """Standard names that the caller sets; they win."""
    environment: dict[str, str]
    """Every standard name with its value for this run."""


def plan_environment(
    data_dir: DataDir,
    port_base: int | None,
    caller: Mapping[str, str],
    say: Say,
    *,
    n8n: bool = True,
    n8n_workers: int = 0,
) -> Plan:
    """Settle secrets, ports and settings of a run, and write them down in the data directory.

    Raises `SettingsError` when a part is given from outside without what goes with it.
    """
    generated = load_or_generate_secrets(data_dir.secrets_file)
    remembered = read_ports(data_dir.ports_file)
    given = {name: caller[name] for name in standard_names() if caller.get(name)}
    # A shell that has sourced our own env file gives us nothing from outside.
    known = len(remembered) == len(PORT_NAMES)
    own = _build(data_dir, remembered, generated, {}, n8n=n8n, queue=n8n_workers > 0) if known else {}
    outside = {name: value for name, value in given.items() if own.get(name) != value}
    _check_company(outside)
    ports = choose_ports(remembered, port_base, _fixed_ports(outside), say)
    environment = _build(data_dir, ports, generated, outside, n8n=n8n, queue=n8n_workers > 0)
    write_ports(data_dir.ports_file, ports)
    write_env_file(data_dir.env_file, environment, "This run's settings. `lead-reviver up` writes them at every start.")
    return Plan(generated, ports, outside, environment)


def is_outside(part: str, outside: Mapping[str, str]) -> bool:
    """Whether the address of this part is given from outside, so that it is not started."""
    return part in ADDRESS_OF and ADDRESS_OF[part] in outside


def _check_company(outside: Mapping[str, str]) -> None:
    """Some addresses are of no use alone."""
    if "DATABASE_URL" in outside and not {"SUPABASE_URL", "LEAD_REVIVER_ADMIN_DATABASE_URL"} & set(outside):
        raise SettingsError(
            "DATABASE_URL is set, so Supabase Lite cannot use a database of ours. Set LEAD_REVIVER_ADMIN_DATABASE_URL "
            "too (the same database as the role that owns it), or SUPABASE_URL to the Supabase that serves it."
        )
    if "SUPABASE_URL" in outside and "SUPABASE_PUBLISHABLE_KEY" not in outside:
        raise SettingsError("SUPABASE_URL is set, so set SUPABASE_PUBLISHABLE_KEY of that project too.")


def _fixed_ports(outside: Mapping[str, str]) -> Ports:
    fixed = {"gateway": "LEAD_REVIVER_PORT", "simulator": "LEAD_REVIVER_SIMULATOR_PORT"}
    for variable in set(fixed.values()) & set(outside):
        if not outside[variable].isdigit() or not 0 < int(outside[variable]) < 65536:
            raise SettingsError(f"{variable} must be a port number, 1 to 65535.")
    return {name: int(outside[variable]) for name, variable in fixed.items() if variable in outside}


def _build(
    data_dir: DataDir,
    ports: Ports,
    generated: Mapping[str, str],
    outside: Mapping[str, str],
    *,
    n8n: bool,
    queue: bool,
) -> dict[str, str]:
    """Return every standard name with its value."""
    postgres, redis = f"{HOST}:{ports['postgres']}/postgres", f"{HOST}:{ports['redis']}/0"
    built = PROJECT_ROOT / "dashboard" / "dist"
    own = {
        **_defaults(),
        **generated,
        "LEAD_REVIVER_HOST": HOST,
        "LEAD_REVIVER_PORT": str(ports["gateway"]),
        "DATABASE_URL": f"postgresql://engine:{generated['POSTGRES_ENGINE_PASSWORD']}@{postgres}",
        "REDIS_URL": f"redis://engine:{generated['REDIS_ENGINE_PASSWORD']}@{redis}",
        "SUPABASE_URL": f"http://{HOST}:{ports['supabase']}",
        "WHATSAPP_PHONE_NUMBER_ID": "700800900100",
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "900100200300400",
        "WHATSAPP_GRAPH_URL": f"http://{HOST}:{ports['simulator']}",
        "WHATSAPP_MEDIA_HOSTS": f"lookaside.fbsbx.com,{HOST}",
        "LEAD_REVIVER_DEMO_EMAIL": DEMO_EMAIL,
        "LEAD_REVIVER_SIMULATOR_HOST": HOST,
        "LEAD_REVIVER_SIMULATOR_PORT": str(ports["simulator"]),
        "LEAD_REVIVER_SIMULATOR_DATA_DIR": str(data_dir.part("simulator")),
    }
    if (built / "index.html").exists():
        own["LEAD_REVIVER_DASHBOARD_DIR"] = str(built)
    if "DATABASE_URL" not in outside:
        own["LEAD_REVIVER_ADMIN_DATABASE_URL"] = (
            f"postgresql://postgres:{generated['POSTGRES_ADMIN_PASSWORD']}@{postgres}"
        )
    if "REDIS_URL" not in outside:
        for user in ("n8n", "n8n_queue", "admin"):
            password = generated[f"REDIS_{user.upper()}_PASSWORD"]
            own[f"LEAD_REVIVER_{user.upper()}_REDIS_URL"] = f"redis://{user}:{password}@{redis}"
    if n8n and ("DATABASE_URL" not in outside or "LEAD_REVIVER_N8N_DATABASE_URL" in outside):
        own |= {
            "LEAD_REVIVER_N8N_URL": f"http://{HOST}:{ports['n8n_webhook' if queue else 'n8n']}",
            "LEAD_REVIVER_N8N_EDITOR_URL": f"http://{HOST}:{ports['n8n']}",
            "LEAD_REVIVER_N8N_BROKER_PORT": str(ports["n8n_broker"]),
            "LEAD_REVIVER_N8N_OWNER_EMAIL": DEMO_EMAIL,
            "LEAD_REVIVER_N8N_DATABASE_URL": (
                f"postgresql://n8n:{generated['POSTGRES_N8N_PASSWORD']}@{HOST}:{ports['postgres']}/n8n"
            ),
        }
    environment = own | dict(outside)
    gateway = f"http://{environment['LEAD_REVIVER_HOST']}:{environment['LEAD_REVIVER_PORT']}"
    environment.setdefault("LEAD_REVIVER_SIMULATOR_WEBHOOK_URL", f"{gateway}/webhooks/whatsapp")
    environment.setdefault("LEAD_REVIVER_ENGINE_URL", gateway)
    environment.setdefault("LEAD_REVIVER_DASHBOARD_URL", gateway)
    environment.setdefault("LEAD_REVIVER_PUBLIC_URL", gateway)
    return {name: environment[name] for name in standard_names() if name in environment}


def _defaults() -> dict[str, str]:
    fields = Settings.model_fields.values()
    return {f.alias: str(f.default) for f in fields if f.alias and not f.is_required() and f.default is not None}


def load_or_generate_secrets(path: Path) -> dict[str, str]:
    """Return the secrets of this data directory, generating what is not there yet."""
    known = read_env_file(path) if path.exists() else {}
    fresh = {name: value for name, value in _fresh_secrets().items() if name not in known}
    if fresh:
        known |= fresh
        write_env_file(path, known, "Generated on the first start. `lead-reviver up` reads it; keep it private.")
    return known


def _fresh_secrets() -> dict[str, str]:
    return {
        "POSTGRES_SUPERUSER_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_ADMIN_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_ENGINE_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_N8N_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_ENGINE_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_N8N_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_N8N_QUEUE_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_ADMIN_PASSWORD": secrets.token_urlsafe(24),
        "SUPABASE_PUBLISHABLE_KEY": f"sb_publishable_{secrets.token_urlsafe(24)}",
        "SUPABASE_SECRET_KEY": f"sb_secret_{secrets.token_urlsafe(24)}",
        "SUPABASE_JWT_SECRET": secrets.token_urlsafe(48),
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(24),
        "WHATSAPP_ACCESS_TOKEN": secrets.token_urlsafe(48),
        "LEAD_REVIVER_STEPS_KEY": secrets.token_urlsafe(32),
        "LEAD_REVIVER_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LEAD_REVIVER_HASH_KEY": secrets.token_urlsafe(32),
        "LEAD_REVIVER_DEMO_PASSWORD": secrets.token_urlsafe(9),
        "LEAD_REVIVER_N8N_WEBHOOK_KEY": secrets.token_urlsafe(32),
        # n8n wants a capital letter and a digit in it.
        "LEAD_REVIVER_N8N_OWNER_PASSWORD": f"N8-{secrets.token_urlsafe(12)}",
        "N8N_ENCRYPTION_KEY": secrets.token_urlsafe(32),
    }


def read_env_file(path: Path) -> dict[str, str]:
    """Read `KEY=value` lines; comments and blank lines are skipped, quotes around a value are taken off."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name: value.removeprefix("'").removesuffix("'").replace("'\\''", "'") for name, value in pairs}


def write_env_file(path: Path, environment: Mapping[str, str], comment: str) -> None:
    """Write `KEY=value` lines that a shell can source, mode 0600, all or nothing."""
    lines = [f"# {comment}", *(f"{name}={_quoted(value)}" for name, value in environment.items())]
    write_private(path, "\n".join(lines) + "\n")


def _quoted(value: str) -> str:
    plain = all(c.isalnum() or c in "-_.,:/@%+" for c in value)
    return value if plain else "'" + value.replace("'", "'\\''") + "'"


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else may read it at any moment."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
