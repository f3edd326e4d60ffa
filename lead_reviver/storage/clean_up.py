"""What the record keeps for a while only."""

from __future__ import annotations

from datetime import timedelta

from lead_reviver.storage.database import Pool

AT_ONCE = 5000
"""Rows a call and table."""
KEEP_FAILURES = timedelta(days=30)
KEEP_JOBS = timedelta(days=30)
KEEP_MEETING_EVENTS = timedelta(days=7)
KEEP_MEETING_ENTRIES = timedelta(days=200)
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

# Told, or about a meeting that is over: a calendar gets nothing more of it.
MEETING_EVENTS = """
delete from engine.meeting_events where id in (
  select id from engine.meeting_events where occurred_at < now() - $1::interval
    and (state in ('delivered', 'overtaken') or ends_at < now() - $1::interval) limit $2
)
"""

# A meeting lies at most some months ahead.
MEETING_ENTRIES = """
delete from engine.meeting_entries where (workspace_id, calendar_uid, agent_id) in (
  select workspace_id, calendar_uid, agent_id from engine.meeting_entries
  where changed_at < now() - $1::interval limit $2
)
"""


async def delete_aged(pool: Pool) -> dict[str, int]:
    """Delete what is old, at most `AT_ONCE` rows a table; return how many went, by table."""
    found = {}
    for table, statement, keep_for in (
        ("workflow_failures", FAILURES, KEEP_FAILURES),
        ("jobs", JOBS, KEEP_JOBS),
        ("metric_generations", GENERATIONS, KEEP_GENERATIONS),
        ("meeting_events", MEETING_EVENTS, KEEP_MEETING_EVENTS),
        ("meeting_entries", MEETING_ENTRIES, KEEP_MEETING_ENTRIES),
    ):
        found[table] = int((await pool.execute(statement, keep_for, AT_ONCE)).rsplit(" ", 1)[1])
    return found
