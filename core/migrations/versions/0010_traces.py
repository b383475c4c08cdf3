"""What the learner model keeps of answers, attempts set aside, what came of recommendations, and an item's days."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("""
    alter table submissions
        add column metrics jsonb not null default '{}',
        add column content_version text not null default '',
        -- the chance of a right answer that the model gave before it
        add column foreseen double precision check (foreseen between 0 and 1);
    -- every attempt counts the student's answers to its item, and a staff dashboard reads one item's answers by all
    create index submissions_of_item on submissions (item, recorded_at desc);
    create index submissions_time on submissions (recorded_at);

    -- running sums of what was answered; null or 0 where nothing was yet
    alter table learners add column trail double precision[];
    alter table progress add column trail double precision[];
    alter table item_stats
        add column answers bigint not null default 0,
        add column credit double precision not null default 0,
        add column surprise double precision not null default 0,
        add column place double precision not null default 0;
    alter table skill_stats
        add column answers bigint not null default 0,
        add column credit double precision not null default 0,
        add column surprise double precision not null default 0;
    -- answers at a skill by what the student's last three there had been
    create table skill_contexts (
        skill text not null,
        context smallint not null check (context between 0 and 14),
        answers bigint not null,
        credit double precision not null,
        primary key (skill, context)
    );

    -- attempts that could not be counted: the table has no rules of its own but sizes, so that it takes what is corrupt
    create table quarantined_attempts (
        id bigint generated always as identity primary key,
        student_id text not null references users on delete cascade,
        key text not null,
        field text not null,
        reason text not null,
        content jsonb not null,
        received_at timestamptz not null,
        seen integer not null default 1,
        status text not null default 'held' check (status in ('held', 'released', 'discarded')),
        settled_at timestamptz,
        check ((status = 'held') = (settled_at is null))
    );
    -- a client that sends the same thing again is counted, not kept twice
    create unique index quarantined_attempts_once on quarantined_attempts (student_id, key, field, md5(content::text));
    create index quarantined_attempts_held on quarantined_attempts (id) where status = 'held';

    -- one row for each thing that was recommended to a student and has not been settled, then what followed
    create table advice (
        id bigint generated always as identity primary key,
        student_id text not null references users on delete cascade,
        kind text not null check (kind in ('lesson', 'exercise', 'quiz', 'review', 'example')),
        topic text not null,
        item text not null,
        because text not null check (because in ('gap', 'goal', 'review', 'begun', 'new', 'peers')),
        skills text[] not null,
        level double precision not null check (level between 0 and 1),
        expected double precision not null,
        shown_at timestamptz not null,
        shown integer not null default 1,
        taken_at timestamptz,
        answers integer not null default 0,
        gained double precision,
        settled_at timestamptz
    );
    create unique index advice_open on advice (student_id, kind, topic, item) where settled_at is null;
    create index advice_student on advice (student_id, shown_at desc);
    create index advice_to_settle on advice (shown_at) where settled_at is null;

    -- what came of all settled ones, over everybody: only sums, nothing of a person
    create table advice_effects (
        kind text not null,
        topic text not null,
        shown bigint not null default 0,
        taken bigint not null default 0,
        gained double precision not null default 0,
        expected double precision not null default 0,
        primary key (kind, topic)
    );

    -- where those who struggled at a skill went next, and how many of them then had it; only groups that are large enough
    create table peer_steps (
        skill text not null,
        next text not null,
        struggled integer not null,
        went integer not null check (went >= 10),
        recovered integer not null check (recovered <= went),
        usual double precision not null,
        primary key (skill, next)
    );

    -- an item's days over all students, so that what the course's authors see need not read every attempt
    create table item_days (
        item text not null,
        day date not null,
        kind text not null,
        answers integer not null,
        correct integer not null,
        firsts integer not null,
        firsts_right integer not null,
        hints integer not null,
        failed_runs integer not null,
        primary key (item, day)
    );
    create index item_days_day on item_days (day);
    insert into item_days
    select item, (recorded_at at time zone 'UTC')::date, coalesce(max(kind) filter (where graded), max(kind)),
           count(*) filter (where graded), count(*) filter (where graded and correct),
           count(*) filter (where graded and n = 1), count(*) filter (where graded and n = 1 and correct),
           count(*) filter (where kind = 'hint'), count(*) filter (where kind = 'run' and not correct)
    from (
        select *, kind in ('exercise', 'quiz', 'maths') as graded,
               row_number() over (
                   partition by student_id, item, kind in ('exercise', 'quiz', 'maths') order by recorded_at, id
               ) as n
        from submissions
    ) numbered
    group by 1, 2;
    create index turns_created on turns (created_at);
    """)
