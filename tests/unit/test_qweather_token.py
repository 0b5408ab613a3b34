"""Telling QWeather who asks, with a token signed as its documents ask for."""

import base64
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from knowledge_base.weather.qweather_token import KeyBroken, Token, read_private_key


def test_the_token_is_signed_and_used_until_it_grows_old(tmp_path: Path, now: datetime) -> None:
    private = Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    times = [now, now + timedelta(minutes=9), now + timedelta(minutes=11)]
    token = Token(read_private_key(file), "credential", "project", lambda: times.pop(0))
    first, second, third = token(), token(), token()
    assert first == second != third
    said, _, signature = first["Authorization"].removeprefix("Bearer ").rpartition(".")
    private.public_key().verify(_bytes(signature), said.encode())
    head, claims = (_bytes(part) for part in said.split("."))
    assert head == b'{"alg":"EdDSA","kid":"credential"}'
    assert (
        claims == f'{{"sub":"project","iat":{int(now.timestamp()) - 30},"exp":{int(now.timestamp()) + 900}}}'.encode()
    )


def test_a_key_that_is_none_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN")
    with pytest.raises(KeyBroken, match=r"key\.pem"):
        read_private_key(tmp_path / "key.pem")
    with pytest.raises(KeyBroken, match=r"none\.pem"):
        read_private_key(tmp_path / "none.pem")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
