"""Kinds by word and by sound, how long ago something was, time limits, hours, and the vault."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dialogs.consultation.ago import months_ago
from dialogs.consultation.hours import Period, starts
from dialogs.consultation.kinds import danger, kind_in, kinds
from dialogs.consultation.vault import KeysUnusable, SealBroken, Vault, new_key

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("老板欠俺工钱", "wages"),
        ("老板欠我公钱", "wages"),
        ("才礼要不回来", "family"),
        ("隔壁屋檐滴水", "neighbours"),
        ("村里要收我的地", "land"),
        ("种子不出苗", "inputs"),
        ("保险公司不理赔", "insurance"),
        ("今天吃了三碗饭", None),
    ],
)
def test_a_kind_is_known_by_its_words_and_by_their_sound(said: str, kind: str | None) -> None:
    assert kind_in(said) == kind


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("两年多了", 24),
        ("去年", 17),
        ("2023年的事", 41),
        ("半年", 6),
        ("仨月", 3),
        ("十一个月", 11),
        ("上个月", 0),
        ("前几天", 0),
        ("记得是下雨天", None),
    ],
)
def test_how_long_ago(said: str, months: int | None) -> None:
    assert months_ago(said, NOW) == months


def test_a_limit_is_near_before_it_is_over() -> None:
    wages = kinds()["wages"]
    assert [wages.standing(months) for months in (None, 8, 9, 11, 12)] == [None, None, "near", "near", "over"]
    assert kinds()["insurance"].standing(100) is None


def test_danger_comes_with_its_numbers() -> None:
    for words, number in (("他堵着门泼油漆", "110"), ("我没法活了", "12356")):
        found = danger(words)
        assert found is not None
        assert number in found.say
    assert danger("老板不给工钱") is None


def test_half_hours_of_a_week() -> None:
    periods = [Period(0, 540, 600), Period(2, 840, 870)]
    found = list(starts(periods, date(2026, 11, 23), date(2026, 11, 25)))
    assert [one.isoformat() for one in found] == [
        "2026-11-23T09:00:00+08:00",
        "2026-11-23T09:30:00+08:00",
        "2026-11-25T14:00:00+08:00",
    ]
    for wrong in ((0, 545, 600), (7, 540, 600), (0, 600, 600)):
        with pytest.raises(ValueError, match="half hours"):
            Period(*wrong)


def test_an_old_key_opens_and_the_first_one_seals() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal("老板欠我八千块")
    assert "八千" not in sealed
    both = Vault([new, old])
    assert both.open(sealed) == "老板欠我八千块"
    renewed = both.renew(sealed)
    assert Vault([new]).open(renewed) == "老板欠我八千块"
    with pytest.raises(SealBroken):
        Vault([new]).open(sealed)
    for wrong in ([], ["short"]):
        with pytest.raises(KeysUnusable):
            Vault(wrong)


def test_periods_do_not_move_with_the_clock() -> None:
    day = date(2026, 12, 31)
    found = list(starts([Period(day.weekday(), 23 * 60, 24 * 60)], day, day + timedelta(days=1)))
    assert [one.isoformat() for one in found] == ["2026-12-31T23:00:00+08:00", "2026-12-31T23:30:00+08:00"]
