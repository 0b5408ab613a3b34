"""The understanding service: `python service.py MODEL`, run in the Rasa environment by nlu/rasa_process.py.

Serves GET /health and POST /model/parse {"text"} on 127.0.0.1 only, on a free port, to whoever holds the token in
XIANGYIN_RASA_TOKEN. When the model is loaded, prints one line on standard output: READY {"port", "seconds", "model_id"}.
Ends when its parent does. What users say never reaches a log: log lines carry where, not what.
"""

import hmac
import json
import logging
import os
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import parent_watch

LONGEST_TEXT = 2000
"""Characters; longer texts are refused with 413."""


class WhereNotWhat(logging.Formatter):
    """Level, logger, line and the way of an exception: never a message, which may quote a user."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record without its message."""
        parts = [f"{self.formatTime(record)} {record.levelname} {record.name} {record.module}:{record.lineno}"]
        error = record.exc_info[1] if record.exc_info else None
        while error:
            way = [f"{Path(step.filename).name}:{step.lineno}" for step in traceback.extract_tb(error.__traceback__)]
            parts.append(f"{type(error).__name__} at {' '.join(way)}")
            error = error.__cause__ or error.__context__
        return "; from ".join(parts)


def silence() -> None:
    """Let nothing that could quote a user reach the log: standard logging, structlog, warnings, prints, excepthook."""
    import structlog  # noqa: PLC0415

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WhereNotWhat())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    structlog.configure(
        processors=[lambda logger, method, event: "structlog"],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    warnings.showwarning = lambda *what, **more: None
    sys.excepthook = lambda kind, error, way: logging.getLogger("service").critical(
        "unexpected", exc_info=(kind, error, way)
    )
    sys.stdout = sys.stderr


class Model:
    """A loaded model: Rasa's prediction graph, without its dialogue side."""

    def __init__(self, archive: Path, storage: Path) -> None:
        import jieba  # noqa: PLC0415
        import slim  # noqa: F401, PLC0415
        from rasa.core.channels.channel import UserMessage  # noqa: PLC0415
        from rasa.engine.loader import load_predict_graph_runner  # noqa: PLC0415
        from rasa.engine.runner.dask import DaskGraphRunner  # noqa: PLC0415
        from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: PLC0415

        jieba.setLogLevel(logging.WARNING)
        jieba.dt.tmp_dir = tempfile.gettempdir()  # its cache is executable data: not in a folder that others write to
        self._message = UserMessage
        metadata, self._runner = load_predict_graph_runner(storage, archive, LocalModelStorage, DaskGraphRunner)
        self._target = metadata.nlu_target
        self.id = metadata.model_id

    def parse(self, text: str) -> dict[str, Any]:
        """Return intent, intent_ranking and entities as Rasa's own server does."""
        message = self._message(text)
        found = self._runner.run(inputs={"__message__": [message]}, targets=[self._target])
        data = found[self._target][0].as_dict(only_output_properties=True)
        return {key: data.get(key) for key in ("intent", "intent_ranking", "entities")}


def application(model: Model, token: str) -> Any:
    """Build the web application."""
    from aiohttp import web  # noqa: PLC0415

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.url.host != "127.0.0.1":  # a page in a browser that was told another name for this address
            raise web.HTTPMisdirectedRequest
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise web.HTTPUnauthorized
        return await handler(request)

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"model_id": model.id})

    async def parse(request: web.Request) -> web.Response:
        try:
            text = (await request.json())["text"]
        except (ValueError, TypeError, KeyError) as error:
            raise web.HTTPBadRequest from error
        if not isinstance(text, str):
            raise web.HTTPBadRequest
        if len(text) > LONGEST_TEXT:
            raise web.HTTPRequestEntityTooLarge(LONGEST_TEXT, len(text))
        # on the event loop: a parse takes milliseconds, and one that hangs must be seen by the health check
        return web.json_response(model.parse(text))

    app = web.Application(middlewares=[guard], client_max_size=64 * 1024)
    app.add_routes([web.get("/health", health), web.post("/model/parse", parse)])
    return app


def main(archive: Path) -> None:
    """Load the model and serve until the parent ends."""
    began = time.monotonic()
    token = os.environ.pop("XIANGYIN_RASA_TOKEN")
    ready_line = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    parent_watch.start()
    silence()
    with tempfile.TemporaryDirectory() as storage:
        model = Model(archive, Path(storage))
        model.parse("预热")  # the first sentence pays for jieba's dictionary
        serve(application(model, token), ready_line, {"model_id": model.id, "began": began})


def serve(app: Any, ready_line: Any, about: dict[str, Any]) -> None:
    """Listen on a free port of 127.0.0.1, say which, and stay."""
    import asyncio  # noqa: PLC0415

    from aiohttp import web  # noqa: PLC0415

    async def run() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        seconds = round(time.monotonic() - about["began"], 2)
        ready_line.write(
            "READY " + json.dumps({"port": port, "seconds": seconds, "model_id": about["model_id"]}) + "\n"
        )
        ready_line.flush()
        await asyncio.Event().wait()

    asyncio.run(run())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
