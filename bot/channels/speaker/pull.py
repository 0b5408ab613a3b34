"""HTTP for loudspeakers: job lists for devices without MQTT, speech files for all, reports and questions back."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse

from bot.channels.body import BodyTooLarge, BodyTooSlow, read_body
from bot.channels.speaker.address import PATH, Addresses
from bot.channels.speaker.announcer import Observer
from bot.channels.speaker.board import EMPTY_BODY, EMPTY_TAG, Board
from bot.channels.speaker.question import NotTaken, Questions
from bot.channels.speaker.reports import Reports
from bot.channels.speaker.speech import SpeechStore
from bot.channels.speaker.wire import Answered, Fault, Played, Status
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import SpeakerRefused, SpeakerRegistry
from knowledge_base.warnings.speakers import Speaker

LONGEST_WAIT = 60
_BODY_BYTES = 65_536
_BODY_SECONDS = 15.0
_MOST_RECORDS = 100
_STATUS = TypeAdapter(Status)
_RECORDS: TypeAdapter[Played | list[Played]] = TypeAdapter(Played | list[Played])


_SOUND: dict[str, Any] = {"content": {"audio/ogg": {}, "audio/wav": {}}}
_WHY = {
    304: "As before.",
    400: "Not understood.",
    403: "Not an address that was given, or over.",
    404: "Not there any more.",
    408: "Too slow.",
    413: "Too large.",
    429: "Too fast.",
    500: "A fault of ours.",
}


def _said(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What stands for what, for the schema; a wrong key and a store that is gone may be met everywhere."""
    told = {status: _WHY[status] for status in statuses}
    told |= {401: "Not this device's key.", 503: "The database or the voice is away."}
    return {status: {"description": why, "content": {"application/json": {}}} for status, why in told.items()}


class _Refused(Exception):
    """The request is not answered."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Pull:
    """The endpoints under /speaker. A device signs in with HTTP Basic: its id, and its key as the password."""

    def __init__(
        self,
        *,
        registry: SpeakerRegistry,
        jobs: SpeakerJobs,
        board: Board,
        speeches: SpeechStore,
        addresses: Addresses,
        reports: Reports,
        questions: Questions,
        clock: Callable[[], datetime],
        observer: Observer,
    ) -> None:
        self._registry = registry
        self._jobs = jobs
        self._board = board
        self._speeches = speeches
        self._addresses = addresses
        self._reports = reports
        self._questions = questions
        self._clock = clock
        self._observer = observer

    def router(self) -> APIRouter:
        """The routes, for the web application."""
        router = APIRouter()
        for path, answer, method in (
            ("/speaker/jobs", self._list, "GET"),
            ("/speaker/heartbeat", self._heartbeat, "POST"),
            ("/speaker/played", self._played, "POST"),
        ):
            router.add_api_route(path, self._guarded(answer), methods=[method], responses=_said(304, 400, 408, 413))
        router.add_api_route(
            "/speaker/ask",
            self._guarded(self._ask),
            methods=["POST"],
            response_class=Response,
            responses={200: _SOUND, **_said(400, 408, 413, 429, 500)},
        )
        for method in ("GET", "HEAD"):
            router.add_api_route(
                PATH + "/{file}",
                self._audio,
                methods=[method],
                response_class=Response,
                responses={200: _SOUND, **_said(403, 404)},
            )
        return router

    def _guarded(
        self, answer: Callable[[Request, Speaker], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def route(request: Request) -> Response:
            try:
                speaker = await self._known(request)
                return await answer(request, speaker)
            except _Refused as refused:
                return self._refuse(refused.status, Fault(code=refused.code))
            except NotTaken as fault:
                refusal = self._refuse(fault.status, Fault(code=fault.code, text=fault.text))
                if fault.retry_after:
                    refusal.headers["Retry-After"] = str(max(round(fault.retry_after), 1))
                return refusal
            except SQLAlchemyError:
                self._observer.failed("speaker.store")
                return self._refuse(503, Fault(code="store"))

        return route

    async def _known(self, request: Request) -> Speaker:
        speaker, key = _credentials(request.headers.get("authorization", ""))
        try:
            return await self._registry.check(speaker, key)
        except SpeakerRefused as refused:
            self._observer.failed(f"speaker.{refused.reason}")
            raise _Refused(401, "key") from None

    async def _list(self, request: Request, speaker: Speaker) -> Response:
        """The device's jobs; 304 when they are as `If-None-Match` knows them, at once or after `?wait=` seconds."""
        self._reports.status(speaker.id, Status())
        if not self._board.made:
            await self._board.refresh(await self._jobs.valid())
        known = request.headers.get("if-none-match", "").strip('"')
        sheet = await self._board.wait(speaker.id, known, _seconds(request.query_params.get("wait", "0")))
        tag = sheet.tag if sheet else EMPTY_TAG
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-store"}
        if sheet is not None:
            await self._board.delivered([(speaker.id, sheet)])
        if tag == known:
            return Response(status_code=304, headers=headers)
        return Response(sheet.body if sheet else EMPTY_BODY, media_type="application/json", headers=headers)

    async def _heartbeat(self, request: Request, speaker: Speaker) -> Response:
        """A sign of life; answered with the server's time and the tag of the job list."""
        try:
            status = _STATUS.validate_json(await _body(request) or b"{}")
        except ValidationError:
            raise _Refused(400, "broken") from None
        self._reports.status(speaker.id, status)
        sheet = self._board.sheets.get(speaker.id)
        return _json(Answered(now=self._clock(), jobs=sheet.tag if sheet else EMPTY_TAG))

    async def _played(self, request: Request, speaker: Speaker) -> Response:
        """One play record or several; kept before they are answered."""
        try:
            given = _RECORDS.validate_json(await _body(request))
        except ValidationError:
            raise _Refused(400, "broken") from None
        records = given if isinstance(given, list) else [given]
        if len(records) > _MOST_RECORDS:
            raise _Refused(413, "too_large")
        await self._jobs.played([(speaker.id, record.record()) for record in records])
        return _json(Fault(code="ok"))

    async def _ask(self, request: Request, speaker: Speaker) -> Response:
        """A villager's recording in, the answer's audio out."""
        return await self._questions.answer(request, speaker)

    async def _audio(self, request: Request, file: str) -> Response:
        """A speech file. The address itself is the permission: simple players cannot sign in."""
        query = request.query_params
        until = query.get("until", "")
        good = (
            until.isascii()
            and until.isdigit()
            and len(until) < 15
            and self._addresses.good(query.get("speaker", ""), file, int(until), query.get("sign", ""), self._clock())
        )
        path = self._speeches.file(file) if good else None
        if path is None:
            self._observer.failed("speaker.audio")
            return self._refuse(404 if good else 403, Fault(code="address"))
        media = "audio/ogg" if file.endswith(".ogg") else "audio/wav"
        return FileResponse(path, media_type=media, headers={"Cache-Control": "private, max-age=86400, immutable"})

    def _refuse(self, status: int, fault: Fault) -> Response:
        headers = {"Cache-Control": "no-store"}
        if status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="speaker"'
        return Response(fault.model_dump_json(), status, headers, "application/json")


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        speaker, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return ("", "") if "\0" in speaker else (speaker, key)  # which PostgreSQL takes in no text


def _seconds(wait: str) -> int:
    return min(int(wait), LONGEST_WAIT) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 0


async def _body(request: Request) -> bytes:
    try:
        return await read_body(request, _BODY_BYTES, _BODY_SECONDS)
    except BodyTooLarge:
        raise _Refused(413, "too_large") from None
    except (BodyTooSlow, ClientDisconnect):
        raise _Refused(408, "too_slow") from None
