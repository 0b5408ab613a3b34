"""Settings, from the environment (`XIANGYIN_...`) or a `.env` file beside the program; see docs/settings.md."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting has a default that works on a fresh machine; secrets have none."""

    model_config = SettingsConfigDict(env_prefix="XIANGYIN_", env_file=ROOT / ".env", extra="forbid")

    home: Path = Field(ROOT / "var", description="Folder for the database, models, caches and logs.")
    database_url: str = Field(
        "",
        description="SQLAlchemy async URL, such as postgresql+psycopg://user@host/xiangyin; empty: SQLite in `home`.",
    )
    host: str = Field("127.0.0.1", description="Address the web chat listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web chat listens on.")
    secret: SecretStr = Field(
        SecretStr(""), description="Signs web visitors' cookies; empty: made once, kept in `home`."
    )
    telegram_token: SecretStr = Field(SecretStr(""), description="Telegram bot token; empty: Telegram is off.")
    telegram_api: str = Field(
        "https://api.telegram.org", description="Bot API server, for a self-hosted one behind a firewall."
    )
    telegram_webhook_url: str = Field("", description="Public https address for updates; empty: long polling.")
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret token Telegram sends with each webhook call; required with a webhook."
    )
    rasa_python: Path = Field(
        ROOT / ".venv-rasa" / "bin" / "python", description="Python of the understanding service's own environment."
    )
    words: Path | None = Field(
        None, description="Folder of the county's own word files (`*.yaml`, docs/content.md); empty: none."
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
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged.")

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'xiangyin.db'}"

    @property
    def word_folders(self) -> tuple[Path, ...]:
        """Where word files lie besides our own."""
        return (self.words,) if self.words else ()

    @property
    def models(self) -> Path:
        """Where fetched speech models lie."""
        return self.home / "models"
