"""A small model on this machine, asked over OpenAI's chat API. Fetches 1.1 GB once, like `make test-llm`."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import tests.llm
from tests.llm.local_model import model_file, server_packages

MOST_TOKENS: Final = 400
SECONDS: Final = 240.0


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the model on a loopback port; give its address."""
    command = [sys.executable, str(Path(tests.llm.__file__).with_name("serve.py")), str(model_file())]
    env = {**os.environ, "PYTHONPATH": str(server_packages())}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield next(line.strip() for line in server.stdout if line.startswith("http")) + "/v1"
        finally:
            server.terminate()


def ask(address: str, messages: list[dict[str, str]], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the model's answer, held to a JSON schema. Raises `ValueError` for one that breaks off, `OSError`."""
    body = {
        "model": "local",
        "messages": messages,
        "temperature": 0,
        "seed": 1,
        "max_tokens": MOST_TOKENS,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
    }
    request = urllib.request.Request(
        f"{address}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        content = json.load(answer)["choices"][0]["message"]["content"]
    return dict(json.loads(content))
