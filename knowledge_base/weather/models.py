"""The table of forecasts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base


class ForecastRow(Base):
    """The newest forecast of a source for a cell of 0.1 degrees; `used_at` is about when somebody last asked for it."""

    __tablename__ = "forecasts"
    __table_args__ = (Index(None, "source", "used_at"), Index(None, "fetched_at"))

    cell: Mapped[str] = mapped_column(String(16), primary_key=True)
    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    fetched_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    used_at: Mapped[datetime]
    forecast: Mapped[dict[str, Any]]
