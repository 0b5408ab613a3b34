"""Settings, from the environment (`XIANGYIN_...`) or a `.env` file beside the program; see docs/settings.md."""

import base64
import binascii
import re
from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
_DATABASE = re.compile(r"(sqlite\+aiosqlite|postgresql\+psycopg)://\S*")
_REDIS = re.compile(r"(rediss?|unix)://\S+")
_KEY_BYTES = 32


def _is_address(url: str) -> bool:
    """Whether SQLAlchemy can take it apart: an @ or : within a password must be written %40, %3A."""
    from sqlalchemy import make_url  # noqa: PLC0415 - on SQLite it is not asked for
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        make_url(url)
    except (ArgumentError, ValueError):
        return False
    return True


class Settings(BaseSettings):
    """Every setting has a default that works on a fresh machine; secrets have none. An empty value is none: the default holds."""

    model_config = SettingsConfigDict(
        env_prefix="XIANGYIN_", env_file=ROOT / ".env", extra="forbid", env_ignore_empty=True
    )

    home: Path = Field(ROOT / "var", description="Folder for the database, models, caches and logs.")
    database_url: str = Field(
        "",
        description="SQLAlchemy async URL, such as postgresql+psycopg://user@host/xiangyin; empty: SQLite in `home`.",
    )
    host: str = Field("127.0.0.1", description="Address that a process listens on.")
    port: int = Field(
        8000, ge=1, le=65535, description="Port that a process listens on: the web chat, and what watches it."
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Signs cookies of visitors and of the console, the same in all processes, 16 characters or more; empty: made once, kept in `home`.",
    )
    telegram_token: SecretStr = Field(SecretStr(""), description="Telegram bot token; empty: Telegram is off.")
    telegram_api: str = Field(
        "https://api.telegram.org", description="Bot API server, for a self-hosted one behind a firewall."
    )
    telegram_webhook_url: str = Field("", description="Public https address for updates; empty: long polling.")
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret token Telegram sends with each webhook call; required with a webhook."
    )
    telegram_senders: int = Field(
        1,
        ge=1,
        le=29,
        description="Processes that send to Telegram; without Redis each keeps to its share of the ceiling.",
    )
    wechat_app_id: str = Field(
        "", description="AppID of the WeChat official account; empty: WeChat is off (docs/wechat.md)."
    )
    wechat_secret: SecretStr = Field(SecretStr(""), description="Its AppSecret.")
    wechat_token: SecretStr = Field(
        SecretStr(""), description="Token of its server configuration, which signs WeChat's calls."
    )
    wechat_aes_key: SecretStr = Field(
        SecretStr(""), description="Its EncodingAESKey, 43 characters; empty: plain mode, for a trial only."
    )
    wechat_api: str = Field("https://api.weixin.qq.com", description="Address of WeChat's API.")
    wechat_template: str = Field(
        "", description="Template message for warnings: `ID field=title field=time field=hint`; empty: none."
    )
    rasa_python: Path = Field(
        ROOT / ".venv-rasa" / "bin" / "python", description="Python of the understanding service's own environment."
    )
    rasa_url: str = Field(
        "",
        pattern=r"^\s*(https?://\S+(\s+https?://\S+)*)?\s*$",
        description="Addresses of `understanding` processes elsewhere, with blanks in between; empty: one of our own (docs/deployment.md).",
    )
    rasa_token: SecretStr = Field(
        SecretStr(""), description="Token that lets processes ask an `understanding` process, 16 characters or more."
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="Redis for what several processes share, redis://:password@host:6379/0; empty: none (docs/shared_state.md).",
    )
    limit_burst: int = Field(15, ge=1, description="Messages one person may send at once (docs/shared_state.md).")
    limit_seconds: float = Field(
        2.0, gt=0, description="Seconds until a person who has sent that many is answered once more."
    )
    limit_voice: float = Field(2.0, ge=1, description="A recording counts as so many messages.")
    limit_crowd: int = Field(
        2000, ge=1, description="Messages that a process takes in at once; more people are asked to come again."
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Address at which people reach this server, for the addresses they are given; empty: from host and port.",
    )
    operator: str = Field("", description="Who is answerable for personal data, named on the privacy page.")
    operator_contact: str = Field("", description="How to reach them.")
    consent_ask: bool = Field(True, description="Whether the first message of a person asks for consent.")
    voice_keep: bool = Field(
        False, description="Whether recordings may be kept of people who allow it (docs/privacy.md)."
    )
    voice_keep_days: int = Field(30, ge=1, le=365, description="How long they are kept, in days.")
    words: Path | None = Field(
        None, description="Folder of the county's own word files (`*.yaml`, docs/content.md); empty: none."
    )
    golden: Path = Field(
        ROOT / "tests" / "golden",
        description="Folder of golden questions (`questions*.yaml`), asked before an entry is published (docs/console.md).",
    )
    confidence_floor: float = Field(
        0.3, ge=0, le=1, description="Below this intent confidence the assistant asks back instead of answering."
    )
    ear: str = Field(
        "vosk",
        pattern="^(vosk|sherpa)$",
        description="Speech recogniser: `vosk`, or `sherpa` with a model of yours (docs/speech.md).",
    )
    ear_model: Path | None = Field(
        None, description="Folder of the recogniser's model; empty: the one that set-up fetched (Vosk)."
    )
    ear_parallel: int = Field(2, ge=1, le=32, description="Recordings recognised at the same time.")
    ear_waiting: int = Field(
        16, ge=0, description="Recordings that may wait for their turn; more are told to try later."
    )
    voice_max_bytes: int = Field(20_000_000, ge=1, description="Largest recording accepted, in bytes.")
    voice_max_seconds: int = Field(60, ge=1, description="Longest recording accepted, in seconds.")
    mouth: str = Field("kokoro", pattern="^(kokoro|off)$", description="Voice engine: `kokoro`, or `off`.")
    mouth_voice: str = Field("zf_xiaobei", description="Voice of the engine, such as zf_xiaobei or zm_yunxia.")
    mouth_pace: float = Field(0.9, ge=0.5, le=1.5, description="Speaking pace; 1 is the voice's own, lower is slower.")
    warning_folder: Path | None = Field(
        None, description="Folder watched for warnings, `*.xml` (docs/warnings.md); empty: none."
    )
    warning_key: SecretStr = Field(
        SecretStr(""), description="Bearer key for POST /warnings, 16 characters or more; empty: that is off."
    )
    warning_feeds: str = Field("", description="Addresses of Atom or RSS feeds of warnings, with blanks in between.")
    warning_feed_hosts: str = Field(
        "", description="Further hosts that feeds may redirect or link to, with blanks in between."
    )
    warning_feed_seconds: int = Field(60, ge=5, description="Between two looks at a feed, in seconds.")
    warning_certificates: Path | None = Field(
        None,
        description="File of PEM certificates: only warnings signed with one of these are taken; empty: no signature needed.",
    )
    warning_villages: Path | None = Field(
        None,
        description="CSV file of where villages lie: code, name, latitude, longitude (docs/warnings.md); empty: none.",
    )
    warning_ladder_orange: bool = Field(
        False,
        description="Whether who does not answer an orange warning is called too; for red always (docs/warnings.md).",
    )
    warning_patience: int = Field(
        30, ge=0, description="Seconds that an update of a warning waits for the one that it refers to."
    )
    warning_ebd_folder: Path | None = Field(
        None, description="Folder into which warnings are written for the emergency broadcast platform; empty: none."
    )
    warning_ebd_url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="Address of that platform, to which they are posted; empty: none."
    )
    warning_ebd_platform: str = Field(
        "", pattern=r"^(\d{18})?$", description="Our own number among emergency broadcast platforms, 18 digits."
    )
    consultation_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys that seal what is told to a lawyer, with commas in between, the first one seals; empty: one made once, kept in `home`.",
    )
    price_services: Path | None = Field(
        None, description="YAML file of price services that are asked (docs/prices.md); empty: none."
    )
    weather_source: str = Field(
        "sample",
        pattern="^(sample|open_meteo|qweather)$",
        description="Source of forecasts: `sample` (made up, to try the program), `open_meteo` or `qweather` (docs/weather.md).",
    )
    weather_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Address of the weather service; needed unless the source is `sample`.",
    )
    weather_key: SecretStr = Field(
        SecretStr(""), description="API key there; Open-Meteo needs one only for its paid service."
    )
    weather_key_file: Path | None = Field(
        None, description="Private key (PEM, Ed25519) to sign QWeather's tokens with, instead of a key."
    )
    weather_credential: str = Field("", description="Number of the credential for signed tokens.")
    weather_project: str = Field("", description="Number of the project for signed tokens.")
    speaker_url: str = Field(
        "", description="Address at which loudspeakers reach this server, for the sound; empty: from host and port."
    )
    speaker_mqtt: str = Field(
        "",
        pattern=r"^(mqtts?://[^/\s]+/?)?$",
        description="MQTT broker for loudspeakers, mqtt:// or mqtts://HOST[:PORT]; empty: HTTP only (docs/speakers.md).",
    )
    speaker_mqtt_user: str = Field("", description="User name of this server at the MQTT broker.")
    speaker_mqtt_password: SecretStr = Field(SecretStr(""), description="Its password there.")
    speaker_mqtt_ca: Path | None = Field(
        None, description="File of certificates to trust for mqtts://, besides the machine's own."
    )
    speaker_drills: bool = Field(
        False,
        description="Whether drills reach loudspeakers, officers' phones and the broadcast platform, always named as drills.",
    )
    backup_key: SecretStr = Field(
        SecretStr(""),
        description="Passphrase that seals backups, 16 characters or more; empty: they are not sealed (docs/operations.md).",
    )
    log_texts: bool = Field(
        False, description="Whether what people say and hear is logged, to look for a fault; never leave it on."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged.")

    @field_validator("secret", "warning_key", "backup_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < 16:
            raise ValueError("a key needs 16 characters or more")
        return key

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not (_DATABASE.fullmatch(url) and _is_address(url)):
            raise ValueError(
                "写 / write postgresql+psycopg://USER:PASSWORD@HOST/NAME，口令里的 @ : / 写成 %40 %3A %2F；或留空 / or leave it empty"
            )
        return url

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not _REDIS.fullmatch(url.get_secret_value()):
            raise ValueError("写 / write redis://:PASSWORD@HOST:6379/0，或留空 / or leave it empty")
        return url

    @field_validator("consultation_keys")
    @classmethod
    def _seals(cls, keys: SecretStr) -> SecretStr:
        for key in keys.get_secret_value().split(",") if keys.get_secret_value() else ():
            try:
                usable = len(base64.urlsafe_b64decode(key.strip())) == _KEY_BYTES
            except (binascii.Error, ValueError):
                usable = False
            if not usable:
                raise ValueError("每把是32个随机字节 / each is 32 random bytes: openssl rand -base64 32 | tr '+/' '-_'")
        return keys

    @model_validator(mode="after")
    def _numbered(self) -> "Settings":
        if (self.warning_ebd_folder or self.warning_ebd_url) and not self.warning_ebd_platform:
            raise ValueError("XIANGYIN_WARNING_EBD_PLATFORM is needed to write emergency broadcasts")
        return self

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'xiangyin.db'}"

    @property
    def root(self) -> str:
        """The address at which people reach this server, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def word_folders(self) -> tuple[Path, ...]:
        """Where word files lie besides our own."""
        return (self.words,) if self.words else ()

    @property
    def models(self) -> Path:
        """Where fetched speech models lie."""
        return self.home / "models"


PREFIX = Settings.model_config["env_prefix"]
"""With which the names of all settings begin."""
