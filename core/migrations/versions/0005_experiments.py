"""What students think of answers, and who met which variant of an experiment."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
    -- one opinion a turn, its student's last
    create table feedback (
        turn_id text primary key references turns on delete cascade,
        student_id text not null references users on delete cascade,
        verdict text not null check (verdict in ('up', 'down')),
        helped boolean,
        words text not null default '' check (length(words) <= 2000),
        given_at timestamptz not null,
        changed_at timestamptz not null
    );
    create index feedback_verdict on feedback (verdict, changed_at);
    create index feedback_student on feedback (student_id);

    -- Who belongs to which variant is worked out, never stored: this tells for whom it has made a difference, since when.
    -- `design` are the variants and weights at that moment, so that a later change of weights can be told apart.
    create table exposures (
        experiment text not null check (length(experiment) <= 64),
        student_id text not null references users on delete cascade,
        variant text not null check (length(variant) <= 64),
        design text not null check (length(design) <= 2000),
        turn_id text not null,
        at timestamptz not null,
        primary key (experiment, student_id, variant)
    );
    create index exposures_order on exposures (experiment, at);
    create index exposures_student on exposures (student_id);
    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception 'exposures are only ever added to';
    end $$;
    create trigger exposures_append_only before update on exposures for each row execute function refuse_change();

    create table experiment_stops (
        experiment text primary key check (length(experiment) <= 64),
        reason text not null,
        at timestamptz not null
    );
    create table experiment_opt_outs (
        student_id text primary key references users on delete cascade,
        at timestamptz not null
    );

    -- an outcome is read by student and time
    create index turns_student on turns (student_id, created_at);
    """)
