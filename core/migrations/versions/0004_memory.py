"""Long-term memory: what the tutor keeps of a student."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("select 1")
