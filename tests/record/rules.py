"""What every table, key, function and policy of the record must keep to. Each rule is a query that names who does not.

A new table meets these rules on the day it is made; `test_rules.py` also tries each rule on something that breaks it.
"""

from __future__ import annotations

OURS = "n.nspname in ('public', 'engine', 'private')"

# Columns that mean the same in every table, so that a comment would only repeat the name.
SPEAKS_FOR_ITSELF = (
    "id", "name", "email", "language", "currency", "time_zone", "created_at", "updated_at", "kind", "body", "reason",
    "starts_at", "ends_at", "sent_at", "started_at", "finished_at", "attempts", "model", "metric", "day", "status",
    "position", "notes", "channel_id", "lead_id", "workspace_id", "conversation_id", "campaign_id", "message_id",
    "campaign_step_id", "playbook_id", "tag_id", "template_id", "turn_id", "user_id", "display_name", "category",
)  # fmt: skip

RULES = {
    "every table of the API has row-level security": """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relrowsecurity
    """,
    "every table of the API says by policy who reads it": """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and not exists (
          select from pg_policy p
          where p.polrelid = c.oid and p.polcmd in ('r', '*')
            and 'authenticated'::regrole = any (p.polroles)
        )
    """,
    "a policy for members only reads, and none is for everybody": """
        select c.relname || ': ' || p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
        where 0 = any (p.polroles) or 'anon'::regrole = any (p.polroles)
          or ('authenticated'::regrole = any (p.polroles) and p.polcmd <> 'r')
    """,
    "anonymous holds no right, and members hold no more than reading": f"""
        select c.relname || ': ' || a.grantee::regrole || ' ' || a.privilege_type
        from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
        where {OURS} and (
          a.grantee = 0 or a.grantee = 'anon'::regrole
          or (a.grantee = 'authenticated'::regrole and (a.privilege_type <> 'SELECT' or n.nspname <> 'public'))
        )
    """,
    "no table of the engine has row-level security, which would make Supabase Lite open the schema": """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'engine' and c.relkind in ('r', 'p') and c.relrowsecurity
    """,
    "a view asks with the reader's rights": f"""
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('v', 'm')
          and not coalesce('security_invoker=true' = any (c.reloptions), false)
    """,
    "every foreign key has an index that finds its rows": f"""
        select c.relname || ': ' || k.conname from pg_constraint k
        join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and k.contype = 'f' and not exists (
          select from pg_index i
          -- The index starts with columns of the key, and among them is the one that tells rows apart.
          cross join lateral (
            select i.indkey[0] as first, array(
              select i.indkey[p] from generate_series(0, i.indnkeyatts - 1) p
              where p < coalesce(
                (select min(q) from generate_series(0, i.indnkeyatts - 1) q where i.indkey[q] <> all (k.conkey)),
                i.indnkeyatts
              )
            ) as leading
          ) l
          where i.indrelid = k.conrelid and i.indisvalid
            and l.leading <> '{{}}' and k.conkey[cardinality(k.conkey)] = any (l.leading)
            and (
              i.indpred is null
              or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', (
                select attname from pg_attribute
                where attrelid = k.conrelid and attnum = k.conkey[cardinality(k.conkey)]
              ))
            )
        )
    """,
    "a key between tenants' tables also holds the workspace": f"""
        select c.relname || ': ' || k.conname from pg_constraint k
        join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute mine on mine.attrelid = k.conrelid and mine.attname = 'workspace_id'
        join pg_attribute theirs on theirs.attrelid = k.confrelid and theirs.attname = 'workspace_id'
        where {OURS} and k.contype = 'f' and not exists (
          select from generate_subscripts(k.conkey, 1) p
          where k.conkey[p] = mine.attnum and k.confkey[p] = theirs.attnum
        )
    """,
    "every table but workspaces belongs to a workspace": """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'workspaces' and not exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and a.attnotnull
        )
    """,
    "a point in time knows its time zone": f"""
        select c.relname || '.' || a.attname from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p') and a.attnum > 0
          and a.atttypid in ('timestamp'::regtype, 'timetz'::regtype)
    """,
    "every table says what it is for": f"""
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p', 'v', 'm') and obj_description(c.oid, 'pg_class') is null
    """,
    "every column says what it means, unless its name does": f"""
        select c.relname || '.' || a.attname from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
          and a.attname not in ({", ".join(f"'{name}'" for name in SPEAKS_FOR_ITSELF)})
          and col_description(c.oid, a.attnum) is null
    """,
    "a function that borrows its owner's rights trusts no search path": f"""
        select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where {OURS} and not coalesce('search_path=""' = any (p.proconfig), false)
    """,
    "no function may be run by everybody": f"""
        select p.proname || ': ' || coalesce(nullif(a.grantee, 0)::regrole::text, 'everybody')
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
          aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where {OURS} and (a.grantee = 0 or a.grantee = 'anon'::regrole
          or (a.grantee = 'authenticated'::regrole and n.nspname <> 'private'))
    """,
}
