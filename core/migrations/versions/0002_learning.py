"""The school's records: courses, attempts, progress, alerts."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
    create table modules (
        id text primary key,
        title text not null,
        subject text not null check (subject in ('python', 'maths')),
        position integer not null,
        active boolean not null default true,
        updated_at timestamptz not null default now()
    );

    create table topics (
        id text primary key,
        module_id text not null references modules,
        subject text not null check (subject in ('python', 'maths')),
        title text not null,
        summary text not null,
        objectives text[] not null,
        skills text[] not null,
        prerequisites text[] not null,
        position integer not null,
        active boolean not null default true,
        updated_at timestamptz not null default now()
    );
    create index topics_module on topics (module_id, position);

    create table exercises (
        id text primary key,
        topic_id text not null references topics,
        subject text not null check (subject in ('python', 'maths')),
        title text not null,
        statement text not null,
        skills text[] not null,
        difficulty smallint not null check (difficulty between 1 and 3),
        active boolean not null default true,
        updated_at timestamptz not null default now()
    );
    create index exercises_topic on exercises (topic_id);

    create table quizzes (
        id text primary key,
        topic_id text not null references topics,
        prompt text not null,
        options jsonb not null,
        skill text not null,
        position integer not null,
        active boolean not null default true,
        updated_at timestamptz not null default now()
    );
    create index quizzes_topic on quizzes (topic_id, position);

    -- one row a student: the totals, the general ability, and the lock that orders a student's attempts
    create table learners (
        student_id text primary key references users on delete cascade,
        attempts integer not null default 0,
        solved integer not null default 0,
        ability_mean double precision not null default 0,
        ability_variance double precision,
        last_at timestamptz
    );

    create table active_days (
        student_id text not null references users on delete cascade,
        day date not null,
        primary key (student_id, day)
    );

    create table submissions (
        id bigint generated always as identity primary key,
        student_id text not null references users on delete cascade,
        key text not null,
        kind text not null check (kind in ('exercise', 'quiz', 'maths', 'hint', 'run')),
        item text not null,
        skills text[] not null,
        correct boolean not null,
        score double precision not null check (score between 0 and 1),
        at timestamptz not null,
        recorded_at timestamptz not null,
        duration_s double precision check (duration_s >= 0),
        hints integer not null check (hints >= 0),
        answer text not null,
        error text not null,
        detail jsonb not null,
        changes jsonb not null default '[]',
        alerts text[] not null default '{}',
        unique (student_id, key)
    );
    create index submissions_student on submissions (student_id, at desc, id desc);
    create index submissions_item on submissions (student_id, item, at desc);
    create index submissions_recorded on submissions (student_id, recorded_at desc);

    create table progress (
        student_id text not null references users on delete cascade,
        skill text not null,
        mean double precision not null,
        variance double precision not null check (variance > 0),
        spread double precision not null check (spread > 0),
        level double precision not null check (level > 0 and level < 1),
        attempts integer not null,
        correct integer not null,
        at timestamptz not null,
        primary key (student_id, skill)
    );

    create table skill_stats (
        skill text primary key,
        mean double precision not null,
        variance double precision not null check (variance > 0)
    );

    create table item_stats (
        item text primary key,
        mean double precision not null,
        variance double precision not null check (variance > 0)
    );

    create table alerts (
        id text primary key,
        student_id text not null references users on delete cascade,
        key text not null,
        kind text not null,
        severity text not null check (severity in ('low', 'medium', 'high')),
        skill text,
        reason text not null,
        advice text not null,
        evidence jsonb not null default '{}',
        automatic boolean not null,
        status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
        at timestamptz not null,
        resolved_at timestamptz,
        resolved_by text references users on delete set null,
        unique (student_id, key)
    );
    -- what the detector sees is told once while it lasts; what a person or an agent raises is never swallowed
    create unique index alerts_one_open on alerts (student_id, kind, coalesce(skill, ''))
        where automatic and status <> 'resolved';
    create index alerts_recent on alerts (at desc, id desc);
    create index alerts_student on alerts (student_id, at desc);

    create view user_progress_summary as
    select u.id as student_id, u.name,
           coalesce(l.attempts, 0) as attempts,
           coalesce(l.solved, 0) as solved,
           coalesce(p.skills, 0) as skills,
           coalesce(p.mastered, 0) as skills_mastered,
           p.mean_level, l.last_at
    from users u
    left join learners l on l.student_id = u.id
    left join lateral (
        select count(*) as skills, avg(level) as mean_level,
               count(*) filter (where level >= 0.8 and attempts >= 3) as mastered
        from progress where student_id = u.id
    ) p on true
    where u.role = 'student';

    create view struggling_students as
    select u.id as student_id, u.name, a.open_alerts, a.severity, a.since,
           w.skill as weakest_skill, w.level as weakest_level
    from users u
    join lateral (
        select count(*) as open_alerts, min(at) as since,
               (array['low', 'medium', 'high'])[
                   max(case severity when 'high' then 3 when 'medium' then 2 else 1 end)] as severity
        from alerts where student_id = u.id and status <> 'resolved'
    ) a on a.open_alerts > 0
    left join lateral (
        select skill, level from progress where student_id = u.id and attempts >= 3 order by level, skill limit 1
    ) w on true
    where u.role = 'student';
    """)
