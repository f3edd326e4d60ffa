"""`POST /steps/take-in-leads`: leads that a workflow passes on, behind the steps' key and the sender's signature."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from lead_reviver.api.problems import Problem
from lead_reviver.api.steps import key_required
from lead_reviver.campaigns.intake import UnknownWorkspace
from lead_reviver.campaigns.lead_requests import WrongSignature, unpack
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.take_in_leads import take_in_leads
from lead_reviver.storage.secrets import SecretUnreadable, Vault


def lead_steps_router(parts: Parts, key: str, vault: Vault) -> APIRouter:
    """Publish the step that takes in leads."""
    router = APIRouter(prefix="/steps", tags=["steps"], dependencies=[Depends(key_required(key))])

    @router.post("/take-in-leads")
    async def run(request: Request) -> Response:
        """Take in a delivery: {"workspace_id", "sealed"}, as the gateway packed it."""
        packed = await request.body()
        try:
            delivery = unpack(vault, packed)
            answer = await take_in_leads(parts, vault, delivery)
        except WrongSignature as error:
            raise Problem(401, "signature", str(error)) from None
        except UnknownWorkspace as error:
            raise Problem(404, "not_found", str(error)) from None
        except SecretUnreadable as error:
            raise Problem(503, "try_again", str(error)) from None
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return router
