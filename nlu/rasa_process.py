"""The understanding service as a process of its own: started, watched, and started again when it dies or hangs."""

import asyncio
import contextlib
import json
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
import structlog

from nlu import rasa_project
from nlu.backoff import delay

log = structlog.get_logger()


class ServiceState(StrEnum):
    """What the service is doing; `down` waits to be started again."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the watcher is, in seconds."""

    start: float = 120.0
    """From start to the loaded model."""
    health_every: float = 5.0
    health: float = 5.0
    """A health check not answered within this means that the service hangs."""
    stable: float = 60.0
    """After this long ready, earlier failures are forgotten."""
    log_bytes: int = 1_000_000
    """Size at which rasa.log becomes rasa.log.1, which it replaces."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the running service answers."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request."""
        return {"Authorization": f"Bearer {self.token}"}


class ServiceFailed(Exception):
    """The understanding service ended, hung, or did not start."""


class RasaProcess:
    """Keeps one service running. Its address and its token are new at each start, so ask `endpoint` each time.

    The service holds a pipe to this process and ends when this process ends, however it ends.
    """

    def __init__(
        self,
        python: Path,
        run_dir: Path,
        limits: Limits = Limits(),
        on_state: Callable[[ServiceState], None] | None = None,
    ) -> None:
        self._python = python
        self._run_dir = run_dir
        self._limits = limits
        self._on_state = on_state
        self._changed = asyncio.Condition()
        self._watcher: asyncio.Task[None] | None = None
        self.state = ServiceState.STOPPED
        self.restarts = 0
        """Times that the service was started again since `start`."""
        self.pid: int | None = None
        self.endpoint: Endpoint | None = None
        """None while the service does not answer."""

    async def start(self, model: Path) -> None:
        """Begin to keep a service with this model running; a running one is stopped first. Returns at once."""
        await self.stop()
        self.restarts = 0
        self._watcher = asyncio.create_task(self._watch(model), name="rasa watcher")

    async def wait_for(self, state: ServiceState) -> None:
        """Return when the service is in that state."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.state == state)

    async def stop(self) -> None:
        """End the service; harmless when there is none."""
        if self._watcher:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
            await self._become(ServiceState.STOPPED)

    async def _become(self, state: ServiceState) -> None:
        async with self._changed:
            self.state = state
            if self._on_state:
                self._on_state(state)
            self._changed.notify_all()

    async def _watch(self, model: Path) -> None:
        failures = 0
        while True:
            await self._become(ServiceState.STARTING)
            ready_since: list[float] = []
            try:
                await self._run(model, ready_since)
            except (ServiceFailed, OSError) as error:
                log.warning("understanding service down", reason=str(error))
            if ready_since and time.monotonic() - ready_since[0] >= self._limits.stable:
                failures = 0
            failures += 1
            await self._become(ServiceState.DOWN)
            await asyncio.sleep(delay(failures))
            self.restarts += 1

    async def _run(self, model: Path, ready_since: list[float]) -> None:
        """Run the service once, until it ends or hangs, which raises; nothing of it is left afterwards."""
        token = secrets.token_urlsafe(24)
        temporary = self._run_dir / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        process = await asyncio.create_subprocess_exec(
            self._python,
            rasa_project.PROJECT / "service.py",
            model,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=rasa_project.environment(temporary, XIANGYIN_RASA_TOKEN=token),
            start_new_session=True,  # Ctrl-C at the terminal is for this process, which then ends the service
        )
        assert process.stdout and process.stderr  # noqa: S101, PT018 - both are pipes
        self.pid = process.pid
        logging = asyncio.create_task(self._keep_log(process.stderr))
        try:
            port = await self._await_ready(process.stdout)
            self.endpoint = Endpoint(f"http://127.0.0.1:{port}", token)
            ready_since.append(time.monotonic())
            await self._become(ServiceState.READY)
            await self._until_ill(process, self.endpoint)
        finally:
            self.endpoint = None
            self.pid = None
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await logging
            shutil.rmtree(temporary, ignore_errors=True)

    async def _await_ready(self, stdout: asyncio.StreamReader) -> int:
        try:
            line = await asyncio.wait_for(stdout.readline(), self._limits.start)
        except TimeoutError as error:
            raise ServiceFailed(f"not ready after {self._limits.start:g} s") from error
        word, _, rest = line.decode().partition(" ")
        if word != "READY":
            raise ServiceFailed(f"ended while starting; see {self._run_dir / 'rasa.log'}")
        ready = json.loads(rest)
        log.info("understanding service ready", seconds=ready["seconds"], model=ready["model_id"])
        return int(ready["port"])

    async def _until_ill(self, process: asyncio.subprocess.Process, endpoint: Endpoint) -> None:
        ended = asyncio.create_task(process.wait())
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=self._limits.health) as client:
                while not (await asyncio.wait({ended}, timeout=self._limits.health_every))[0]:
                    answer = await client.get(f"{endpoint.url}/health", headers=endpoint.headers)
                    answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ServiceFailed(f"health check: {type(error).__name__}") from error
        finally:
            ended.cancel()
        raise ServiceFailed(f"ended with code {process.returncode}")

    async def _keep_log(self, stderr: asyncio.StreamReader) -> None:
        path = self._run_dir / "rasa.log"
        while chunk := await stderr.read(8192):
            if path.exists() and path.stat().st_size > self._limits.log_bytes:
                path.replace(path.with_name("rasa.log.1"))
            with path.open("ab") as file:
                file.write(chunk)
