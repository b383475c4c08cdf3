"""People who have left traces in every table there is, and words by which to find them again."""

from dataclasses import dataclass
from pathlib import Path

from accounts.people import People, Person
from accounts.sign_in import SignIn
from core import db
from core.db import Pool
from core.ports import Role
from tests.integration.accounts.conftest import PASSWORD

_LIFE = """
insert into threads (id, student_id, title, summary) values ('th-' || %(id)s, %(id)s, %(canary)s, %(canary)s);
insert into turns (id, thread_id, student_id, seq, status, ask, answer, created_at)
    values ('tu-' || %(id)s, 'th-' || %(id)s, %(id)s, 1, 'done', jsonb_build_object('message', %(canary)s::text),
            jsonb_build_object('reply', %(canary)s::text), %(at)s);
insert into checkpoints (thread_id, fence, checkpoint_id, kind, body, writes)
    values ('th-' || %(id)s, 1, 'c', 'k', convert_to(%(canary)s, 'UTF8'), array[convert_to(%(canary)s, 'UTF8')]);
insert into community_entries (id, post_id, depth, author_id, asked_by, turn_id, title, body, tags, created_at)
    values (md5(%(id)s), md5(%(id)s), 0, %(id)s, %(id)s, 'tu-' || %(id)s, %(canary)s, %(canary)s, array[%(canary)s], %(at)s);
insert into community_likes values (md5(%(id)s), %(id)s, %(at)s);
insert into community_views values (md5(%(id)s), %(id)s, %(at)s);
insert into community_reports (id, entry_id, reporter_id, reason, words, at)
    values (md5(%(id)s), md5(%(id)s), %(id)s, 'other', %(canary)s, %(at)s);
insert into community_questions (post_id, asked_by, turn_id, asked_at)
    values (md5(%(id)s), %(id)s, 'tu-' || %(id)s, %(at)s);
insert into memory_reflections (turn_id, student_id, asked_at, due_at, batch, done_at, outcome)
    values ('tu-' || %(id)s, %(id)s, %(at)s, %(at)s, 'b-' || %(id)s, %(at)s, 'kept 1');
insert into memory_reflection_calls values ('b-' || %(id)s, %(id)s, %(at)s);
insert into memory_forgotten values (%(id)s, 'x', 'goal', array['tu-' || %(id)s], %(at)s);
insert into achievements (student_id, kind, at, evidence)
    values (%(id)s, 'first_solved', %(at)s, jsonb_build_object('item', %(canary)s::text));
insert into feedback (turn_id, student_id, verdict, words, given_at, changed_at)
    values ('tu-' || %(id)s, %(id)s, 'up', %(canary)s, %(at)s, %(at)s);
insert into store (prefix, key, value) values ('memories.' || %(id)s, 'k', jsonb_build_object('content', %(canary)s::text));
insert into store_vectors (prefix, key, field_name, embedding)
    values ('memories.' || %(id)s, 'k', 'content', array_fill(0.5, array[384])::vector);
insert into submissions (student_id, key, kind, item, skills, correct, score, at, recorded_at, hints, answer, error, detail)
    values (%(id)s, 'k', 'exercise', 'python.loops', '{loops}', true, 1, %(at)s, %(at)s, 0, %(canary)s, '', '{}');
insert into first_answers (student_id, item, at, correct) values (%(id)s, 'python.loops', %(at)s, true);
insert into wrong_answers (student_id, item, answer, at) values (%(id)s, 'python.loops', %(canary)s, %(at)s);
insert into progress values (%(id)s, 'loops', 0, 1, 1, 0.5, 1, 1, %(at)s);
insert into active_times values (%(id)s, %(at)s);
insert into learners (student_id) values (%(id)s);
insert into exposures values ('e', %(id)s, 'v', 'd', 'tu-' || %(id)s, %(at)s);
insert into experiment_opt_outs values (%(id)s, %(at)s);
insert into usage values (%(id)s, 'turns', 'tu-' || %(id)s, 1, %(at)s);
insert into billing_customers (user_id, id, created_at) values (%(id)s, 'cus-' || %(id)s, %(at)s);
insert into billing_subscriptions (id, user_id, plan, price, interval, seats, status, created_at, asked)
    values ('sub-' || %(id)s, %(id)s, 'plus', 'p', 'month', 1, 'canceled', %(at)s, 1);
insert into billing_seats values (%(id)s, %(id)s, %(at)s);
insert into billing_packs (id, user_id, pack, meter, units, at) values ('pi-' || %(id)s, %(id)s, 'p', 'turns', 5, %(at)s);
insert into billing_events (id, kind, customer_id, created_at, received_at, payload)
    values ('ev-' || %(id)s, 'x', 'cus-' || %(id)s, %(at)s, %(at)s, %(canary)s);
insert into identities (issuer, subject, user_id, created_at) values ('https://id.example', %(id)s, %(id)s, %(at)s);
insert into stopped (what, id) values ('person', %(id)s) on conflict do nothing;
insert into totp (user_id, secret, created_at) values (%(id)s, 'x', %(at)s);
insert into recovery_codes values (%(id)s, 'x');
insert into replays (user_id, key, fingerprint, body, at) values (%(id)s, 'k', 'x', convert_to(%(canary)s, 'UTF8'), %(at)s);
insert into security_events (at, kind, person) values (%(at)s, 'brute_force', %(id)s);
insert into letters_waiting values ('le-' || %(id)s, 'reset', %(email)s, jsonb_build_object('name', %(canary)s::text), %(at)s, %(at)s);
insert into profiles (user_id, goals, updated_at) values (%(id)s, array[%(canary)s::text], %(at)s);
insert into onboarding values (%(id)s, 'profile', false, %(at)s);
insert into quarantined_attempts (student_id, key, field, reason, content, received_at)
    values (%(id)s, 'k', 'at', 'none', jsonb_build_object('answer', %(canary)s::text), %(at)s);
insert into advice (student_id, kind, topic, item, because, skills, level, expected, shown_at)
    values (%(id)s, 'lesson', 't', 't', 'new', '{}', 0.5, 0.1, %(at)s);
insert into notification_boxes (user_id) values (%(id)s);
insert into notifications (user_id, seq, key, kind, urgent, title, body, at)
    values (%(id)s, 1, 'k', 'announcement', false, 't', %(canary)s, %(at)s);
insert into notification_subscriptions (id, user_id, channel, kinds, url, created_at)
    values ('ns-' || %(id)s, %(id)s, 'webhook', '{}', %(canary)s, %(at)s);
insert into notification_deliveries (id, user_id, seq, subscription_id, channel, due_at)
    values ('nd-' || %(id)s, %(id)s, 1, 'ns-' || %(id)s, 'webhook', '2099-01-01');
insert into memory_pauses values (%(id)s, %(at)s);
insert into quiz_sittings (id, student_id, kind, topics, questions, started_at)
    values ('qs-' || %(id)s, %(id)s, 'quiz', '{}', 1, %(at)s);
insert into quiz_questions (sitting_id, position, topic, question, asked_at) values ('qs-' || %(id)s, 1, 't', 'q', %(at)s);
insert into event_log (kind, student_id, subject_id, facts) values ('x', %(id)s, %(id)s, jsonb_build_object('w', %(canary)s::text));
insert into alerts (id, student_id, key, kind, severity, reason, advice, evidence, automatic, at)
    values ('al-' || %(id)s, %(id)s, 'k', 'stuck', 'low', %(canary)s, 'a', '{}', true, %(at)s);
insert into alert_notes (alert_id, words, at) values ('al-' || %(id)s, %(canary)s, %(at)s);
insert into mail_tokens values (sha256(convert_to(%(id)s, 'UTF8')), %(id)s, 'reset', %(at)s, %(at)s);
insert into consents (user_id, purpose, version, given, by_whom, at) values (%(id)s, 'analytics', '1', true, 'self', %(at)s);
insert into guardians (user_id, of_age_on, email, first_asked_at, asked_at, confirmed_at)
    values (%(id)s, '2030-01-01', 'guardian.' || %(email)s, %(at)s, %(at)s, %(at)s);
insert into student_reads (student_id, reader_role, what, why, hour, last_at)
    values (%(id)s, 'teacher', 'conversations', %(canary)s, %(at)s, %(at)s);
insert into privacy_jobs (id, kind, user_id, asked_by, status, asked_at, due_at, finished_at)
    values ('ex-' || %(id)s, 'export', %(id)s, 'self', 'done', %(at)s, %(at)s, %(at)s);
insert into export_parts values ('ex-' || %(id)s, 0, convert_to(%(canary)s, 'UTF8'));
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    person: Person
    canary: str

    @property
    def words(self) -> list[str]:
        return [self.person.id, self.person.email, self.person.name, self.canary]


async def lead_a_life(
    pool: Pool, people: People, sign_in: SignIn, outbox: Path, name: str, role: Role = Role.STUDENT
) -> Life:
    """A row of theirs in every table that is about people, and a letter in the outbox."""
    email, canary = f"{name}@school.org", f"canary of {name}"
    person = await people.add_user(email=email, name=f"{name.title()} Person", role=role, password=PASSWORD)
    await people.enrol((await people.create_class("7a")).id, person.id)
    await sign_in.login(email=email, password=PASSWORD, address="192.0.2.1")
    values = {"id": person.id, "email": email, "canary": canary, "at": "2026-08-10T10:00:00Z"}
    async with db.transaction(pool) as conn:
        for statement in _LIFE.split(";\n"):
            await conn.execute(statement.encode(), values)
    _post(outbox / f"{name}.eml", f"To: {name.title()} <{email.upper()}>\nSubject: x\n\n{canary}\n")
    return Life(person=person, canary=canary)


def _post(path: Path, letter: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(letter)
