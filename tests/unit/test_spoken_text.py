"""Written text to speakable sentences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.speech.spoken_text import LONGEST, chinese

READ = {
    "今天最高气温-3℃，风力3-4级": "今天最高气温负三摄氏度，风力三到四级。",
    "夜里-5~-3℃": "夜里负五到负三摄氏度。",
    "25～28℃": "二十五到二十八摄氏度。",
    "每亩用量30-50克": "每亩用量三十到五十克。",
    "亩产1200斤": "亩产一千二百斤。",
    "价格1.05元/斤": "价格每斤一点零五元。",
    "5%悬浮剂20mL/亩": "百分之五悬浮剂每亩二十毫升。",
    "尿素10-15公斤/亩": "尿素每亩十到十五公斤。",
    "含水量10%～15%": "含水量百分之十到百分之十五。",
    "相对湿度≥80%": "相对湿度大于等于百分之八十。",
    "稀释1000-1500倍": "稀释一千到一千五百倍。",
    "药和水1:500": "药和水一比五百。",
    "每株0.5kg": "每株零点五公斤。",
    "30cm×60cm": "三十厘米乘六十厘米。",
    "667㎡": "六百六十七平方米。",
    "3.5亩地": "三点五亩地。",
    "打2遍药，每遍2斤": "打两遍药，每遍两斤。",
    "第2片叶，2月2日": "第二片叶，二月二日。",
    "过2-3天再看": "过两到三天再看。",
    "12斤，2.5斤": "十二斤，二点五斤。",
    "2026-11-22": "二零二六年十一月二十二日。",
    "6月20日-7月5日": "六月二十日到七月五日。",
    "7:00—9:00": "七点到九点。",
    "2/3的叶片": "三分之二的叶片。",
    "复合肥15-15-15": "复合肥十五、十五、十五。",
    "pH值6.5": "酸碱度六点五。",
    "2,4-D丁酯": "二四滴丁酯。",
    "问12316": "问幺二三幺六。",
    "拨打12348或0371-65918888": "拨打幺二三四八或零三七幺六五九幺八八八八。",
    "手机13800138000": "手机幺三八零零幺三八零零零。",
    "快打120": "快打幺二零。",
    "打120斤": "打一百二十斤。",
    "打20亩": "打二十亩。",
    "收了12316斤": "收了一万二千三百一十六斤。",
    "详见https://www.moa.gov.cn/a?b=1。": "详见网址。",
}


@pytest.mark.parametrize(("written", "spoken"), READ.items())
def test_read_aloud(written: str, spoken: str) -> None:
    assert "".join(chinese().sentences(written)) == spoken


def test_lists_are_counted() -> None:
    assert chinese().sentences("1. 先看看叶子背面有没有虫\n2. 再找农技员问一问用药") == [
        "第一，先看看叶子背面有没有虫。",
        "第二，再找农技员问一问用药。",
    ]
    assert chinese().sentences("①先清理园子里的病叶病果；②发病以前喷药保护叶片。") == [
        "第一，先清理园子里的病叶病果；",
        "第二，发病以前喷药保护叶片。",
    ]


def test_sentences_end_where_sentences_end() -> None:
    text = "看看心叶里有没有虫粪。打药要趁早晚凉快的时候！虫子还小的时候最管用，你说是不是？"
    assert chinese().sentences(text) == [
        "看看心叶里有没有虫粪。",
        "打药要趁早晚凉快的时候！",
        "虫子还小的时候最管用，你说是不是？",
    ]


def test_a_short_sentence_is_not_left_alone() -> None:
    assert chinese().sentences("好。我给你说说这个病怎么治。") == ["好。我给你说说这个病怎么治。"]


def test_long_sentences_are_cut_at_commas() -> None:
    pieces = chinese().sentences("先看看叶子的背面有没有白色的霉层，" * 8)
    assert len(pieces) > 2
    assert all(piece.endswith(("，", "。")) for piece in pieces)


@pytest.mark.parametrize("text", ["", "  \n ", "😀🌽", "———", "。。。"])
def test_what_has_no_words_is_not_spoken(text: str) -> None:
    assert chinese().sentences(text) == []


def test_emoji_and_marks_are_left_out() -> None:
    assert chinese().sentences("- **好消息** 🌽：可以收玉米了") == ["好消息 ：可以收玉米了。"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("今天打药2斤-~/.％%亩℃:0123456789gkmLABz，。！\n ①第月日到 😀"), max_size=120))
def test_any_text_gives_short_sentences_without_digits(text: str) -> None:
    for sentence in chinese().sentences(text):
        assert 0 < len(sentence) <= LONGEST + 1
        assert not any(sign.isascii() and sign.isalnum() for sign in sentence)
