"""Wishes about one's own data, in many wordings, and sentences that only sound like them."""

import pytest

from dialogs.topics.privacy_wish import privacy_words, wish_in

WISHES = {
    "copy": "把我的资料给我 把俺的信息发给我 我的数据导出来给我 我想看看我的资料 给我一份我的信息，我要我的那份资料看看 下载我的数据 咱的资料给我看看 我的聊天记录发我 把阮的资料调出来 我嘅资料畀我睇下，给我",
    "erase": "把我的资料删了 把俺的信息全清掉 删掉我的数据 注销我的账号 我要把我说过的话都删了 把我的聊天记录清空 我的资料别留了 把我忘了 忘了我吧 帮我销号 我的信息都抹掉 把咱的资料去掉 我的资料莫留",
    "page": "你们记我啥了 你们都记了我些啥 恁记着俺啥 隐私 隐私政策 你存了我什么 你们会录音吗 你们会不会偷听 我的信息安全吗",
    "voice": "把我的录音删了 我的语音都清掉 别留我的录音 莫存我的声音 不要录音 我的声音别留",
    "position": "别记我的位置 莫记我的定位 不要定位我 把我的位置删掉 不许跟踪我的位置 别定位了",
    "ask_code": "关联微信 我在网页上也用 绑定微信 我想在微信上用 怎么绑定我的Telegram 关联账号 给我个关联码 两个号连在一起",
    "code": "关联码 123456 关联码是一二三四五六 关联码幺二三四五六 绑定码：654321。",
    "part": "不关联了 取消关联 解绑 别绑着了",
    "agree": "同意 我同意 同意了 没意见",
    "deny": "不同意 我不愿意",
    "keep_voice": "可以留我的录音 我的录音留着吧 我同意留下我的录音",
    "more": "念详细的给我听 详细念一下给我听",
}
OTHERS = """
种粮补贴要交什么资料 我的身份证丢了怎么补办 把我的麦子收了 删了吧 给我看看天气 我的玉米地位置低洼积水咋办 农资店在哪 把我的预约取消 我的猪不吃食
预警别发了 银行叫我绑定手机号 微信上有人骗我的钱 我家的地在哪里登记 贷款要什么资料 你记住我种的是玉米 土地确权的档案在哪看 我的信息被泄露给骗子了
录音电话是多少 我的声音哑了 语音播报天气 别人的资料能看吗 医保怎么关联到微信 好 行 不行 今天几号 帮我忘掉烦恼
"""
SAID = [(what, words) for what, lines in WISHES.items() for words in lines.split(" ") if not words.isdigit()]


@pytest.mark.parametrize(("what", "words"), SAID)
def test_a_wish_is_known(what: str, words: str) -> None:
    spoken = f"{words} 123456" if what == "code" and words == "关联码" else words
    wish = wish_in(spoken)
    assert wish is not None
    assert wish.what == what


@pytest.mark.parametrize("words", OTHERS.split())
def test_other_matters_are_left_alone(words: str) -> None:
    assert wish_in(words) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("关联码123456", "123456"),
        ("关联码 1 2 3 4 5 6", "123456"),
        ("关联码是幺二三四五六", "123456"),
        ("关联码，零零七两九〇", "007290"),
        ("关联码12345", ""),
    ],
)
def test_six_digits_however_they_are_said(words: str, code: str) -> None:
    wish = wish_in(words)
    assert wish is not None
    assert (wish.what, wish.code) == ("code", code)


def test_sentences_can_be_read_aloud() -> None:
    for key, text in privacy_words().say.items():
        if key.endswith("_spoken"):
            assert not set("\n·（）/") & set(text)
