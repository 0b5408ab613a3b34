"""What one visitor may send, and how fast."""

from dataclasses import dataclass

from bot.shared.pace import Pace

__all__ = ["Limits", "Pace"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the web chat. The defaults suit a person; the settings' voice limits go into `voice_*`."""

    text: int = 2_000
    """Longest typed message, in characters."""
    frame: int = 131_072
    """Longest WebSocket message, in bytes; longer ones close the line."""
    voice_bytes: int = 20_000_000
    voice_seconds: int = 60
    upload_seconds: float = 60.0
    """Longest time one upload may take."""
    uploads: int = 8
    """Recordings being received at the same time, over all visitors; bounds the memory they take."""
    burst: int = 10
    """Messages a visitor may send at once ..."""
    every: float = 2.0
    """... and seconds until one more is allowed."""
    lines: int = 8
    """Open sockets (tabs, phones) per visitor."""
    speeches: int = 5_000
    """Spoken texts remembered for `GET /speech`."""
    grace: float = 3.0
    """On shutdown, for turns that are under way, in seconds."""
