"""Kinds by word and by sound, how long ago something was, time limits, hours, and the vault."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dialogs.consultation.ago import months_ago
from dialogs.consultation.hours import Period, starts
from dialogs.consultation.kinds import danger, kind_in, kinds
from dialogs.consultation.sayings import sayings
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
        ("额达殁咧，留下三间房", "inheritance"),
        ("个侄仔借咗我两万蚊唔还", "lending"),
        ("租我地那家三年没给租金", "land"),
        ("别人骑摩托把我撞了", "injury"),
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
        ("前年腊月", 21),
        ("去年中秋", 13),
        ("三年前收麦那会儿", 36),
        ("一九年冬天", 89),
        ("十来年了", 120),
        ("两三年了", 24),
        ("年前才盖的", 9),
        ("二二年春上借的，说好年底还", 53),
        ("干了大半年，去年中秋走的", 13),
        ("两年的租金没给", None),
        ("明天上午九点", None),
    ],
)
def test_how_long_ago(said: str, months: int | None) -> None:
    assert months_ago(said, NOW) == months


def test_a_limit_is_near_before_it_is_over() -> None:
    wages = kinds()["wages"].limit
    assert [wages.standing(months) for months in (None, 8, 9, 11, 12)] == [None, None, "near", "near", "over"]
    assert wages.model_copy(update={"months": None}).standing(100) is None


def test_a_work_injury_has_a_shorter_limit_than_another_one() -> None:
    injury = kinds()["injury"]
    assert injury.limit_of(injury.entry("骑车叫货车撞了")).standing(12) is None
    assert injury.limit_of(injury.entry("在工地干活摔了腰")).standing(12) == "over"


def test_danger_comes_with_its_numbers() -> None:
    for words, number in (("他堵着门泼油漆", "110"), ("我没法活了", "12356")):
        found = danger(words)
        assert found is not None
        assert number in found.say
    assert danger("老板不给工钱") is None


@pytest.mark.parametrize("said", ["他讲再不还要卸我一条腿", "他喝了酒就动手打我", "额和农药算咧", "要账的说要弄我娃儿"])
def test_danger_is_known_misheard_and_in_other_words(said: str) -> None:
    assert danger(said) is not None


@pytest.mark.parametrize("said", ["他天天打我电话催债", "把我的核桃树砍死了三棵", "想死他了我都", "我早就死了这条心了"])
def test_what_only_sounds_like_danger_is_none(said: str) -> None:
    assert danger(said) is None


@pytest.mark.parametrize(
    ("said", "pattern", "found"),
    [
        ("婚退了钱没退", "given_up", False),
        ("彩礼不要了", "given_up", False),
        ("算了吧一个庄的不告了", "given_up", True),
        ("俾佢睇啦", "yes_told", True),
        ("转是啥意思", "yes_told", False),
        ("还是覅转了", "no_told", True),
        ("随便", "unsure_told", True),
        ("勿要给律师看我讲个事体", "withdraw", True),
        ("他不给我看合同", "withdraw", False),
        ("好个好个", "agree", True),
        ("好像不对", "agree", False),
    ],
)
def test_what_is_said_is_told_apart(said: str, pattern: str, found: bool) -> None:
    assert sayings().has(pattern, said) is found


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
