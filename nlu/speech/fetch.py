"""Fetching a model: each source in turn, into a temporary folder beside the target, checked, then moved in one step."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nlu.speech.assets import Asset, AssetFile, Source, phrase, sha256, status
from nlu.speech.download import CHUNK, Declined, NoAnswer, WrongSize, download

Progress = Callable[[str], None]
Run = Callable[[Sequence[str], Path], "Ran"]

PATIENCE = 4.0
CLIENT_SECONDS = 1800
SPARE = 20_000_000
NO_SPACE = "No space left"
NO_PIP = "No module named pip"


class AssetError(Exception):
    """A model could not be had; the text says which part, what still works and what to do."""


class DiskFull(AssetError):
    """There is no room for the model."""


class Unwritable(AssetError):
    """The models' folder cannot be written."""


class SourceError(AssetError):
    """One source failed; the next may do."""


class Unreachable(SourceError):
    """The address does not answer."""


class Refused(SourceError):
    """The address or the registry answers, but does not hand it out."""


class Damaged(SourceError):
    """What came is not what was asked for."""


class ClientMissing(SourceError):
    """The registry's client program is not on this machine; `client` names it."""

    def __init__(self, text: str, client: str) -> None:
        super().__init__(text)
        self.client = client


class AssetUnavailable(AssetError):
    """Every source failed; `causes` holds each one's error, in order."""

    def __init__(self, text: str, causes: tuple[SourceError, ...]) -> None:
        super().__init__(text)
        self.causes = causes


@dataclass(frozen=True, slots=True)
class Ran:
    """How a client program ended: its exit code and what it said."""

    code: int
    said: str


def run_client(command: Sequence[str], folder: Path) -> Ran:
    """Run a package client with `folder` for its temporary files, so that no cache elsewhere grows."""
    environment = os.environ | {"TMPDIR": str(folder), "npm_config_cache": str(folder / "cache")}
    try:
        done = subprocess.run(  # the words come from assets.yaml, no shell
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=CLIENT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Ran(1, f"> {CLIENT_SECONDS} s")
    return Ran(done.returncode, done.stdout + done.stderr)


def fetch(asset: Asset, into: Path, progress: Progress, run: Run = run_client, patience: float = PATIENCE) -> None:
    """Bring `asset` to `into / asset.folder`; at once if it is already there and whole.

    `progress` gets short Chinese lines for the operator; `patience` is the seconds an official address may take to
    begin to answer. Safe to call from two programs at the same time: the second waits. An older, damaged folder stays
    until the new one is whole. Raises `DiskFull`, `Unwritable` or `AssetUnavailable`.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        with _alone(asset, into, progress) as work:
            if status(asset, into / asset.folder).state == "ok":
                progress(phrase("present", part=asset.title))
                return
            if shutil.disk_usage(into).free < _room(asset):
                raise _disk_full(asset, into)
            _put(_Fetching(asset, work, progress, run, patience).files(), into / asset.folder, work)
            progress(phrase("ready", part=asset.title))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(asset, into) from error
        raise Unwritable(phrase("Unwritable", part=asset.title, folder=into, without=asset.without)) from error


@contextmanager
def _alone(asset: Asset, into: Path, progress: Progress) -> Iterator[Path]:
    """Yield an empty work folder on the target's disk, held by this program alone; leftovers of a kill are removed."""
    work = into / f".fetch-{asset.folder}"
    with (into / f".fetch-{asset.folder}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(phrase("waiting", part=asset.title))
            fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _put(files: Path, target: Path, work: Path) -> None:
    """Put the whole folder in place; the one that was there goes with the work folder."""
    if target.exists():
        target.rename(work / "old")
    files.rename(target)


def _room(asset: Asset) -> int:
    """Bytes needed on the disk while fetching: the largest download, the files, and some to spare."""
    return asset.bytes + max(source.bytes for source in asset.sources) + SPARE


def _disk_full(asset: Asset, into: Path) -> DiskFull:
    megabytes = round(_room(asset) / 1e6)
    text = phrase("DiskFull", part=asset.title, megabytes=megabytes, folder=into, without=asset.without)
    return DiskFull(text)


def _failed(kind: type[SourceError], source: Source, detail: str = "") -> SourceError:
    return kind(phrase(kind.__name__, place=source.title, detail=detail))


@dataclass(slots=True)
class _Fetching:
    """One asset on its way: source after source, in a work folder."""

    asset: Asset
    work: Path
    progress: Progress
    run: Run
    patience: float

    def files(self) -> Path:
        """Return a folder that holds the asset whole. Raises `AssetUnavailable`."""
        title = self.asset.title
        causes: list[SourceError] = []
        for source in self.asset.sources:
            megabytes = round(source.bytes / 1e6)
            self.progress(phrase("fetching", part=title, place=source.title, megabytes=megabytes))
            try:
                files = self._from(source)
                self.progress(phrase("checking", part=title))
                found = status(self.asset, files)
                if found.state != "ok":
                    raise _failed(Damaged, source, found.detail)
            except SourceError as error:
                causes.append(error)
                if len(causes) < len(self.asset.sources):
                    self.progress(phrase("next", part=title, cause=error))
            else:
                return files
        clients = "、".join(cause.client for cause in causes if isinstance(cause, ClientMissing))
        text = phrase(
            "AssetUnavailable",
            part=title,
            causes="；".join(str(cause) for cause in causes),
            without=self.asset.without,
            hint=phrase("hint_client", clients=clients) if clients else "",
        )
        raise AssetUnavailable(text, tuple(causes))

    def _from(self, source: Source) -> Path:
        """Return a folder with the source's files under the asset's own names, not yet compared with its list."""
        files = self.work / f"{source.kind}-files"
        for file in self.asset.files:
            (files / file.path).parent.mkdir(parents=True, exist_ok=True)
        if source.kind == "files":
            self._download(source, {source.url + source.name(file.path): file for file in self.asset.files}, files)
            return files
        if source.kind == "zip":
            whole = AssetFile(path="archive.zip", bytes=source.bytes, sha256=source.sha256)
            self._download(source, {source.url: whole}, self.work)
            archive = self.work / whole.path
        else:
            archive = self._from_client(source)
        if sha256(archive) != source.sha256:
            raise _failed(Damaged, source, "SHA-256")
        try:
            _unpack(self.asset, source, archive, files)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, KeyError) as error:
            raise _failed(Damaged, source, archive.name) from error
        archive.unlink()
        return files

    def _download(self, source: Source, wanted: dict[str, AssetFile], to: Path) -> None:
        received = quarter = 0

        def count(size: int) -> None:
            nonlocal received, quarter
            received += size
            if quarter < (now := 4 * received // source.bytes) < 4:
                quarter = now
                self.progress(phrase("fetched", part=self.asset.title, percent=25 * now))

        try:
            for url, file in wanted.items():
                download(url, to / file.path, file.bytes, self.patience, count)
        except NoAnswer as error:
            raise _failed(Unreachable, source) from error
        except Declined as error:
            raise _failed(Refused, source, str(error)) from error
        except WrongSize as error:
            raise _failed(Damaged, source, str(error)) from error

    def _from_client(self, source: Source) -> Path:
        """Let the registry's own client download the package; return the archive that it left."""
        folder = self.work / f"{source.kind}-package"
        folder.mkdir()
        if source.kind == "pip":
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
            command += ["--python-version", source.python, "--dest", str(folder), source.package]
        else:
            command = ["npm", "pack", "--silent", "--pack-destination", str(folder), source.package]
        try:
            ran = self.run(command, self.work)
        except FileNotFoundError:
            ran = None
        if ran is None or NO_PIP in ran.said:
            text = phrase("ClientMissing", place=source.title, detail=source.kind)
            raise ClientMissing(text, source.kind)
        if NO_SPACE in ran.said or "ENOSPC" in ran.said:
            raise OSError(errno.ENOSPC, NO_SPACE)
        left = sorted(path for path in folder.iterdir() if path.is_file())
        if ran.code != 0 or len(left) != 1:
            lines = ran.said.strip().splitlines()
            raise _failed(Refused, source, lines[-1][:200] if lines else source.package)
        return left[0]


def _unpack(asset: Asset, source: Source, archive: Path, files: Path) -> None:
    """Take the asset's files, and only them, out of the archive.

    Targets come from the asset's own list, so a name in the archive can never lead outside; links are not followed.
    """
    if source.kind == "npm":
        with tarfile.open(archive, "r:gz") as tar:
            wanted = {source.name(file.path): file for file in asset.files}
            for member in tar:
                taken = wanted.get(member.name)
                content = tar.extractfile(member) if taken is not None and member.isreg() else None
                if taken is not None and content is not None:
                    _copy(content, files / taken.path, taken.bytes)
        return
    with zipfile.ZipFile(archive) as packed:
        for file in asset.files:
            with packed.open(source.name(file.path)) as content:
                _copy(content, files / file.path, file.bytes)


def _copy(content: IO[bytes], to: Path, size: int) -> None:
    """Copy at most one byte more than `size`: a file that is too long is found by its size, not by a full disk."""
    left = size + 1
    with to.open("wb") as target:
        while left and (piece := content.read(min(CHUNK, left))):
            target.write(piece)
            left -= len(piece)
