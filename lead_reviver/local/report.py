"""What people are told about a run."""

from __future__ import annotations

from collections.abc import Mapping

from lead_reviver.local.folders import DataDir
from lead_reviver.local.state import RunState, read_state


def welcome(environment: Mapping[str, str], data_dir: DataDir) -> str:
    """Return the addresses and the sign-in of a run that has just become ready."""
    run = read_state(data_dir)
    lines = ["", "Lead-Reviver is ready."]
    if run.urls["dashboard"]:
        lines.append(f"  dashboard   {run.urls['dashboard']}")
    if run.parts["simulator"].state == "ready":
        lines.append(f"  phone       {run.urls['simulator']}/")
    if run.urls["gateway"]:
        lines.append(f"  webhook     {run.urls['gateway']}/webhooks/whatsapp")
    if run.parts["supabase"].state == "ready" and run.urls["dashboard"]:
        email, password = environment["LEAD_REVIVER_DEMO_EMAIL"], environment["LEAD_REVIVER_DEMO_PASSWORD"]
        lines.append(f"  sign in     {email}   {password}")
    lines.append(f"  settings    {data_dir.env_file}")
    lines.append(f"  logs        {data_dir.root / 'logs'}")
    lines.append("Ctrl-C or `lead-reviver down` ends everything.")
    return "\n".join(lines)


def overview(run: RunState) -> str:
    """Return one line a part, for `status`."""
    width = max(len(name) for name in run.parts)
    lines = [f"{name:<{width}}  {part.state:<10}  {part.url or ''}".rstrip() for name, part in run.parts.items()]
    return "\n".join([*lines, f"Lead-Reviver is {run.state}."])
