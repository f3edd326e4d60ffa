"""What the record keeps for a while only."""

from __future__ import annotations

from datetime import timedelta

from lead_reviver.storage.database import Pool

AT_ONCE = 5000
"""Rows a call and table."""
KEEP_FAILURES = timedelta(days=30)
KEEP_JOBS = timedelta(days=30)
KEEP_GENERATIONS = timedelta(days=35)
"""Far longer than a day's counters may come late: Redis keeps them for 3 days. A total that came after its day's
generations are gone would stand alone."""

# Failed runs of workflows that nobody will look at any more.
FAILURES = """
delete from engine.workflow_failures where id in (
  select id from engine.workflow_failures where failed_at < now() - $1::interval limit $2
)
"""

JOBS = """
delete from engine.jobs where id in (
  select id from engine.jobs where finished_at < now() - $1::interval limit $2
)
"""

# Of days that do not change any more; their sums stand in daily_metrics.
GENERATIONS = """
delete from engine.metric_generations g using (
  select workspace_id, day, generation, metric from engine.metric_generations
  where day < (now() - $1::interval)::date limit $2
) old
where (g.workspace_id, g.day, g.generation, g.metric) = (old.workspace_id, old.day, old.generation, old.metric)
"""


async def delete_aged(pool: Pool) -> dict[str, int]:
    """Delete what is old, at most `AT_ONCE` rows a table; return how many went, by table."""
    found = {}
    for table, statement, keep_for in (
        ("workflow_failures", FAILURES, KEEP_FAILURES),
        ("jobs", JOBS, KEEP_JOBS),
        ("metric_generations", GENERATIONS, KEEP_GENERATIONS),
    ):
        found[table] = int((await pool.execute(statement, keep_for, AT_ONCE)).rsplit(" ", 1)[1])
    return found
