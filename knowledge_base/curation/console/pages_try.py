"""The try-it box: a question typed or spoken, and all that the assistant makes of it. Nothing is kept."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import FileResponse, Response

from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.console.trial import NotHeard, PlaceFound, Question, Trial, Tried

FIELDS = ("text", "place", "month")
PLACE_MAX = 40
_ENVELOPE = 2_100_000
"""What the fields beside a recording may come to, in bytes."""


class _Misfit(Exception):
    """A field that cannot be worked with; the message is for who filled it in."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def routes(kit: Kit, trial: Trial, recorder: Path, *, voice_bytes: int, voice_seconds: int) -> APIRouter:
    """Everything below /console/try. `recorder` is the web chat's recorder module, which this page uses too."""
    router = APIRouter(prefix="/try")
    kit.link("/try", "try.nav", order=40)
    kit.upload("/try", voice_bytes + _ENVELOPE)
    box = _Box(kit, trial, {"voice_bytes": voice_bytes, "voice_seconds": voice_seconds})

    @router.get("/recorder.js")
    async def script(request: Request) -> Response:
        await kit.signed_in(request)
        return FileResponse(recorder, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    router.add_api_route("", box.start)
    router.add_api_route("", box.ask, methods=["POST"])
    return router


class _Box:
    """The page and its answers. Everybody who is signed in may try."""

    def __init__(self, kit: Kit, trial: Trial, bounds: Mapping[str, int]) -> None:
        self._kit = kit
        self._trial = trial
        self._bounds = bounds
        numbers = ((str(month), kit.text("try.month_name", month=month)) for month in range(1, 13))
        self._months = dict([("", kit.text("try.this_month")), *numbers])

    async def start(self, request: Request) -> Response:
        await self._kit.signed_in(request)
        return self._page(request)

    async def ask(self, request: Request) -> Response:
        await self._kit.signed_in(request)
        form = await self._kit.form(request)
        typed = {name: str(form.get(name, "")) for name in FIELDS}
        try:
            tried = await self._trial.ask(await self._question(form, typed))
        except _Misfit as misfit:
            return self._page(request, 422, typed=typed, errors={misfit.field: str(misfit)})
        except NotHeard as fault:
            return self._page(request, 422, typed=typed, errors={"recording": str(fault)})
        return self._page(request, typed=typed, tried=tried)

    async def _question(self, form: FormData, typed: Mapping[str, str]) -> Question:
        upload = form.get("recording")
        recording = await upload.read() if isinstance(upload, UploadFile) and upload.filename else None
        if recording is None and not typed["text"].strip():
            raise _Misfit("text", self._kit.text("try.nothing"))
        place = self._place(typed["place"].strip())
        month = int(typed["month"]) if typed["month"] and typed["month"] in self._months else None
        return Question(typed["text"], recording, place.code if place else None, month)

    def _place(self, typed: str) -> PlaceFound | None:
        if not typed:
            return None
        found = self._trial.places(typed[:PLACE_MAX])
        if not found:
            raise _Misfit("place", self._kit.text("try.no_place"))
        if len(found) > 1:
            names = "、".join(place.name for place in found)
            raise _Misfit("place", self._kit.text("try.which_place", places=names))
        return found[0]

    def _page(
        self,
        request: Request,
        status: int = 200,
        *,
        typed: Mapping[str, str] | None = None,
        tried: Tried | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> Response:
        values = {"typed": typed or dict.fromkeys(FIELDS, ""), "tried": tried, "errors": errors or {}}
        if "x-fragment" in request.headers:
            return self._kit.fragment(request, "try_result.html", status, **values)
        months = list(self._months.items())
        return self._kit.page(request, "try.html", status, months=months, **self._bounds, **values)
