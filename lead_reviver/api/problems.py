"""Errors of the API as values a page can show: what is wrong and what to do, and a word for programs."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from lead_reviver.errors import BadInput, TryAgainLater


class ProblemBody(BaseModel):
    """The body of every error (after RFC 9457)."""

    title: str
    """What is wrong and what to do."""
    reason: str
    """One word for programs."""
    problems: list[dict[str, Any]] | None = None
    """Each thing to change, where there can be several."""


class Problem(Exception):
    """Ends a request with a status, a machine word and a sentence."""

    def __init__(self, status: int, reason: str, title: str, problems: list[dict[str, Any]] | None = None) -> None:
        super().__init__(title)
        self.status, self.reason, self.title, self.problems = status, reason, title, problems


def _answer(status: int, reason: str, title: str, problems: list[dict[str, Any]] | None = None) -> JSONResponse:
    body = {"title": title, "reason": reason} | ({"problems": problems} if problems else {})
    return JSONResponse(body, status, media_type="application/problem+json")


def explain_problems(app: FastAPI) -> None:
    """Let every error of ours leave as a `ProblemBody`."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> JSONResponse:
        return _answer(error.status, error.reason, error.title, error.problems)

    @app.exception_handler(BadInput)
    async def _bad_input(_: Request, error: BadInput) -> JSONResponse:
        return _answer(422, "bad_input", str(error))

    @app.exception_handler(TryAgainLater)
    async def _away(_: Request, error: TryAgainLater) -> JSONResponse:
        return _answer(503, "try_again", str(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
        return _answer(422, "bad_input", f"The request is not as expected: {wrong}.")
