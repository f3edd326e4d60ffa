"""Which port each part listens on: remembered from the last run, else beside the base, else the next free one."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

Ports = dict[str, int]
NAMES = ("gateway", "supabase", "simulator", "postgres", "redis", "n8n", "n8n_broker", "n8n_webhook")
DEFAULT_BASE = 8700
# Below what Linux hands out for outgoing connections, so that nothing slips in between choosing and listening.
RANDOM_RANGE = range(20000, 32000)


def choose_ports(
    remembered: Ports, base: int | None, fixed: Ports, say: Callable[[str], None], host: str = "127.0.0.1"
) -> Ports:
    """Return a free port for every name.

    `base` is what the person asked for: it beats what is remembered, and 0 means "anything free".
    `fixed` ports are set from outside and taken as they are. `say` gets one line for each port that was taken.
    """
    chosen: Ports = dict(fixed)
    wanted = {name: (DEFAULT_BASE if base is None else base) + offset for offset, name in enumerate(NAMES)}
    if base is None:
        wanted |= {name: port for name, port in remembered.items() if name in wanted}
    others = _random_ports() if base == 0 else iter(range(max(wanted.values()) + 1, 65536))
    for name in NAMES:
        if name in chosen:
            continue
        taken = set(chosen.values()) | {port for other, port in wanted.items() if other != name}
        if base != 0 and wanted[name] not in chosen.values() and is_free(host, wanted[name]):
            chosen[name] = wanted[name]
            continue
        chosen[name] = next(port for port in others if port not in taken and is_free(host, port))
        if base != 0:
            say(f"port {wanted[name]} is taken; {name} uses {chosen[name]}")
    return chosen


def any_free_port(host: str = "127.0.0.1") -> int:
    """Return a port for a part that nobody has to find."""
    return next(port for port in _random_ports() if is_free(host, port))


def _random_ports() -> Iterator[int]:
    while True:
        yield random.choice(RANDOM_RANGE)  # noqa: S311 - a port, not a secret


def is_free(host: str, port: int) -> bool:
    """Whether a part could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def read_ports(path: Path) -> Ports:
    """Return the ports of the last run; empty when there was none or the file is damaged."""
    try:
        ports = json.loads(path.read_text(encoding="utf-8"))
        return {name: int(ports[name]) for name in NAMES if name in ports}
    except (OSError, ValueError, TypeError):
        return {}


def write_ports(path: Path, ports: Ports) -> None:
    """Remember the ports for the next run."""
    path.write_text(json.dumps(ports) + "\n", encoding="utf-8")
