"""Models that speech needs: which files, from where, and whether a folder holds them whole (assets.yaml)."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

LIST = Path(__file__).with_name("assets.yaml")


class AssetFile(BaseModel):
    """One file of an asset; `path` is relative to the asset's folder and cannot leave it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            message = f"not a path inside the folder: {path}"
            raise ValueError(message)
        return path


class Source(BaseModel):
    """One place to get an asset: an official zip, official single files, or a registry's package by its client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["zip", "files", "pip", "npm"]
    title: str
    url: str = ""
    package: str = ""
    python: str = ""
    bytes: int = Field(ge=0, description="Size of the download.")
    sha256: str = ""
    prefix: str = ""
    names: dict[str, str] = {}

    def name(self, path: str) -> str:
        """What this source calls the asset's file `path`."""
        return self.prefix + self.names.get(path, path)


class Asset(BaseModel):
    """A model: its files and the places to get them, best first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    folder: str = Field(pattern=r"^[\w][\w.-]*$")
    licence: str
    without: str
    sources: tuple[Source, ...]
    files: tuple[AssetFile, ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files)


class _AssetList(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    assets: dict[str, Asset]
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """Whether an asset's folder is whole; `detail` is a Chinese phrase for the operator."""

    state: Literal["ok", "missing", "damaged"]
    detail: str


@cache
def _asset_list() -> _AssetList:
    return _AssetList.model_validate(yaml.safe_load(LIST.read_text(encoding="utf-8")))


def assets() -> dict[str, Asset]:
    """All known assets by name: `ear` and `mouth`."""
    return dict(_asset_list().assets)


def phrase(name: str, **values: object) -> str:
    """The operator's text `name`, filled in."""
    return _asset_list().texts[name].format(**values)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def status(asset: Asset, folder: Path) -> Status:
    """Compare `folder` (the asset's own) with the asset's list, every file by size and SHA-256; about 0.2 s."""
    if not folder.is_dir():
        return Status("missing", phrase("missing"))
    for file in asset.files:
        path = folder / file.path
        if not path.is_file():
            return Status("damaged", phrase("file_missing", path=file.path))
        if path.stat().st_size != file.bytes or sha256(path) != file.sha256:
            return Status("damaged", phrase("file_damaged", path=file.path))
    return Status("ok", phrase("ok"))
