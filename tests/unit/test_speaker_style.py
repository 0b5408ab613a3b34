"""How warnings sound: the shipped style, chimes, WAV files, signed addresses, the broker's address."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from bot.channels.speaker.address import Addresses
from bot.channels.speaker.link import BadBroker, Broker
from bot.channels.speaker.sound import chime_samples, wav, wav_samples
from bot.channels.speaker.style import Style, style
from knowledge_base.warnings.speakers import Announcement
from nlu.speech.decode import RATE
from nlu.speech.spoken_text import chinese

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def announcement(**change: object) -> Announcement:
    given: dict[str, object] = {
        "warning": "w",
        "version": 1,
        "colour": 1,
        "drill": False,
        "cancel": False,
        "text": "雨来了。",
        "created": NOW,
        "expires": NOW,
        "speech": None,
    }
    return Announcement(**(given | change))  # type: ignore[arg-type]


def test_the_graver_the_more_often_and_the_louder() -> None:
    sounds = [style().sound(announcement(colour=colour)) for colour in (1, 2, 3, 4)]
    assert [s.repeat for s in sounds] == sorted((s.repeat for s in sounds), reverse=True)
    assert [s.volume for s in sounds] == sorted((s.volume for s in sounds), reverse=True)
    assert sounds[0].chime not in {s.chime for s in sounds[1:]}


@pytest.mark.parametrize("colour", [1, 2, 3, 4])
def test_a_drill_says_so_first_and_last_and_never_sounds_like_a_red_warning(colour: int) -> None:
    drill = announcement(colour=colour, drill=True)
    words = style().words(drill)
    assert words.startswith("演练")
    assert "演练" in words.rpartition("雨来了。")[2]
    assert style().sound(drill).chime != style().sound(announcement(colour=1)).chime


def test_a_style_whose_drill_sounds_like_a_red_warning_is_refused() -> None:
    raw = style().model_dump()
    raw["drill"]["sound"]["chime"] = raw["colours"][1]["chime"]
    with pytest.raises(ValidationError, match="red warning"):
        Style.model_validate(raw)


def test_a_style_with_an_unknown_chime_or_a_colour_too_few_is_refused() -> None:
    raw = style().model_dump()
    raw["cancel"]["chime"] = "fanfare"
    with pytest.raises(ValidationError, match="fanfare"):
        Style.model_validate(raw)
    raw = style().model_dump()
    del raw["colours"][4]
    with pytest.raises(ValidationError, match="colours"):
        Style.model_validate(raw)


def test_an_ended_warning_without_words_says_nothing() -> None:
    assert style().words(announcement(cancel=True, text="")) == ""
    assert style().words(announcement(cancel=True, text="", drill=True)) == ""


def test_chimes_last_as_long_as_their_tones_and_do_not_click() -> None:
    for chime in style().chimes.values():
        samples = chime_samples(chime)
        assert samples.size == pytest.approx(sum(tone[2] for tone in chime.tones) * RATE, abs=len(chime.tones))
        assert abs(int(samples[0])) < 300
        assert abs(int(samples[-1])) < 300
        assert 10_000 < np.abs(samples).max() <= 32_000


def test_the_siren_rises_and_the_bell_holds_its_tone() -> None:
    def pitch(samples: np.ndarray, at: float) -> float:
        piece = samples[round(at * RATE) : round(at * RATE) + 1600].astype(float)
        return float(np.argmax(np.abs(np.fft.rfft(piece, 16_000))))

    siren = chime_samples(style().chimes["siren"])
    assert pitch(siren, 0.02) < 650
    assert pitch(siren, 0.75) > 1000
    bell = chime_samples(style().chimes["bell"])
    assert pitch(bell, 0.1) == pytest.approx(659, abs=10)


def test_a_wav_file_comes_back_as_it_was() -> None:
    samples = chime_samples(style().chimes["gong"])
    assert (wav_samples(wav(samples)) == samples).all()


def test_figures_of_a_warning_are_read_in_words() -> None:
    said = "".join(chinese().sentences("预计14:30到18:00，降雨50-80毫米，阵风8级，温度-3℃。值班电话110。"))
    assert not any(sign.isdigit() for sign in said)
    assert "十四点三十分到十八点" in said
    assert "五十到八十毫米" in said
    assert "零下三摄氏度" in said or "负三摄氏度" in said


def test_an_address_is_good_for_its_device_its_file_and_its_time() -> None:
    addresses = Addresses("http://server/", "a secret of the tests")
    until = int((NOW + timedelta(minutes=5)).timestamp())
    address = addresses.make("speaker-1", "f.ogg", NOW + timedelta(minutes=5))
    assert address.startswith("http://server/speaker/audio/f.ogg?speaker=speaker-1&until=")
    sign = address.rpartition("sign=")[2]
    assert addresses.good("speaker-1", "f.ogg", until, sign, NOW)
    assert not addresses.good("speaker-2", "f.ogg", until, sign, NOW)
    assert not addresses.good("speaker-1", "g.ogg", until, sign, NOW)
    assert not addresses.good("speaker-1", "f.ogg", until + 60, sign, NOW)
    assert not addresses.good("speaker-1", "f.ogg", until, sign, NOW + timedelta(minutes=5))
    assert not Addresses("http://server", "another secret, as long").good("speaker-1", "f.ogg", until, sign, NOW)


def test_the_address_of_a_broker() -> None:
    assert Broker.at("mqtt://host") == Broker("host", 1883, tls=False)
    assert Broker.at("mqtts://host:99", "u", "p", Path("ca")) == Broker("host", 99, True, "u", "p", Path("ca"))
    assert Broker.at("mqtt://a%40b:c@host/") == Broker("host", 1883, tls=False, user="a@b", password="c")
    assert Broker.at("mqtts://host").port == 8883


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "mqtt://host:x", "host", "mqtt://host/topic"])
def test_what_is_no_broker_is_refused(url: str) -> None:
    with pytest.raises(BadBroker):
        Broker.at(url)
