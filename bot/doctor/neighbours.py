"""The services beside the program: understanding, MQTT broker, Redis, Telegram."""

import asyncio

from aiomqtt import MqttError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.speaker.link import BadBroker, Broker
from bot.doctor.findings import Finding
from bot.settings import Settings
from nlu.rasa_client import RasaUnderstander
from nlu.rasa_process import Endpoint
from nlu.understanding import UnderstanderDown

PATIENCE = 5
"""Seconds for an answer."""


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
    """Whether an account is set, and sealed messages."""
    if not settings.wechat_app_id:
        return Finding("微信公众号", True, "没设，不启动 / no account, off")
    sealed = bool(settings.wechat_aes_key.get_secret_value())
    advice = "明文模式，只能试用；设 XIANGYIN_WECHAT_AES_KEY / plain mode, for a trial only"
    return Finding("微信公众号", sealed, "有账号，消息加密 / account set, sealed" if sealed else advice)


def telegram(settings: Settings) -> Finding:
    """Whether a token is set."""
    token = bool(settings.telegram_token.get_secret_value())
    return Finding("Telegram", True, "有令牌 / token set" if token else "没设令牌，不启动 / no token, off")
