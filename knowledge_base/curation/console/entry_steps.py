"""A button that takes a step with an entry: done, or one sentence that says why not."""

from collections.abc import Awaitable

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.refusals import EditConflict, NoSuchVersion, OwnText, WrongState
from knowledge_base.curation.versions import Seen


def seen(form: FormData, key: str) -> Seen:
    """The version that the button was pressed under."""
    parts = (str(form.get(name, "")) for name in ("number", "revision"))
    return Seen(key, *(int(part) if part.isdecimal() and len(part) < 10 else 0 for part in parts))


async def taken(kit: Kit, request: Request, step: Awaitable[object], done: tuple[str, str], refused: str) -> Response:
    """Take a step and go on to the path of `done` with its notice; a refusal is said at the path `refused`.

    Raises `EntryProblems` and whatever else is to be shown in a form.
    """
    try:
        await step
    except (EditConflict, NoSuchVersion, OwnText, WrongState) as refusal:
        name = "WrongState" if isinstance(refusal, WrongState) else type(refusal).__name__
        return kit.go(request, refused, f"entries.errors.{name}")
    return kit.go(request, *done)
