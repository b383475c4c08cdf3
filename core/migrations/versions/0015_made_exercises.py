"""Exercises that a language model made and the sandbox accepted, beside the course and never in it."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("""
    create table made_exercises (
        id text primary key check (length(id) between 1 and 64),
        topic text not null,
        difficulty smallint not null check (difficulty between 1 and 3),
        content jsonb not null,
        measured jsonb not null,
        content_version text not null,
        model text not null,
        prompt text not null,
        made_at timestamptz not null,
        withdrawn_at timestamptz,
        withdrawn_because text not null default '' check (length(withdrawn_because) <= 500)
    );
    create index made_exercises_topic on made_exercises (topic, made_at);
    """)
