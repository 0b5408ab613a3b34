"""What the settings point at, looked at before anything starts: a file that cannot be used is one sentence, not a crash."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from cryptography.x509 import load_pem_x509_certificates

from bot.forecasts import WeatherSettings, WeatherUnset, weather_source
from bot.settings import PREFIX, Settings
from knowledge_base.markets.service import ServicesBroken, read_services
from knowledge_base.warnings.villages import VillagesBroken, read_villages
from knowledge_base.weather.qweather_token import KeyBroken


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
