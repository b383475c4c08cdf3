"""What people agree to, who agrees for the young, and who may look at whose conversations."""

from datetime import date
from typing import Any

import pytest

from accounts.people import People, Person
from accounts.privacy.open import Privacy
from accounts.sign_in import SignIn
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from core.ports import Principal, Role, Student, StudentId, UserId
from learning.trials.running import Experiments
from tests.integration.accounts.conftest import PASSWORD, Mailbox, MakePrivacy, code_in

WHY = "she asked me to look"


async def rows(pool: Pool, statement: str) -> list[dict[str, Any]]:
    async with db.connection(pool) as conn:
        return await (await conn.execute(statement.encode())).fetchall()


# --- consents ------------------------------------------------------------------------------------------------------


async def test_every_answer_is_kept_and_the_last_one_counts(make_privacy: MakePrivacy, ada: Person) -> None:
    consents = make_privacy().consents

    for given in (True, False):
        await consents.say(ada.id, "analytics", given)

    history = await consents.history(ada.id)
    assert [(one.purpose, one.version, one.given, one.by_whom) for one in history] == [
        ("analytics", "1", True, "self"), ("analytics", "1", False, "self"),
    ]  # fmt: skip
    assert not await consents.given(ada.id, "analytics")
    assert await consents.given(ada.id, "experiments")


async def test_a_school_may_need_to_be_told_yes(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada: Person
) -> None:
    consents = make_privacy(consent="opt_in").consents
    student = Student(id=StudentId(ada.id), name="Ada")
    experiments = Experiments(pool, clock, (), check_s=60.0, assumed=False)

    before = (await consents.given(ada.id, "experiments"), await experiments.takes_part(student))
    await consents.say(ada.id, "experiments", True)
    agreed = await experiments.takes_part(student)
    await consents.say(ada.id, "experiments", False)

    assert before == (False, False)
    assert agreed
    assert not await experiments.takes_part(student)


@pytest.mark.parametrize(("purpose", "version"), [("spam", None), ("guardian", None), ("analytics", "0")])
async def test_an_unknown_purpose_and_old_words_are_refused(
    make_privacy: MakePrivacy, ada: Person, purpose: str, version: str | None
) -> None:
    with pytest.raises(Invalid):
        await make_privacy().consents.say(ada.id, purpose, True, version=version)


async def test_nobody_consents_for_who_is_not_there(make_privacy: MakePrivacy) -> None:
    with pytest.raises(NotFound):
        await make_privacy().consents.say(UserId("nobody"), "analytics", True)


# --- guardians -----------------------------------------------------------------------------------------------------


async def young(people: People, privacy: Privacy, birth: date = date(2016, 5, 1)) -> Person:
    gate = privacy.guardians.gate("eve@school.org", birth, "mum@home.org")
    await people.register(email="eve@school.org", name="Eve", password=PASSWORD, gate=gate)
    privacy.guardians.ask("eve@school.org")
    person = await people.find("eve@school.org")
    assert person is not None
    return person


async def guardians_code(mailbox: Mailbox) -> str:
    (letter,) = [one for one in await mailbox.empty() if one["To"] == "mum@home.org"]
    return code_in(letter)


async def test_a_young_account_is_limited_until_a_guardian_agrees(
    pool: Pool, people: People, mailbox: Mailbox, make_privacy: MakePrivacy
) -> None:
    privacy = make_privacy(age_gate=13)
    eve = await young(people, privacy)
    with pytest.raises(Forbidden):
        await privacy.guardians.admit(eve.as_principal())
    consented = await privacy.consents.given(eve.id, "analytics")

    await privacy.guardians.answer(await guardians_code(mailbox), True)

    await privacy.guardians.admit(eve.as_principal())
    assert not consented
    assert [(one.purpose, one.by_whom) for one in await privacy.consents.history(eve.id)] == [("guardian", "guardian")]
    assert (await rows(pool, "select of_age_on from guardians"))[0]["of_age_on"] == date(2029, 5, 1)
    assert "2016" not in str(await rows(pool, "select u::text || g::text as t from users u, guardians g"))


@pytest.mark.parametrize("after_a_yes", [False, True])
async def test_a_guardians_no_erases_the_account(
    pool: Pool, people: People, mailbox: Mailbox, clock: FakeClock, make_privacy: MakePrivacy, after_a_yes: bool
) -> None:
    privacy = make_privacy(age_gate=13)
    eve = await young(people, privacy)
    code = await guardians_code(mailbox)
    if after_a_yes:
        await privacy.guardians.answer(code, True)
        clock.advance(100 * 86_400)

    await privacy.guardians.answer(code, False)
    with pytest.raises(Forbidden):
        await privacy.guardians.admit(eve.as_principal())
    await privacy.worker.run_due()

    assert await rows(pool, "select 1 as one from users") == []


async def test_without_an_answer_the_account_goes(
    pool: Pool, people: People, mailbox: Mailbox, clock: FakeClock, make_privacy: MakePrivacy
) -> None:
    privacy = make_privacy(age_gate=13, guardian_days=14)
    await young(people, privacy)
    code = await guardians_code(mailbox)
    clock.advance(15 * 86_400)

    with pytest.raises(Invalid):
        await privacy.guardians.answer(code, True)
    await privacy.worker.schedule()
    await privacy.worker.run_due()

    assert await rows(pool, "select 1 as one from users") == []


async def test_who_comes_of_age_needs_nobody(people: People, clock: FakeClock, make_privacy: MakePrivacy) -> None:
    privacy = make_privacy(age_gate=13)
    eve = await young(people, privacy, date(2013, 9, 5))
    limited = await privacy.guardians.limited(eve.id)

    clock.advance(5 * 86_400)

    assert limited
    assert not await privacy.guardians.limited(eve.id)


@pytest.mark.parametrize(
    ("birth", "guardian"),
    [
        (None, None), (date(2016, 5, 1), None), (date(2016, 5, 1), "no address"), (date(2016, 5, 1), "EVE@school.org"),
        (date(2030, 1, 1), "mum@home.org"), (date(1800, 1, 1), "mum@home.org"),
    ],
)  # fmt: skip
def test_an_age_and_a_guardian_are_needed(make_privacy: MakePrivacy, birth: date | None, guardian: str | None) -> None:
    with pytest.raises(Invalid):
        make_privacy(age_gate=13).guardians.gate("eve@school.org", birth, guardian)


@pytest.mark.parametrize(("age_gate", "birth"), [(0, None), (13, date(2013, 9, 1)), (13, date(2012, 2, 29))])
def test_who_is_old_enough_or_is_not_asked_enters_freely(
    make_privacy: MakePrivacy, age_gate: int, birth: date | None
) -> None:
    assert make_privacy(age_gate=age_gate).guardians.gate("eve@school.org", birth, None) is None


async def test_nobody_limits_somebody_elses_account_by_signing_up_with_its_address(
    pool: Pool, people: People, mailbox: Mailbox, make_privacy: MakePrivacy, ada: Person
) -> None:
    privacy = make_privacy(age_gate=13)
    gate = privacy.guardians.gate(ada.email, date(2020, 1, 1), "mum@home.org")

    await people.register(email=ada.email, name="Ada", password=PASSWORD, gate=gate)
    privacy.guardians.ask(ada.email)

    assert await rows(pool, "select 1 as one from guardians") == []
    assert {letter["To"] for letter in await mailbox.empty()} == {ada.email}


async def test_a_wrong_guardians_address_is_put_right_and_voids_the_letter_before(
    people: People, mailbox: Mailbox, make_privacy: MakePrivacy
) -> None:
    privacy = make_privacy(age_gate=13)
    eve = await young(people, privacy)
    first = await guardians_code(mailbox)

    await privacy.guardians.ask_another(eve.as_principal(), "dad@home.org")

    assert [letter["To"] for letter in await mailbox.empty()] == ["dad@home.org"]
    with pytest.raises(Invalid):
        await privacy.guardians.answer(first, True)
    with pytest.raises(Invalid):
        await privacy.guardians.ask_another(eve.as_principal(), "eve@school.org")


async def test_no_guardian_is_asked_for_who_needs_none(make_privacy: MakePrivacy, ada: Person) -> None:
    with pytest.raises(Conflict):
        await make_privacy(age_gate=13).guardians.ask_another(ada.as_principal(), "dad@home.org")


# --- who reads whom ------------------------------------------------------------------------------------------------


@pytest.fixture
async def tina(people: People, ada: Person) -> Principal:
    """Teaches Ada."""
    teacher = await people.add_user(email="tina@school.org", name="Tina", role=Role.TEACHER, password=PASSWORD)
    class_ = await people.create_class("7a")
    for person in (teacher, ada):
        await people.enrol(class_.id, person.id)
    return teacher.as_principal()


@pytest.fixture
async def otto(people: People) -> Principal:
    """Teaches others."""
    return (
        await people.add_user(email="otto@school.org", name="Otto", role=Role.TEACHER, password=PASSWORD)
    ).as_principal()


async def test_the_student_sees_who_looked_when_and_why(
    clock: FakeClock, make_privacy: MakePrivacy, ada: Person, tina: Principal
) -> None:
    readings, student = make_privacy().readings, StudentId(ada.id)
    await readings.note(tina, [student], "progress")
    await readings.note(tina, [student], "progress")
    clock.advance(3600)
    await readings.enter_conversations(tina, student, why=f"  {WHY} ")
    await readings.note(ada.as_principal(), [student], "progress")

    found, following = await readings.list_reads(student)

    assert [(one.reader, one.reader_role, one.what, one.why, one.times) for one in found] == [
        ("Tina", "teacher", "conversations", WHY, 1), ("Tina", "teacher", "progress", "", 2),
    ]  # fmt: skip
    assert following is None
    assert found[0].last_at == clock.now()


async def test_the_access_log_pages(make_privacy: MakePrivacy, ada: Person, tina: Principal) -> None:
    readings, student = make_privacy().readings, StudentId(ada.id)
    for what in "abcde":
        await readings.note(tina, [student], what)

    first, following = await readings.list_reads(student, limit=3)
    rest, end = await readings.list_reads(student, limit=3, before=following)

    assert ["".join(one.what for one in page) for page in (first, rest)] == ["edc", "ba"]
    assert end is None


async def test_only_own_students_conversations_are_read(
    pool: Pool, make_privacy: MakePrivacy, ada: Person, tina: Principal, otto: Principal
) -> None:
    readings = make_privacy().readings

    for reader, student in ((otto, ada.id), (ada.as_principal(), tina.id), (tina, "nobody"), (tina, "\0")):
        with pytest.raises(NotFound):
            await readings.enter_conversations(reader, StudentId(student), why=WHY)

    assert await rows(pool, "select 1 as one from student_reads") == []


async def test_an_admin_too_needs_a_reason(people: People, make_privacy: MakePrivacy, ada: Person) -> None:
    root = (await people.add_user(email="r@school.org", name="Root", role=Role.ADMIN, password=PASSWORD)).as_principal()
    readings = make_privacy().readings

    with pytest.raises(Invalid):
        await readings.enter_conversations(root, StudentId(ada.id))
    await readings.enter_conversations(root, StudentId(ada.id), why=WHY)

    assert (await readings.list_reads(StudentId(ada.id)))[0][0].reader_role == "admin"


async def test_a_school_allows_reading_never_or_with_an_alert_only(
    pool: Pool, make_privacy: MakePrivacy, ada: Person, tina: Principal
) -> None:
    student, values = StudentId(ada.id), {"ada": ada.id, "tina": tina.id}
    async with db.connection(pool) as conn:
        for who in ("ada", "tina"):
            await conn.execute(
                "insert into alerts (id, student_id, key, kind, severity, reason, advice, automatic, at) "
                f"values ('of-{who}', %({who})s, 'k', 'stuck', 'low', 'r', 'a', false, now())".encode(), values,
            )  # fmt: skip

    with pytest.raises(Forbidden):
        await make_privacy(conversations="never").readings.enter_conversations(tina, student, why=WHY, alert="of-ada")
    readings = make_privacy(conversations="alert").readings
    with pytest.raises(Invalid):
        await readings.enter_conversations(tina, student, why=WHY)
    with pytest.raises(NotFound):
        await readings.enter_conversations(tina, student, alert="of-tina")
    await readings.enter_conversations(tina, student, alert="of-ada")

    assert (await readings.list_reads(student))[0][0].alert_id == "of-ada"


async def test_who_opens_many_conversations_has_to_wait(
    clock: FakeClock, make_privacy: MakePrivacy, ada: Person, tina: Principal
) -> None:
    readings, student = make_privacy(conversations_per_hour=3).readings, StudentId(ada.id)
    for _ in range(3):
        await readings.enter_conversations(tina, student, why=WHY)

    with pytest.raises(RateLimited):
        await readings.enter_conversations(tina, student, why=WHY)
    clock.advance(3601)
    await readings.enter_conversations(tina, student, why=WHY)


async def test_who_has_left_is_still_told_of_without_a_name(
    people: People, sign_in: SignIn, make_privacy: MakePrivacy, ada: Person, tina: Principal
) -> None:
    privacy = make_privacy()
    await privacy.readings.enter_conversations(tina, StudentId(ada.id), why=WHY)

    await people.delete(tina.id)

    (seen,), _ = await privacy.readings.list_reads(StudentId(ada.id))
    assert (seen.reader, seen.reader_role, seen.why) == ("", "teacher", WHY)
