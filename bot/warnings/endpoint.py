"""POST /warnings: other systems hand warnings over by HTTP, with a key."""

import hmac
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.body import body_of_call
from knowledge_base.warnings.alert import AlertRefused
from knowledge_base.warnings.broadcast import Broadcasts
from knowledge_base.warnings.document import MAX_BYTES
from knowledge_base.warnings.emergency_answer import read_answer
from knowledge_base.warnings.intake import Intake, Outcome, Taken

log = structlog.get_logger(__name__)

SOURCE = "http"
_ANSWERS = {Outcome.ACCEPTED: 202, Outcome.WAITING: 202, Outcome.REFUSED: 400}
"""Everything else is kept, and nothing more happens: 200."""
_ANSWERED = (b"EBDResponse", b"EBMState")
_SAID: dict[int | str, dict[str, Any]] = {
    202: {"description": "Taken, or waiting for the one that it refers to."},
    400: {"description": "Refused; reason and sentence say why."},
    401: {"description": "Not the key."},
    404: {"description": "About a document that is not ours."},
    413: {"description": "Too large, or too slow."},
    503: {"description": "The database does not answer; to be sent again."},
}


def warning_endpoint(intake: Intake, key: str, broadcasts: Broadcasts | None = None) -> APIRouter:
    """The route. The body is a CAP 1.2 or emergency broadcast document; `key` (not empty) comes as a bearer token.

    What the broadcast platform says of our own documents (EBDResponse, EBMStateResponse) is for `broadcasts`.
    """
    if not key:
        raise ValueError("an endpoint without a key would take warnings from everybody")

    async def warnings(request: Request) -> JSONResponse:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
            return JSONResponse({"outcome": "refused", "reason": "key"}, 401, {"WWW-Authenticate": "Bearer"})
        body = await body_of_call(request, MAX_BYTES)
        if body is None:
            return JSONResponse({"outcome": "refused", "reason": "too_big", "bytes": MAX_BYTES}, 413)
        try:
            if broadcasts is not None and (known := await _answer(broadcasts, body)) is not None:
                return JSONResponse({"outcome": "noted" if known else "unknown"}, 200 if known else 404)
            taken = await intake.take(body, SOURCE)
        except SQLAlchemyError as error:
            log.error("warning_not_taken", error=type(error).__name__)
            return JSONResponse({"outcome": "later", "reason": "store"}, 503, {"Retry-After": "5"})
        return JSONResponse(_said(taken), _ANSWERS.get(taken.outcome, 200))

    router = APIRouter()
    router.add_api_route("/warnings", warnings, methods=["POST"], responses=_SAID)
    return router


async def _answer(broadcasts: Broadcasts, body: bytes) -> bool | None:
    """Whether a document of ours is known that this is about; None for a warning."""
    if not any(mark in body for mark in _ANSWERED):
        return None
    try:
        answer = read_answer(body)
    except AlertRefused:
        return None  # the intake refuses it with a reason
    return None if answer is None else await broadcasts.answered(answer)


def _said(taken: Taken) -> dict[str, str | int]:
    said: dict[str, str | int] = {"outcome": taken.outcome.value}
    if taken.warning_id is not None:
        said |= {"id": taken.warning_id, "recipients": taken.recipients}
    if taken.reason:
        said |= {"reason": taken.reason, "sentence": taken.sentence}
    return said
