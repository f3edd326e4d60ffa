"""Redis as it starts in a container: the users of the one-machine stack, on a real server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from lead_reviver.local.ports import any_free_port
from lead_reviver.local.redis import USERS, find_server
from tests.real_stack import wait_until

START = Path(__file__).parents[2] / "deploy" / "redis" / "start.sh"


def test_each_user_may_do_what_the_one_of_one_machine_may_and_nobody_else_comes_in(tmp_path: Path):
    port = any_free_port()
    (tmp_path / "redis-server").symlink_to(find_server())
    passwords = {name: f"password-of-{name}" for name in USERS if name != "admin"}
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.defpath}",
        "ACL_FILE": str(tmp_path / "users.acl"),
        **{f"REDIS_{name.upper()}_PASSWORD": password for name, password in passwords.items()},
    }
    server = subprocess.Popen(
        ["/bin/sh", str(START), "--port", str(port), "--bind", "127.0.0.1"],
        env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        engine = Redis(port=port, username="engine", password=passwords["engine"], decode_responses=True)
        wait_until(lambda: _answers(engine), 20, "Redis")
        engine.set("lr:key", "value")
        with pytest.raises(NoPermissionError):
            engine.keys("*")
        with pytest.raises(AuthenticationError):
            Redis(port=port).ping()
        with pytest.raises(NoPermissionError):
            Redis(port=port, username="n8n", password=passwords["n8n"]).get("lr:key")
    finally:
        server.terminate()
        server.wait(10)
    lines = (tmp_path / "users.acl").read_text().splitlines()
    rules = {found[1]: found[2] for line in lines if (found := re.match(r"user (\w+) on #\w{64} (.+)", line))}
    assert rules == {name: rules for name, rules in USERS.items() if name != "admin"}


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
