"""What the settings point at, looked at before anything starts: a file that cannot be used is one sentence, not a crash."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from bot.forecasts import WeatherSettings, WeatherUnset, weather_source
from bot.settings import PREFIX, Settings
from knowledge_base.markets.service import ServicesBroken, read_services
from knowledge_base.warnings.villages import VillagesBroken, read_villages
from knowledge_base.weather.qweather_token import KeyBroken
from nlu.speech.assets import assets


def unusable(settings: Settings) -> Iterator[str]:
    """A sentence for each file that is named and cannot be used, and for a source of forecasts without what it needs."""
    looks: list[tuple[str, Callable[[], object]]] = [
        ("WEATHER_SOURCE", partial(weather_source, WeatherSettings.of(settings), lambda: datetime.now(UTC)))
    ]
    if settings.warning_villages is not None:
        looks.append(("WARNING_VILLAGES", partial(read_villages, settings.warning_villages)))
    if settings.warning_certificates is not None:
        certificates = settings.warning_certificates
        looks.append(("WARNING_CERTIFICATES", lambda: load_pem_x509_certificates(certificates.read_bytes())))
    if settings.price_services is not None:
        looks.append(("PRICE_SERVICES", partial(read_services, settings.price_services)))
    for name, look in looks:
        try:
            look()
        except WeatherUnset as unset:
            yield f"{PREFIX}{name}={settings.weather_source}: 还要设 / needs {unset} too (docs/weather.md)"
        except OSError as error:
            yield f"{PREFIX}{name}: 文件读不了 / cannot be read: {error.filename}: {error.strerror}"
        except (VillagesBroken, ServicesBroken, KeyBroken, ValueError) as error:
            yield f"{PREFIX}{name}: 文件不对 / the file is wrong: {error}"


def missing(settings: Settings) -> Iterator[str]:
    """A sentence for each folder or file that is named and not there, but without which the rest goes on: most often a slip of the pen."""
    kokoro = settings.models / assets()["mouth"].folder / "voices"
    without = [
        ("WORDS", settings.words, "县里自己的词没有用上 / the county's words are not used"),
        ("GOLDEN", settings.golden, "发布前不试问 / no questions are asked before an entry is published"),
        ("SPEAKER_MQTT_CA", settings.speaker_mqtt_ca, "喇叭的消息服务连不上 / the broker is not reached"),
        ("WARNING_FOLDER", settings.warning_folder, "启动时建一个空的 / an empty one is made at the start"),
        ("WARNING_EBD_FOLDER", settings.warning_ebd_folder, "启动时建一个空的 / an empty one is made at the start"),
    ]
    for name, path, consequence in without:
        if path is not None and not path.exists():
            yield _not_there(name, path, consequence)
    voice = kokoro / f"{settings.mouth_voice}.bin"
    if settings.mouth == "kokoro" and kokoro.is_dir() and not voice.is_file():
        yield _not_there("MOUTH_VOICE", voice, "读不出声音 / nothing is read aloud")


def _not_there(name: str, path: Path, consequence: str) -> str:
    return f"{PREFIX}{name}: 没有 / not there: {path}；{consequence}"
