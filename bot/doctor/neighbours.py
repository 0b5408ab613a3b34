"""The services beside the program: understanding, MQTT broker, Redis, weather, Telegram, WeChat."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
from aiomqtt import MqttError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.speaker.link import BadBroker, Broker
from bot.doctor.findings import Finding
from bot.forecasts import WeatherSettings, WeatherUnset, weather_source
from bot.settings import Settings
from knowledge_base.weather.qweather_token import KeyBroken
from knowledge_base.weather.source import SourceFailed
from nlu.rasa_client import RasaUnderstander
from nlu.rasa_process import Endpoint
from nlu.understanding import UnderstanderDown

BEIJING = (39.9, 116.4)
"""Degrees WGS 84: where the doctor asks what the weather will be."""
PATIENCE = 5
"""Seconds for an answer."""
_TOKEN = re.compile(r"\d+:[\w-]{30,}")
_SECRET = re.compile(r"[\w-]{1,256}", re.ASCII)


async def understanding(settings: Settings) -> list[Finding]:
    """Rasa: elsewhere and answering, or here and trained."""
    if addresses := settings.rasa_url.split():
        return [await _remote(address, settings.rasa_token.get_secret_value()) for address in addresses]
    rasa = settings.rasa_python.exists()
    missing = "没有；先用内置的理解。补上：make setup / missing, the built-in understanding answers"
    models = list((settings.home / "rasa").glob("*/model.tar.gz"))
    untrained = "没有；补上：make train / missing"
    return [
        Finding("理解服务 Rasa", rasa, "已装 / installed" if rasa else missing),
        Finding("理解模型", bool(models), f"{len(models)} 个 / trained" if models else untrained),
    ]


async def _remote(address: str, token: str) -> Finding:
    endpoint = Endpoint(address.rstrip("/"), token)
    async with RasaUnderstander(lambda: endpoint, timeout=PATIENCE) as rasa:
        try:
            await rasa.parse("玉米叶子上有虫")
        except UnderstanderDown as error:
            advice = "不答；先用内置的理解。看看开着没有，口令对不对（XIANGYIN_RASA_URL、XIANGYIN_RASA_TOKEN）/ does not answer"
            return Finding("理解服务 Rasa", False, f"{advice}: {error}")
    return Finding("理解服务 Rasa", True, f"{address} 在答 / answers")


async def broker(settings: Settings) -> list[Finding]:
    """Whether the MQTT broker lets this server in."""
    if not settings.speaker_mqtt:
        return []
    try:
        known = Broker.at(
            settings.speaker_mqtt,
            settings.speaker_mqtt_user,
            settings.speaker_mqtt_password.get_secret_value(),
            settings.speaker_mqtt_ca,
        )
        async with asyncio.timeout(PATIENCE), known.client("xiangyin-doctor"):
            return [Finding("喇叭的消息服务", True, f"{known.host}:{known.port} 连得上 / reached")]
    except (MqttError, BadBroker, OSError, TimeoutError) as error:
        advice = "连不上；看看开着没有，用户名和口令对不对（XIANGYIN_SPEAKER_MQTT…）/ broker not reached"
        return [Finding("喇叭的消息服务", False, f"{advice}: {type(error).__name__}")]


async def redis(settings: Settings) -> list[Finding]:
    """Whether Redis answers."""
    url = settings.redis_url.get_secret_value()
    if not url:
        return []
    try:
        async with asyncio.timeout(PATIENCE), Redis.from_url(url) as client:
            await client.ping()
    except (RedisError, OSError, ValueError, TimeoutError) as error:
        advice = (
            "连不上；先由数据库排队，慢一些。看看开着没有（XIANGYIN_REDIS_URL）/ not reached, the database orders turns"
        )
        return [Finding("Redis", False, f"{advice}: {type(error).__name__}")]
    return [Finding("Redis", True, "连得上 / reached")]


def wechat(settings: Settings) -> Finding:
    """Whether an account is set, with all it needs, and sealed messages."""
    if not settings.wechat_app_id:
        return Finding("微信公众号", True, "没设，不启动 / no account, off")
    needed = {"XIANGYIN_WECHAT_SECRET": settings.wechat_secret, "XIANGYIN_WECHAT_TOKEN": settings.wechat_token}
    if lacking := [name for name, secret in needed.items() if not secret.get_secret_value()]:
        return Finding("微信公众号", False, f"不启动，还要设 / off, needs {' '.join(lacking)}")
    sealed = bool(settings.wechat_aes_key.get_secret_value())
    advice = "明文模式，只能试用；设 XIANGYIN_WECHAT_AES_KEY / plain mode, for a trial only"
    return Finding("微信公众号", sealed, "有账号，消息加密 / account set, sealed" if sealed else advice)


async def weather(settings: Settings) -> list[Finding]:
    """Whether the weather service forecasts; nothing of the samples, and nothing of settings that cannot be used, which are told already."""
    if settings.weather_source == "sample":
        return []
    try:
        source = weather_source(WeatherSettings.of(settings), lambda: datetime.now(UTC))
    except (WeatherUnset, KeyBroken, OSError):
        return []
    try:
        await source.fetch(*BEIJING)
    except SourceFailed as failure:
        advice = "没有预报；看看 XIANGYIN_WEATHER_URL 和密钥 / gives no forecast: look at its address and key"
        return [Finding("天气服务", False, f"{advice}: {failure or type(failure).__name__}")]
    finally:
        await source.close()
    return [Finding("天气服务", True, f"{source.name} 在答 / answers")]


async def telegram(settings: Settings) -> list[Finding]:
    """Whether a token is set, can be one, and is taken by Telegram; and whether a webhook has its secret."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return [Finding("Telegram", True, "没设令牌，不启动 / no token, off")]
    if not _TOKEN.fullmatch(token):
        shape = "令牌写法不对，应像 12345678:AA…（@BotFather 给的）/ token set, but it cannot be one"
        return [Finding("Telegram", False, f"不启动：{shape}")]
    webhook = [
        Finding("Telegram", False, f"不启动：有 XIANGYIN_TELEGRAM_WEBHOOK_URL，{why}")
        for why, wrong in (
            ("不是 https / is not https", not settings.telegram_webhook_url.startswith("https://")),
            (
                "XIANGYIN_TELEGRAM_WEBHOOK_SECRET 没设或写法不对（字母、数字、_ 和 -）/ has no proper secret",
                not _SECRET.fullmatch(settings.telegram_webhook_secret.get_secret_value()),
            ),
        )
        if settings.telegram_webhook_url and wrong
    ]
    return [*webhook, await _bot(settings.telegram_api.rstrip("/"), token)]


async def _bot(api: str, token: str) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            status = (await client.get(f"{api}/bot{token}/getMe")).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        away = "有令牌，可是 Telegram 连不上；看看网络和 XIANGYIN_TELEGRAM_API / token set, Telegram is not reached"
        return Finding("Telegram", False, f"{away}: {type(error).__name__}")
    if status in {401, 404}:
        refused = "Telegram 不认这个令牌；重新要一个（@BotFather）/ the token is refused"
        return Finding("Telegram", False, refused)
    well = status == httpx.codes.OK
    return Finding("Telegram", well, "有令牌，连得上 / token set, reached" if well else f"HTTP {status}")
