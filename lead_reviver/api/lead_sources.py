"""What lets a form, a CRM or a sheet send leads: the secret with which it signs. An owner makes and renews it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lead_reviver.api.access import OWNERS, SignedIn, check_role
from lead_reviver.api.conversations import Parts
from lead_reviver.campaigns.lead_secrets import renew_secret
from lead_reviver.storage import audit
from lead_reviver.storage.database import transaction

router = APIRouter(prefix="/api/lead-sources", tags=["lead sources"])


class NewSecret(BaseModel):
    """A secret, shown this once."""

    secret: str
    path: str
    """Where deliveries go, below the gateway's address."""
    previous_valid_until: datetime | None
    """Until when the secret before is good as well; null when there was none."""


@router.post("/secret", status_code=201)
async def make_secret(workspace_id: UUID, caller: SignedIn, parts: Parts, response: Response) -> NewSecret:
    """Make the secret with which lead sources sign, or a new one; it is shown once, the one before lasts a day more."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, OWNERS, "Only an owner may make the secret of lead sources; ask one.")
    async with transaction(parts.pool) as connection:
        renewed = await renew_secret(connection, parts.vault, workspace, parts.clock())
        await audit.record(connection, workspace, caller.user_id, "make lead secret", "workspace", workspace)
    response.headers["Cache-Control"] = "no-store"
    return NewSecret(
        secret=renewed.current, path=f"/webhooks/leads/{workspace}", previous_valid_until=renewed.previous_until
    )
