"""The commands `xiangyin speaker` and `xiangyin speakers`: their options, and what each of them runs."""

import argparse
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """Add both commands."""
    one = add("speaker", "模拟一个音箱，放的声音写成 WAV / a simulated loudspeaker, which plays into WAV files")
    one.add_argument("--server", default="", metavar="URL", help="服务器地址，走 HTTP / the server, by HTTP")
    one.add_argument("--mqtt", default="", metavar="URL", help="mqtt:// 或 mqtts:// 地址 / the broker, by MQTT")
    one.add_argument("--ca", type=Path, metavar="FILE", help="信任的证书 / certificates to trust")
    one.add_argument("--id", required=True, metavar="ID", help="音箱编号 / the device's id")
    one.add_argument("--key", required=True, metavar="KEY", help="音箱密钥 / the device's key")
    one.add_argument(
        "--out", type=Path, default=Path("speaker"), metavar="DIR", help="放文件的目录 / folder of its files"
    )
    one.add_argument("--fast", action="store_true", help="不等播放时间 / playing takes no time")
    one.add_argument(
        "--ask", type=Path, metavar="FILE", help="拿这段录音问一句，回答写成 answer.wav / ask this recording, then end"
    )
    commands = add("speakers", "登记的音箱 / the registered loudspeakers").add_subparsers(
        dest="speakers", required=True, metavar="COMMAND"
    )
    about = {
        "add": "登记一个音箱，给出密钥 / register one; shows its key",
        "list": "列出音箱 / list them",
        "key": "换密钥，旧的作废 / give one another key; the old one is void",
        "disable": "停用 / shut one out",
        "enable": "恢复 / let one in again",
        "broker": "写出 Mosquitto 的密码和权限文件 / write Mosquitto's passwords and acl",
    }
    new, _, key, disable, enable, broker = (
        commands.add_parser(name, help=text, description=text) for name, text in about.items()
    )
    for command in (new, key, disable, enable):
        command.add_argument("id", metavar="ID", help="音箱编号 / the device's id")
    new.add_argument("--village", required=True, metavar="CODE", help="村的 12 位代码 / 12-digit code of its village")
    new.add_argument("--name", default="", metavar="NAME", help="叫什么 / its name")
    new.add_argument(
        "--position", type=float, nargs=2, metavar=("LATITUDE", "LONGITUDE"), help="纬度 经度 / degrees, WGS 84"
    )
    new.add_argument(
        "--volume", type=int, default=100, metavar="PERCENT", help="最大音量 / it is never louder than this"
    )
    broker.add_argument("folder", type=Path, metavar="DIR", help="写到哪个目录 / where to write them")


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Run one of the two."""
    if options.command == "speaker":
        from bot.speaker_simulator import Device, speaker  # noqa: PLC0415

        return speaker(
            Device(
                options.id,
                options.key,
                options.out,
                options.server,
                options.mqtt,
                options.ca,
                options.fast,
                options.ask,
            )
        )
    from bot import speakers  # noqa: PLC0415

    match options.speakers:
        case "add":
            position = tuple(options.position) if options.position else None
            return speakers.add_speaker(
                settings, options.id, options.village, options.name, position=position, volume=options.volume
            )
        case "list":
            return speakers.list_speakers(settings)
        case "key":
            return speakers.renew_key(settings, options.id)
        case "broker":
            return speakers.write_broker_files(settings, options.folder)
        case _:
            return speakers.set_disabled(settings, options.id, disabled=options.speakers == "disable")
