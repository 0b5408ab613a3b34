"""The file of a backup: named parts in a compressed tar, checked as a whole, sealed with a passphrase where one is set.

`xiangyin-backup 1 plain` or `xiangyin-backup 1 sealed SALT CHECK` and a line feed, then the tar (gzip). Sealed: in frames of
four bytes of length (big-endian) and a Fernet token; the key is scrypt (n 2^15, r 8, p 1) of the passphrase and the salt.
The last part, `end.json`, has the SHA-256 over names and contents of all others.
"""

import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import secrets
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Self, cast

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"xiangyin-backup"
FORMAT = 1
END = "end.json"
FRAME = 1 << 20
"""Bytes that are sealed at a time."""

CHUNK = 1 << 16
"""Bytes of a part that are passed on at a time."""
_LONGEST_HEAD = 400
_LONGEST_FRAME = FRAME + 1000
"""A token is little longer than what it seals."""


class BackupRefused(Exception):
    """The backup cannot be used, or not made; the message is one sentence for the operator."""


class Damaged(BackupRefused):
    """备份文件坏了或不完整，什么也没恢复 / the backup is damaged or not complete; nothing was restored"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class BackupWriter:
    """Writes beside the target and takes its name at the end: under the name there is a whole backup, or what was there."""

    def __init__(self, path: Path, key: str = "") -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._key = key
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        self._part.unlink(missing_ok=True)
        self._file = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._sealed: _SealedWriter | None = None
        if self._key:
            salt = secrets.token_bytes(16)
            fernet = _fernet(self._key, salt)
            self._file.write(b"%s %d sealed %s %s\n" % (MAGIC, FORMAT, salt.hex().encode(), fernet.encrypt(MAGIC)))
            self._sealed = _SealedWriter(self._file, fernet)
        else:
            self._file.write(b"%s %d plain\n" % (MAGIC, FORMAT))
        target = cast("BinaryIO", self._sealed or self._file)
        self._gzip = gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=6, mtime=0)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)
        return self

    def add(self, name: str, data: bytes) -> None:
        """One part, of which there is little enough to have it in memory."""
        self.stream(name, len(data), io.BytesIO(data))

    def stream(self, name: str, size: int, content: IO[bytes]) -> None:
        """One part of `size` bytes, passed on as it is read. Raises `BackupRefused` where there is less."""
        self._digest.update(_head(name, size))
        self._write(name, size, _Told(content, size, self._digest))

    def _write(self, name: str, size: int, content: "IO[bytes] | _Told") -> None:
        info = tarfile.TarInfo(name)
        info.size = size
        info.mode = 0o600
        self._tar.addfile(info, cast("IO[bytes]", content))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                end = json.dumps({"sha256": self._digest.hexdigest()}).encode()
                self._write(END, len(end), io.BytesIO(end))
                self._tar.close()
                self._gzip.close()
                if self._sealed is not None:
                    self._sealed.end()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._part.replace(self._path)
                _settle(self._path.parent)
        finally:
            for each in (self._tar, self._gzip, self._file):
                with contextlib.suppress(OSError, ValueError):  # of a full disk, which was told of already
                    each.close()
            self._part.unlink(missing_ok=True)


class Part:
    """One part of a backup. What it holds is read once, until the next part is asked for."""

    def __init__(self, name: str, size: int, content: IO[bytes], digest: Any) -> None:
        self.name = name
        self._content = content
        self._digest = digest
        digest.update(_head(name, size))

    def chunks(self) -> Iterator[bytes]:
        """What is left of it, some at a time. Raises `Damaged`."""
        while data := self._read(self._content.read, CHUNK):
            yield data

    def lines(self) -> Iterator[bytes]:
        """What is left of it, a line at a time. Raises `Damaged`."""
        while line := self._read(self._content.readline, -1):
            yield line

    def read(self) -> bytes:
        """All that is left of it, where there is little. Raises `Damaged`."""
        return b"".join(self.chunks())

    def _read(self, how: Callable[[int], bytes], size: int) -> bytes:
        with _damage():
            data = how(size)
        self._digest.update(data)
        return data


def read_backup(path: Path, key: str = "") -> Iterator[Part]:
    """All parts in order. Raises `BackupRefused`, at the very end where only the whole shows that something is wrong.

    So go through it once before anything is done with it. No more is in memory than what is read of a part at a time.
    """
    digest, said = hashlib.sha256(), None
    with path.open("rb") as file:
        stream = _opened(file, key)
        with (
            _damage(),
            gzip.GzipFile(fileobj=stream, mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or said is not None:
                    raise Damaged
                if member.name == END:
                    said = json.loads(content.read(_LONGEST_HEAD))["sha256"]
                    continue
                part = Part(member.name, member.size, content, digest)
                yield part
                for _ in part.chunks():  # what nobody wanted counts too
                    pass
            while packed.read(FRAME):  # to the end, so that its own check is made too
                pass
    if said != digest.hexdigest():
        raise Damaged


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """Whatever shows within the block that the file is not whole is `Damaged`."""
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, InvalidToken, ValueError, KeyError):
        raise Damaged from None


def _opened(file: BinaryIO, key: str) -> BinaryIO:
    head = file.readline(_LONGEST_HEAD).split()
    if len(head) < 3 or head[0] != MAGIC:
        raise BackupRefused("这不是乡音的备份 / this is no backup of Xiangyin")
    if head[1] != b"%d" % FORMAT:
        raise BackupRefused("备份是更新的版本做的，先升级 / a newer version made this backup: upgrade first")
    if head[2] != b"sealed":
        return file
    if not key:
        raise BackupRefused("备份加了密，请设 XIANGYIN_BACKUP_KEY / the backup is sealed: set XIANGYIN_BACKUP_KEY")
    try:
        fernet = _fernet(key, bytes.fromhex(head[3].decode("ascii")))
        fernet.decrypt(head[4])
    except InvalidToken:
        raise BackupRefused("XIANGYIN_BACKUP_KEY 不是这份备份的 / XIANGYIN_BACKUP_KEY is not this backup's") from None
    except (ValueError, IndexError):
        raise Damaged from None
    return cast("BinaryIO", io.BufferedReader(_SealedReader(file, fernet)))


class _Told:
    """What is read of it goes into the digest, and is as much as was said."""

    def __init__(self, content: IO[bytes], size: int, digest: Any) -> None:
        self._content = content
        self._left = size
        self._digest = digest

    def read(self, size: int) -> bytes:
        wanted = min(size, self._left)
        data = self._content.read(wanted)
        if len(data) < wanted:
            raise BackupRefused("有个文件正在变，过会儿再备份 / a file has changed meanwhile: make the backup again")
        self._left -= len(data)
        self._digest.update(data)
        return data


class _SealedWriter:
    """Cuts what is written into frames and seals each."""

    def __init__(self, file: BinaryIO, fernet: Fernet) -> None:
        self._file = file
        self._fernet = fernet
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) >= FRAME:
            self._seal(bytes(self._waiting[:FRAME]))
            del self._waiting[:FRAME]
        return len(data)

    def flush(self) -> None:
        """Nothing: frames are written when they are full."""

    def end(self) -> None:
        """Write the last frame."""
        self._seal(bytes(self._waiting))
        self._waiting.clear()

    def _seal(self, data: bytes) -> None:
        token = base64.urlsafe_b64decode(self._fernet.encrypt(data))
        self._file.write(len(token).to_bytes(4, "big") + token)


class _SealedReader(io.RawIOBase):
    """Opens frame by frame."""

    def __init__(self, file: BinaryIO, fernet: Fernet) -> None:
        self._file = file
        self._fernet = fernet
        self._open = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._open:
            length = self._file.read(4)
            if not length:
                return 0
            if (size := int.from_bytes(length, "big")) > _LONGEST_FRAME:
                raise EOFError
            token = self._file.read(size)
            self._open = self._fernet.decrypt(base64.urlsafe_b64encode(token))
        taken = min(len(buffer), len(self._open))
        buffer[:taken] = self._open[:taken]
        self._open = self._open[taken:]
        return taken


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    key = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def _head(name: str, size: int) -> bytes:
    """What the digest has of a part before its content."""
    return f"{name}\n{size}\n".encode()


def _settle(folder: Path) -> None:
    """The new name is on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
