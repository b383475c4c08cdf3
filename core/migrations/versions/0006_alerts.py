"""What teachers do about alerts, a numbered record of every change for those who watch, and a student's time zone."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
    alter table alerts
        add column assignee text references users on delete set null,
        add column snoozed_until timestamptz,
        add column helped boolean,
        add constraint alerts_helped_when_resolved check (helped is null or status = 'resolved'),
        add constraint alerts_snoozed_while_open check (snoozed_until is null or status <> 'resolved');
    create index alerts_snoozed on alerts (snoozed_until) where snoozed_until is not null;
    create index alerts_assignee on alerts (assignee) where assignee is not null;

    create table alert_notes (
        id bigint generated always as identity primary key,
        alert_id text not null references alerts on delete cascade,
        author_id text references users on delete set null,
        words text not null check (length(words) between 1 and 2000),
        at timestamptz not null
    );
    create index alert_notes_alert on alert_notes (alert_id, id);
    create index alert_notes_author on alert_notes (author_id);
    create function refuse_rewriting() returns trigger language plpgsql as $$
    begin
        raise exception 'notes are only ever added to';
    end $$;
    -- not the author, whose account may go
    create trigger alert_notes_append_only before update of alert_id, words, at on alert_notes
        for each row execute function refuse_rewriting();

    create table alert_changes (
        seq bigint generated always as identity primary key,
        alert_id text not null references alerts on delete cascade,
        what text not null check (what in ('raised', 'changed', 'returned', 'noted'))
    );
    create index alert_changes_alert on alert_changes (alert_id);

    -- Numbers are given at the very end of a transaction and one transaction after the other: who has seen number n will
    -- never find a smaller one committed later, as could happen with a plain sequence.
    create function log_alert_change() returns trigger language plpgsql as $$
    declare
        told text; what text := 'changed';
    begin
        if tg_table_name = 'alert_notes' then
            told := new.alert_id; what := 'noted';
        else
            told := new.id;
            if tg_op = 'INSERT' then
                what := 'raised';
            elsif old.snoozed_until is not null and new.snoozed_until is null and new.status = old.status then
                what := 'returned';
            end if;
        end if;
        perform pg_advisory_xact_lock(hashtext('alert_changes'));
        insert into alert_changes (alert_id, what) select id, what from alerts where id = told;
        return null;
    end $$;
    create constraint trigger alerts_changed after insert or update on alerts
        deferrable initially deferred for each row execute function log_alert_change();
    create constraint trigger alerts_noted after insert on alert_notes
        deferrable initially deferred for each row execute function log_alert_change();

    create view taught as
    select t.user_id as teacher_id, s.user_id as student_id, s.class_id
    from class_members t
    join class_members s on s.class_id = t.class_id and s.role = 'student'
    where t.role = 'teacher';

    create view alert_cards as
    select a.id, a.student_id, u.name as student_name, a.kind, a.severity, a.skill, a.reason, a.advice, a.evidence,
           a.status, a.at, a.assignee, a.snoozed_until, a.helped,
           (select count(*) from alert_notes n where n.alert_id = a.id) as notes
    from alerts a
    join users u on u.id = a.student_id;

    -- Days depend on where a student lives, and that may change: kept are quarters of an hour, since every time zone's
    -- offset is whole ones.
    alter table learners add column time_zone text;
    create table active_times (
        student_id text not null references users on delete cascade,
        at timestamptz not null,
        primary key (student_id, at)
    );
    insert into active_times
    select distinct student_id, date_bin('15 minutes', at, '2000-01-01Z') from submissions;
    drop table active_days;
    """)
