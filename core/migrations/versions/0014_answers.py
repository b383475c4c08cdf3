"""First and wrong answers by student and item, an item's usual pace, and nights on which records were gone over."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("""
    -- a student's first graded answer to each item, so that a class's items need not be looked for in every attempt
    create table first_answers (
        student_id text not null references users on delete cascade,
        item text not null,
        at timestamptz not null,
        correct boolean not null,
        primary key (student_id, item) include (at, correct)
    );
    insert into first_answers (student_id, item, at, correct)
    select distinct on (student_id, item) student_id, item, at, correct
    from submissions
    where kind in ('exercise', 'quiz', 'maths')
    order by student_id, item, at, id;

    -- each wrong answer of a student to an item once, and when it was last given; of a program the kind of error,
    -- for no two programs are alike
    create table wrong_answers (
        student_id text not null references users on delete cascade,
        item text not null,
        answer text not null check (length(answer) between 1 and 200),
        at timestamptz not null,
        primary key (student_id, item, answer) include (at)
    );
    insert into wrong_answers (student_id, item, answer, at)
    select student_id, item, answer, max(at)
    from (
        select student_id, item, at,
               left(btrim(case when kind = 'exercise' then error else coalesce(nullif(answer, ''), error) end), 200) as answer
        from submissions
        where kind in ('exercise', 'quiz', 'maths') and not correct
    ) wrong
    where answer <> ''
    group by student_id, item, answer;

    -- how long answers to an item take: sums of the logarithm of seconds, each held within bounds, so that who went for
    -- lunch moves nothing; and of an attempt, how far its own was above what was usual then, null where that is unknown
    alter table item_stats
        add column timed bigint not null default 0,
        add column log_s double precision not null default 0;
    alter table submissions add column pace double precision;
    update item_stats i
    set timed = t.timed, log_s = t.log_s
    from (
        select item, count(*) as timed, sum(ln(duration_s)) as log_s
        from submissions
        where kind in ('exercise', 'quiz', 'maths') and duration_s between 2 and 1800
        group by item
    ) t
    where t.item = i.item;

    -- a row: one server took this night's work on the records
    create table learning_nights (day date primary key, at timestamptz not null);
    """)
