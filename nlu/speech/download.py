"""Getting one file from a web address: bounded in bytes, and quick to give up on an address that does not answer."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

STALL = httpx.Timeout(30, connect=5)
CHUNK = 1 << 18


class NoAnswer(Exception):
    """The address does not answer."""


class Declined(Exception):
    """The address answers, but not with the file."""


class WrongSize(Exception):
    """The file is longer or shorter than it must be."""


@contextmanager
def _opened(url: str, patience: float) -> Iterator[httpx.Response]:
    """Yield the response with its headers read. A thread waits for it: name look-up obeys no time-out of its own."""
    answers: queue.SimpleQueue[httpx.Response | httpx.HTTPError] = queue.SimpleQueue()
    given_up = threading.Event()
    client = httpx.Client(timeout=STALL, follow_redirects=True, headers={"Accept-Encoding": "identity"})

    def ask() -> None:
        try:
            response = client.send(client.build_request("GET", url), stream=True)
        except httpx.HTTPError as error:
            answers.put(error)
            return
        answers.put(response)
        if given_up.is_set():
            response.close()

    threading.Thread(target=ask, name="download", daemon=True).start()
    try:
        answer = answers.get(timeout=patience)
    except queue.Empty:
        given_up.set()
        raise NoAnswer(url) from None
    try:
        if isinstance(answer, httpx.HTTPError):
            raise NoAnswer(url) from answer
        if answer.status_code != httpx.codes.OK:
            raise Declined(f"HTTP {answer.status_code}")
        yield answer
    finally:
        client.close()


def download(url: str, to: Path, size: int, patience: float, received: Callable[[int], None]) -> None:
    """Write `url` to `to`, which must come out `size` bytes long; `received` is told of each piece's bytes.

    `patience` is the seconds to wait for an answer to begin. Raises `NoAnswer`, `Declined`, `WrongSize`, `OSError`.
    """
    written = 0
    with _opened(url, patience) as response, to.open("wb") as file:
        try:
            for piece in response.iter_bytes(CHUNK):
                written += len(piece)
                if written > size:
                    raise WrongSize(f"> {size}")
                file.write(piece)
                received(len(piece))
        except httpx.HTTPError as error:
            raise WrongSize(f"{written} < {size}") from error
    if written != size:
        raise WrongSize(f"{written} < {size}")
