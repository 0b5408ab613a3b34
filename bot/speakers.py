"""`xiangyin speakers`: the register of loudspeakers from the machine itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.settings import Settings
from bot.terminal import refuse, say
from knowledge_base.store import open_store
from knowledge_base.warnings.speaker_registry import (
    BadSpeaker,
    NoSuchSpeaker,
    SpeakerRegistry,
    SpeakerTaken,
    broker_password,
)
from knowledge_base.warnings.speakers import Speaker

Work = Callable[[SpeakerRegistry], Awaitable[None]]

ACL = """# What a device may do at the broker: its own list, its own reports.
pattern read xiangyin/speaker/%u/job
pattern write xiangyin/speaker/%u/status
pattern write xiangyin/speaker/%u/played

# The server.
user {user}
topic readwrite xiangyin/speaker/#
"""


def add_speaker(
    settings: Settings,
    speaker: str,
    village: str,
    name: str,
    *,
    position: tuple[float, float] | None,
    volume: int,
) -> int:
    """Register a device and show its key, this once. 2 when something was wrong."""

    async def work(registry: SpeakerRegistry) -> None:
        key = await registry.add(speaker, village, name or speaker, position, volume)
        say(f"密钥，只显示这一次 / key, shown this once: {key}")

    return _run(settings, work)


def renew_key(settings: Settings, speaker: str) -> int:
    """Give a device another key; the old one opens nothing from now on. 2 when there is no such device."""

    async def work(registry: SpeakerRegistry) -> None:
        say(f"新密钥，只显示这一次 / new key, shown this once: {await registry.renew(speaker)}")

    return _run(settings, work)


def set_disabled(settings: Settings, speaker: str, *, disabled: bool) -> int:
    """Shut a device out, or let it in again. 2 when there is no such device."""

    async def work(registry: SpeakerRegistry) -> None:
        await registry.disable(speaker, disabled=disabled)

    return _run(settings, work)


def list_speakers(settings: Settings) -> int:
    """All devices, one a line: id, village, name, state, last seen, firmware, volume limit, refused sign-ins."""

    async def work(registry: SpeakerRegistry) -> None:
        for one in await registry.all():
            seen = f"{one.last_seen:%Y-%m-%d %H:%M} UTC" if one.last_seen else "-"
            columns = (one.id, one.village, one.name, _state(one), seen, one.firmware or "-", one.volume_limit)
            say("\t".join(map(str, (*columns, one.refusals))))

    return _run(settings, work)


def write_broker_files(settings: Settings, folder: Path) -> int:
    """Mosquitto's `passwords` and `acl` for all devices and this server. 2 when there is no password for the server."""
    password = settings.speaker_mqtt_password.get_secret_value()
    if not settings.speaker_mqtt_user or not password:
        return refuse("先设 XIANGYIN_SPEAKER_MQTT_USER 和 XIANGYIN_SPEAKER_MQTT_PASSWORD / set them first")

    async def work(registry: SpeakerRegistry) -> None:
        server = f"{settings.speaker_mqtt_user}:{broker_password(password)}\n"
        passwords = server + await registry.broker_passwords()
        _keep(folder / "passwords", passwords)
        _keep(folder / "acl", ACL.format(user=settings.speaker_mqtt_user))

    return _run(settings, work)


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o640)
    part.write_text(text, "utf-8")
    part.replace(path)
    say(str(path))


def _run(settings: Settings, work: Work) -> int:
    async def on_the_store() -> None:
        async with open_store(settings.database) as store:
            await work(SpeakerRegistry(store, lambda: datetime.now(UTC)))

    try:
        asyncio.run(on_the_store())
    except BadSpeaker as fault:
        return refuse(f"写得不对 / {fault}")
    except SpeakerTaken as fault:
        return refuse(f"这个编号已经有了 / taken: {fault}")
    except NoSuchSpeaker as fault:
        return refuse(f"没有这个音箱 / no such loudspeaker: {fault}")
    return 0


def _state(one: Speaker) -> str:
    if one.disabled:
        return "disabled"
    if one.last_seen is None:
        return "never seen"
    return "lost" if one.lost_at is not None else "open"
