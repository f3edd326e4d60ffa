"""What language models took, by the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lead_reviver.storage.database import Connection

# Of turns that a model was asked about and that ended since then.
USE = """
select count(*)::int as turns, coalesce(sum(tokens_in), 0)::bigint as tokens_in,
  coalesce(sum(tokens_out), 0)::bigint as tokens_out, coalesce(sum(tokens_cached), 0)::bigint as tokens_cached,
  coalesce(sum(cost_micros), 0)::bigint as cost_micros, max(cost_currency) as cost_currency,
  coalesce(percentile_cont(0.5) within group (order by took_ms), 0)::int as median_ms
from public.turns where workspace_id = $1 and finished_at >= $2 and tokens_in > 0
"""


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens, money and time of a workspace's models."""

    turns: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    """Those of `tokens_in` that the provider had cached."""
    cost_micros: int
    """Millionths of a unit of `cost_currency`; 0 where the provider has no list price."""
    cost_currency: str | None
    median_ms: int
    """How long a turn waited for the model."""


async def use_since(connection: Connection, workspace_id: str, since: datetime) -> Use:
    """Return what models took for a workspace since then."""
    row = await connection.fetchrow(USE, workspace_id, since)
    return Use(*row.values()) if row is not None else Use(0, 0, 0, 0, 0, None, 0)
