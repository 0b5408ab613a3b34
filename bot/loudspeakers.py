"""The loudspeakers of a running system, as the settings want them."""

from bot.app import System, system_clock
from bot.channels.speaker.link import Broker
from bot.channels.speaker.service import SpeakerService
from bot.channels.speaker.style import style
from bot.channels.web.limits import Limits

BURST = 5
EVERY = 10.0
"""Questions a loudspeaker may ask at once, and seconds until one more."""


def loudspeakers(system: System, secret: str, *, broker: bool = True) -> SpeakerService:
    """Everything about loudspeakers; by MQTT only where a broker is set, and not without `broker`."""
    settings = system.settings
    found = None
    if settings.speaker_mqtt and broker:
        found = Broker.at(
            settings.speaker_mqtt,
            settings.speaker_mqtt_user,
            settings.speaker_mqtt_password.get_secret_value(),
            settings.speaker_mqtt_ca,
        )
    return SpeakerService(
        system.store,
        system.services.warnings.speaker_jobs,
        system.mouth,
        style(),
        folder=settings.home / "speaker",
        base=settings.speaker_url or f"http://{settings.host}:{settings.port}",
        secret=secret,
        limits=Limits(voice_bytes=settings.voice_max_bytes, burst=BURST, every=EVERY),
        clock=system_clock,
        observer=system.metrics,
        broker=found,
    )
