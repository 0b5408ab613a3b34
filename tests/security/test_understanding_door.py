"""The door of the `understanding` part, which the front has not: any request, with the token and without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import given
from schemathesis.generation import GenerationMode

from bot.running.rasa_door import RasaDoor
from nlu.rasa_process import Endpoint
from tests.acceptance.stage import free_port
from tests.security.test_http import CHECKS, SETTINGS

TOKEN = "the token of the door"
BODY = {"requestBody": {"content": {"application/json": {"schema": {}}}}}
"""What it reads by itself, which FastAPI does not see."""


def app(endpoint: Endpoint | None) -> FastAPI:
    """The door as the part has it; `endpoint` is where Rasa is."""
    door = RasaDoor(lambda: endpoint, TOKEN)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with door.open():
            yield

    made = FastAPI(lifespan=lifespan)
    made.include_router(door.router())
    return made


@pytest.mark.parametrize("given_token", [TOKEN, "another", ""], ids=["token", "another", "none"])
@pytest.mark.parametrize("there", [True, False], ids=["refuses", "starting"])
def test_no_request_fails(given_token: str, there: bool) -> None:
    made = app(Endpoint(f"http://127.0.0.1:{free_port()}", "inner") if there else None)
    known = made.openapi()
    known["paths"]["/model/parse"]["post"] |= BODY
    schema = schemathesis.openapi.from_dict(known)
    schema.app = made
    headers = {"Authorization": f"Bearer {given_token}"} if given_token else {}
    seen: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]

        @SETTINGS
        @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def asked(case: Any) -> None:
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=[one for one in CHECKS if one.__name__ != "not_a_server_error"])
            seen.add(answer.status_code)

        asked()
    assert seen == ({503} if given_token == TOKEN else {401}), "who asks Rasa elsewhere knows both"
