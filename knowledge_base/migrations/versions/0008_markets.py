"""Prices: markets, figures, the newest of each, what people report, whom to tell, and services that are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "markets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.UniqueConstraint("place", "name", name="uq_markets_place_name"),
    )
    _create_prices()
    _create_latest_prices()
    _create_reports()
    _create_alerts()
    op.create_table(
        "price_pulls",
        sa.Column("source", sa.String(60), primary_key=True),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("modified", sa.Text),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("fetched_at", _MOMENT),
        sa.Column("fault", sa.String(200)),
    )


def _figures() -> tuple[sa.Column[int], ...]:
    """Millionths of a yuan."""
    return (
        sa.Column("low", sa.BigInteger),
        sa.Column("mid", sa.BigInteger, nullable=False),
        sa.Column("high", sa.BigInteger),
    )


def _create_prices() -> None:
    op.create_table(
        "prices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("product", sa.String(24), nullable=False),
        sa.Column("variety", sa.String(24), nullable=False),
        sa.Column("market_id", sa.Integer, sa.ForeignKey("markets.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        *_figures(),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("figures", sa.String(60), nullable=False),
        sa.UniqueConstraint(
            "product", "variety", "market_id", "day", "source", name="uq_prices_product_variety_market_id_day_source"
        ),
    )
    op.create_index("ix_prices_held", "prices", ["state"], sqlite_where=_HELD, postgresql_where=_HELD)


def _create_latest_prices() -> None:
    op.create_table(
        "latest_prices",
        sa.Column("product", sa.String(24), primary_key=True),
        sa.Column("variety", sa.String(24), primary_key=True),
        sa.Column("market_id", sa.Integer, sa.ForeignKey("markets.id"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        *_figures(),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("figures", sa.String(60), nullable=False),
        sa.Column("came_at", _MOMENT, nullable=False),
    )


def _create_reports() -> None:
    op.create_table(
        "price_reports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("product", sa.String(24), nullable=False),
        sa.Column("variety", sa.String(24), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reported_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("person", "product", "variety", "day", name="uq_price_reports_person_product_variety_day"),
    )
    op.create_index("ix_price_reports_product_day", "price_reports", ["product", "day"])
    op.create_index("ix_price_reports_state", "price_reports", ["state"])


def _create_alerts() -> None:
    op.create_table(
        "price_alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("product", sa.String(24), nullable=False),
        sa.Column("variety", sa.String(24), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("rule", sa.String(8), nullable=False),
        sa.Column("price", sa.BigInteger),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("fired_at", _MOMENT),
        sa.UniqueConstraint(
            "channel",
            "user",
            "product",
            "variety",
            "place",
            "rule",
            name="uq_price_alerts_channel_user_product_variety_place_rule",
        ),
    )
    op.create_index("ix_price_alerts_rule_fired_at", "price_alerts", ["rule", "fired_at"])


def downgrade() -> None:
    """Take back."""
    for table in ("price_pulls", "price_alerts", "price_reports", "latest_prices", "prices", "markets"):
        op.drop_table(table)
