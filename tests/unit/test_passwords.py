"""Passwords: which are refused, how they are kept."""

from typing import Literal

import pytest
from argon2 import PasswordHasher

from knowledge_base.curation.passwords import Passwords, WeakPassword, check_password, start_password
from tests.fakes.console import wide


class CountingHasher(PasswordHasher):
    """Cheap, and counts what it verifies."""

    verified = 0

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.verified += 1
        return super().verify(hash, password)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kurz", "short"),
        ("九个字符九个字符九", "short"),
        ("x" * 5 + "abcdefg" * 40, "long"),
        ("WangNongji", "name"),
        ("wangnongjiwangnongji", "name"),
        ("王大农技员老师王大农技员老师", "name"),
        ("1234567890", "common"),
        ("Password123", "common"),
        (wide("1234567890"), "common"),
        ("aaaaaaaaaaaa", "common"),
        ("ababababababab", "common"),
    ],
)
def test_weak_ones_are_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, "wangnongji", "王大农技员老师")
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "password", ["drei-wilde-kranich", "玉米地里有三只白鹅吃草", "          x yz .", "🌾🌽🥔🍠🌶🥒🍅🍆🧄🧅"]
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    check_password(password, "wangnongji", "")


def test_start_passwords_are_accepted_and_differ() -> None:
    made = {start_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password)


async def test_what_is_kept_opens_for_its_password_only() -> None:
    passwords = Passwords(CountingHasher())
    kept = await passwords.hashed("drei-wilde-kranich")
    assert "kranich" not in kept
    assert kept.startswith("$argon2id$")
    assert await passwords.verify(kept, "drei-wilde-kranich")
    assert await passwords.verify(kept, wide("drei-wilde-kranich"))  # a full-width keyboard
    assert not await passwords.verify(kept, "drei-wilde-kraniche")
    assert not await passwords.verify("no hash at all", "drei-wilde-kranich")


async def test_an_unknown_name_costs_a_verification_too() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    assert not await passwords.verify(None, "drei-wilde-kranich")
    assert not await passwords.verify(None, "drei-wilde-kranich")
    assert hasher.verified == 2


async def test_hashes_of_other_parameters_are_outdated() -> None:
    old = await Passwords(CountingHasher()).hashed("drei-wilde-kranich")
    assert Passwords(CountingHasher(time_cost=2)).outdated(old)
    assert not Passwords(CountingHasher()).outdated(old)
