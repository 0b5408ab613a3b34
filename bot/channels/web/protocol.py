"""The messages between the page and the server, both ways; described in docs/web-protocol.md."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from dialogs.messages import Reply

ErrorCode = Literal[
    "broken",
    "empty",
    "too_long",
    "too_fast",
    "too_large",
    "too_slow",
    "busy",
    "stranger",
    "foreign",
    "unknown_speech",
    "no_voice",
    "failed",
]

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


class SaidText(BaseModel):
    """Typed words, or heard words that the visitor corrected."""

    type: Literal["text"]
    id: UUID
    text: str


class Chose(BaseModel):
    """A pressed button; `choice` is the id of a choice that a reply offered."""

    type: Literal["choice"]
    id: UUID
    choice: str = Field(min_length=1, max_length=64, pattern=NO_CONTROLS)


class Stands(BaseModel):
    """Where the visitor is, degrees in WGS 84."""

    type: Literal["location"]
    id: UUID
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)


class Got(BaseModel):
    """The page has shown the pushed reply with this id."""

    type: Literal["got"]
    id: str = Field(min_length=1, max_length=64, pattern=NO_CONTROLS)


class Ping(BaseModel):
    """Is the line still there? Browsers cannot send WebSocket pings of their own."""

    type: Literal["ping"]


ClientMessage = Annotated[SaidText | Chose | Stands | Got | Ping, Field(discriminator="type")]
client_message: TypeAdapter[SaidText | Chose | Stands | Got | Ping] = TypeAdapter(ClientMessage)


class ChoiceOut(BaseModel):
    """A button under a reply."""

    id: str
    label: str


class SourceOut(BaseModel):
    """Where an answer comes from; `url` is http(s) or null."""

    title: str
    publisher: str
    date: dt.date
    article: str | None
    url: str | None


class ReplyOut(BaseModel):
    """One reply. The page shows an `id` once, however often it arrives; `speech` is where its audio is, or null."""

    id: str
    kind: str
    text: str
    spoken: str
    detail: str
    subject: str | None
    choices: list[ChoiceOut]
    sources: list[SourceOut]
    speech: str | None
    picture: str | None
    """Path of a picture on this server, or null."""
    colour: Literal["red", "orange", "yellow", "blue"] | None
    """The colour of a warning that holds, or null."""

    @classmethod
    def of(cls, reply: Reply, reply_id: str, speech: str | None) -> "ReplyOut":
        """The reply as the page gets it."""
        return cls(
            id=reply_id,
            kind=reply.kind.value,
            text=reply.text,
            spoken=reply.spoken,
            detail=reply.detail,
            subject=reply.subject,
            choices=[ChoiceOut(id=c.id, label=c.label) for c in reply.choices],
            sources=[
                SourceOut(
                    title=s.title,
                    publisher=s.publisher,
                    date=s.date,
                    article=s.article,
                    url=s.url if s.url and s.url.startswith(("https://", "http://")) else None,
                )
                for s in reply.sources
            ],
            speech=speech,
            picture=f"/pictures/{reply.picture}" if reply.picture else None,
            colour=reply.colour,
        )


class Hello(BaseModel):
    """First message on a line: it is open. `voice` says whether the server can speak."""

    type: Literal["hello"] = "hello"
    voice: bool


class Received(BaseModel):
    """The message with this id has arrived and is being worked on."""

    type: Literal["received"] = "received"
    id: str


class Answer(BaseModel):
    """What the message with this id led to; `heard` is the text of a recording, null for anything else."""

    type: Literal["answer"] = "answer"
    id: str
    heard: str | None
    duplicate: bool
    replies: list[ReplyOut]


class Push(BaseModel):
    """A reply that nobody asked for just now, such as a reminder; the page confirms it with `got`."""

    type: Literal["push"] = "push"
    reply: ReplyOut


class Pong(BaseModel):
    """Answer to a ping."""

    type: Literal["pong"] = "pong"


class Error(BaseModel):
    """The message with this id (null: unknown which) was not taken; `text` is shown as it is.

    With `retry_after` (seconds) the same message may be sent again then; without, it never will be taken.
    """

    type: Literal["error"] = "error"
    id: str | None
    code: ErrorCode
    text: str
    retry_after: float | None = None


ServerMessage = Hello | Received | Answer | Push | Pong | Error
