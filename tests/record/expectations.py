"""Who may do what with each table of schema `public`, in one table. A table without a row here fails the tests.

    r  reads every row of the workspaces they belong to (n8n_worker and service_role: of every workspace)
    o  reads rows of leads they own and of leads nobody owns
    w  inserts, updates and deletes
    -  nothing

Nobody but service_role writes: commands go through the engine's API, which signs in to Postgres as its own role.
`stranger` owns another workspace; the column says what of this one they get.
"""

from __future__ import annotations

PEOPLE = ("owner", "manager", "agent", "viewer", "stranger", "anonymous", "n8n_worker", "service_role")

MATRIX = """
table            owner  manager  agent  viewer  stranger  anonymous  n8n_worker  service_role
workspaces       r      r        r      r       -         -          r           rw
members          r      r        r      r       -         -          -           rw
channels         r      r        r      r       -         -          -           rw
leads            r      r        o      r       -         -          -           rw
identities       r      r        o      r       -         -          -           rw
consents         r      r        o      r       -         -          -           rw
suppressions     r      r        -      -       -         -          -           rw
tags             r      r        r      r       -         -          -           rw
lead_tags        r      r        o      r       -         -          -           rw
field_corrections r      r       o      r       -         -          -           rw
snoozes          r      r        o      r       -         -          -           rw
notes            r      r        o      r       -         -          -           rw
playbooks        r      r        r      r       -         -          -           rw
conversations    r      r        o      r       -         -          -           rw
turns            r      r        o      r       -         -          -           rw
messages         r      r        o      r       -         -          -           rw
approvals        r      r        o      r       -         -          -           rw
templates        r      r        r      r       -         -          -           rw
campaigns        r      r        r      r       -         -          -           rw
campaign_steps   r      r        r      r       -         -          -           rw
touches          r      r        o      r       -         -          -           rw
availability     r      r        r      r       -         -          -           rw
meetings         r      r        o      r       -         -          -           rw
meeting_types    r      r        r      r       -         -          -           rw
days_off         r      r        r      r       -         -          -           rw
handovers        r      r        o      r       -         -          -           rw
handover_offers  r      r        o      r       -         -          -           rw
busy_times       r      r        r      r       -         -          -           rw
daily_metrics    r      r        r      r       -         -          r           rw
audit_log        r      -        -      -       -         -          -           rw
"""


def _read(matrix: str) -> dict[str, dict[str, str]]:
    header, *rows = (line.split() for line in matrix.strip().splitlines())
    assert tuple(header[1:]) == PEOPLE
    return {row[0]: dict(zip(PEOPLE, row[1:], strict=True)) for row in rows}


EXPECTED = _read(MATRIX)
TABLES = tuple(EXPECTED)


def places_seen(table: str, person: str) -> set[str]:
    """Return the places whose row of a table this person sees; see `world.PLACES`."""
    cell = EXPECTED[table][person]
    if person == "stranger":
        return places_seen(table, "owner") if cell == "r" else {"elsewhere"} & _places_of(EXPECTED[table]["owner"])
    seen = _places_of(cell)
    return seen if person in {"n8n_worker", "service_role"} else seen - {"elsewhere"}


def _places_of(cell: str) -> set[str]:
    if "r" in cell:
        return {"own", "unowned", "colleague", "elsewhere"}
    return {"own", "unowned"} if "o" in cell else set()


def may_write(table: str, person: str) -> bool:
    """Return whether this person inserts, updates and deletes."""
    return "w" in EXPECTED[table][person]


# What the two roles of the program hold in SQL, and nothing beyond: Select, Insert, Update, Delete. A right to change
# only some columns names them.
RIGHTS = """
table                       engine                                         n8n_worker
public.workspaces           select,insert,update,delete                    select
public.members              select,insert,update,delete                    -
public.channels             select,insert,update,delete                    -
public.leads                select,insert,update,delete                    -
public.identities           select,insert,update,delete                    -
public.consents             select,insert,update(lead_id),update(withdrawn_at),update(withdrawn_through)  -
public.suppressions         select,insert,update(reason),update(created_at),delete        -
public.tags                 select,insert,update,delete                    -
public.lead_tags            select,insert,update,delete                    -
public.field_corrections    select,insert,update(lead_id)                  -
public.snoozes              select,insert,update,delete                    -
public.notes                select,insert,update,delete                    -
public.playbooks            select,insert,update,delete                    -
public.conversations        select,insert,update,delete                    -
public.turns                select,insert,update,delete                    -
public.messages             select,insert,update,delete                    -
public.approvals            select,insert,update,delete                    -
public.templates            select,insert,update,delete                    -
public.campaigns            select,insert,update,delete                    -
public.campaign_steps       select,insert,update,delete                    -
public.touches              select,insert,update,delete                    -
public.availability         select,insert,update,delete                    -
public.meetings             select,insert,update,delete                    -
public.meeting_types        select,insert,update,delete                    -
public.days_off             select,insert,update,delete                    -
public.handovers            select,insert,update,delete                    -
public.handover_offers      select,insert,update,delete                    -
public.busy_times           select,insert,update,delete                    -
public.daily_metrics        select                                         select
public.audit_log            select,insert                                  -
engine.inbox                select,insert,update,delete                    -
engine.outbox               select,insert,update,delete                    -
engine.secrets              select,insert,update,delete                    -
engine.jobs                 select,insert,update,delete                    -
engine.gateway_beat         select,insert,update                           -
engine.metric_generations   select,delete                                  -
engine.follow_ups           select,insert,update,delete                    -
engine.meeting_notices      select,insert,update,delete                    -
engine.agent_calendars      select,insert,update,delete                    -
engine.calendar_events      select,insert,update,delete                    -
engine.meeting_events       select,insert,update,delete                    -
engine.meeting_entries      select,insert,update,delete                    -
engine.workflows            select,insert,update,delete                    -
engine.workflow_failures    select,insert,update,delete                    -
"""


def rights_of(role: str) -> dict[str, set[str]]:
    """Return what a role of the program may do, by table."""
    header, *rows = (line.split() for line in RIGHTS.strip().splitlines())
    column = header.index(role)
    return {row[0]: set(row[column].split(",")) - {"-"} for row in rows}
