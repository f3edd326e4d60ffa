"""The credentials that our workflows use, as n8n's vault takes them. n8n encrypts them at rest with its own key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

STEPS, RELAY, REDIS, WORKER = "leadRevSteps0001", "leadRevRelay0001", "leadRevRedis0001", "leadRevWorker001"
"""n8n's ids of them: the workflow files name credentials by these."""


def credentials(environment: Mapping[str, str], worker_token: str) -> list[dict[str, Any]]:
    """Return our credentials with their secrets in clear, for `n8n import:credentials` and nothing else.

    - STEPS: what the engine asks of whoever calls `/steps/*`.
    - RELAY: what our webhooks ask of the engine: a token that the engine signs for each call. n8n keeps the headers of
      a failed run, so a key that stays the same would stand in its database in clear.
    - REDIS: the ACL user `n8n`, who reads day counters and owns `n8n:*`.
    - WORKER: the database role `n8n_worker` (a JWT beside the publishable key).
    """
    redis = urlsplit(environment["LEAD_REVIVER_N8N_REDIS_URL"])
    headers = {"apikey": environment["SUPABASE_PUBLISHABLE_KEY"], "Authorization": f"Bearer {worker_token}"}
    return [
        {
            "id": STEPS,
            "name": "Lead-Reviver: steps of the engine",
            "type": "httpHeaderAuth",
            "data": {"name": "Authorization", "value": f"Bearer {environment['LEAD_REVIVER_STEPS_KEY']}"},
        },
        {
            "id": RELAY,
            "name": "Lead-Reviver: calls from the engine",
            "type": "jwtAuth",
            "data": {
                "keyType": "passphrase",
                "secret": environment["LEAD_REVIVER_N8N_WEBHOOK_KEY"],
                "algorithm": "HS256",
            },
        },
        {
            "id": REDIS,
            "name": "Lead-Reviver: counters in Redis (read only)",
            "type": "redis",
            "data": {
                "host": str(redis.hostname),
                "port": redis.port or 6379,
                "user": str(redis.username),
                "password": str(redis.password),
                "database": 0,
                "ssl": redis.scheme == "rediss",
            },
        },
        {
            "id": WORKER,
            "name": "Lead-Reviver: Supabase as n8n_worker",
            "type": "httpCustomAuth",
            "data": {"json": json.dumps({"headers": headers})},
        },
    ]
