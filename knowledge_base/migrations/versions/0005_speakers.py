"""Loudspeakers: the devices, what they are to say, what they have played."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "speakers",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("village", sa.String(12), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("volume_limit", sa.Integer, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("old_key_hash", sa.String(64)),
        sa.Column("broker_hash", sa.String(160), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("key_issued_at", _MOMENT, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("refusals", sa.Integer, nullable=False),
        sa.Column("firmware", sa.String(40)),
        sa.Column("volume", sa.Integer),
        sa.Column("last_seen", _MOMENT),
        sa.Column("lost_at", _MOMENT),
        sa.UniqueConstraint("key_hash", name="uq_speakers_key_hash"),
    )
    op.create_index("ix_speakers_village", "speakers", ["village"])
    op.create_table(
        "spoken_warnings",
        sa.Column("warning", sa.String(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("colour", sa.Integer, nullable=False),
        sa.Column("drill", sa.Boolean, nullable=False),
        sa.Column("cancel", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("superseded", sa.Boolean, nullable=False),
        sa.Column("ogg_sha256", sa.String(64)),
        sa.Column("wav_sha256", sa.String(64)),
        sa.Column("seconds", sa.Double),
    )
    op.create_index("ix_spoken_warnings_expires_at", "spoken_warnings", ["expires_at"])
    op.create_table(
        "speaker_jobs",
        sa.Column("warning", sa.String(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "speaker",
            sa.String(40),
            sa.ForeignKey("speakers.id", name="fk_speaker_jobs_speaker"),
            primary_key=True,
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.ForeignKeyConstraint(
            ["warning", "version"],
            ["spoken_warnings.warning", "spoken_warnings.version"],
            name="fk_speaker_jobs_warning_version",
        ),
    )
    op.create_index("ix_speaker_jobs_speaker", "speaker_jobs", ["speaker"])
    op.create_table(
        "speaker_plays",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column(
            "speaker",
            sa.String(40),
            sa.ForeignKey("speakers.id", name="fk_speaker_plays_speaker"),
            nullable=False,
        ),
        sa.Column("play", sa.String(64), nullable=False),
        sa.Column("warning", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=False),
        sa.Column("repeats", sa.Integer, nullable=False),
        sa.Column("volume", sa.Integer, nullable=False),
        sa.Column("error", sa.String(80)),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("speaker", "play", name="uq_speaker_plays_speaker_play"),
    )
    op.create_index("ix_speaker_plays_warning_version", "speaker_plays", ["warning", "version"])


def downgrade() -> None:
    """Take back."""
    for table in ("speaker_plays", "speaker_jobs", "spoken_warnings", "speakers"):
        op.drop_table(table)
