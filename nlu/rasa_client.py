"""The understander that asks the Rasa service."""

from collections.abc import Callable
from typing import Self

import httpx
from pydantic import BaseModel, Field, ValidationError

from nlu.rasa_process import Endpoint
from nlu.understanding import Entity, Parse, UnderstanderDown

LONGEST_TEXT = 2000
"""Characters that are sent; a longer message is understood by its beginning. The service refuses more."""


class _Intent(BaseModel):
    name: str
    confidence: float = Field(ge=0, le=1)


class _Entity(BaseModel):
    entity: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class _Answer(BaseModel):
    intent: _Intent
    intent_ranking: list[_Intent]
    entities: list[_Entity]


class RasaUnderstander:
    """Asks the service where `endpoint` says that it is; an entity's `standard` is its text as it stands."""

    name = "rasa"

    def __init__(self, endpoint: Callable[[], Endpoint | None], timeout: float = 1.0) -> None:
        self._endpoint = endpoint
        self._client = httpx.AsyncClient(trust_env=False, timeout=timeout)

    async def __aenter__(self) -> Self:
        """Return itself; connections are closed at the end."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def parse(self, normalized: str) -> Parse:
        """Understand a sentence; raises `UnderstanderDown` at once while the service is known not to answer."""
        endpoint = self._endpoint()
        if endpoint is None:
            raise UnderstanderDown("not running")
        text = normalized[:LONGEST_TEXT].encode(errors="replace").decode()  # a lone surrogate cannot be sent
        try:
            response = await self._client.post(
                f"{endpoint.url}/model/parse", headers=endpoint.headers, json={"text": text}
            )
            response.raise_for_status()
            answer = _Answer.model_validate_json(response.content)
        except httpx.HTTPError as error:
            raise UnderstanderDown(type(error).__name__) from error
        except ValidationError:
            raise UnderstanderDown("unexpected answer") from None  # the details would quote the user
        entities = (
            Entity(e.entity, normalized[e.start : e.end], normalized[e.start : e.end], e.start, e.end)
            for e in answer.entities
        )
        return Parse(
            intent=answer.intent.name,
            confidence=answer.intent.confidence,
            ranking=tuple((intent.name, intent.confidence) for intent in answer.intent_ranking),
            entities=tuple(entities),
            by=self.name,
        )
