"""Accounts and classes in a real Postgres."""

import asyncio
import stat
from pathlib import Path

import pytest

from accounts.people import People, Person
from accounts.sign_in import SignIn
from core import db
from core.db import Pool
from core.errors import Conflict, Invalid, NotFound, Unauthenticated
from core.ports import Role, StudentId, UserId

PASSWORD = "correct horse"


async def rows(pool: Pool, statement: str) -> list[dict[str, object]]:
    async with db.connection(pool) as conn:
        return await (await conn.execute(statement.encode())).fetchall()


async def test_a_registered_person_is_a_student_with_a_normal_address(people: People) -> None:
    await people.register(email="  Ada.Lovelace@School.ORG ", name=" Ada  Lovelace ", password=PASSWORD)

    found = await people.find("ADA.LOVELACE@school.org")

    assert found is not None
    assert (found.email, found.name, found.role) == ("ada.lovelace@school.org", "Ada Lovelace", Role.STUDENT)
    assert await people.get(found.id) == found


async def test_registering_a_known_address_looks_the_same_and_changes_nothing(
    people: People, sign_in: SignIn, ada: Person
) -> None:
    known = await people.register(email="ADA@school.org", name="Mallory", password="another password")
    unknown = await people.register(email="new@school.org", name="Mallory", password="another password")

    assert known is unknown
    assert await people.find("ada@school.org") == ada
    assert (await sign_in.login(email="ada@school.org", password=PASSWORD, address="192.0.2.1")).principal.name == "Ada"


async def test_many_registering_one_address_at_once_make_one_account(pool: Pool, people: People) -> None:
    one = [people.register(email="Ada@school.org", name=f"Ada {n}", password=PASSWORD) for n in range(12)]

    await asyncio.gather(*one)

    assert len(await rows(pool, "select id from users")) == 1


async def test_adding_a_known_address_is_a_conflict(people: People, ada: Person) -> None:
    with pytest.raises(Conflict):
        await people.add_user(email="Ada@School.org", name="Ada", role=Role.ADMIN, password=PASSWORD)


NO_ADDRESSES = ("", "ada", "ada@", "@school.org", "a\0@school.org", "a\ud800@school.org", "a b@school.org")


@pytest.mark.parametrize("email", [*NO_ADDRESSES, "x" * 300 + "@a.org", "student@learnflow.example"])
async def test_what_is_no_address_is_refused(people: People, email: str) -> None:
    with pytest.raises(Invalid):
        await people.register(email=email, name="Ada", password=PASSWORD)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0b", "a\ud800", "a\x1b[31m", "a\u202eb"])
async def test_a_name_that_cannot_be_shown_is_refused(people: People, name: str) -> None:
    with pytest.raises(Invalid):
        await people.register(email="ada@school.org", name=name, password=PASSWORD)


async def test_only_hashes_of_passwords_are_kept(pool: Pool, people: People, ada: Person) -> None:
    await people.set_password(ada.id, "another password")

    (row,) = await rows(pool, "select u::text as everything, password_hash from users u")

    assert str(row["password_hash"]).startswith("$argon2id$")
    assert "another password" not in str(row["everything"])
    assert PASSWORD not in str(row["everything"])


@pytest.mark.parametrize("id_", ["", "nobody", "\0", "\ud800"])
async def test_nobody_is_not_found(people: People, id_: str) -> None:
    nobody = UserId(id_)

    for act in (people.get(nobody), people.disable(nobody), people.delete(nobody), people.set_role(nobody, Role.ADMIN)):
        with pytest.raises(NotFound):
            await act
    assert await people.find(id_) is None
    assert not (await people.teaches(nobody, StudentId("x")) if id_ in ("", "nobody") else False)


async def test_a_teacher_teaches_only_the_students_of_their_own_classes(people: People, ada: Person) -> None:
    teacher, other = [
        await people.add_user(email=f"t{n}@school.org", name="T", role=Role.TEACHER, password=PASSWORD) for n in (1, 2)
    ]
    mine, theirs = await people.create_class("7a"), await people.create_class("7b")
    for class_, person in ((mine, teacher), (mine, ada), (theirs, other), (mine, ada)):
        await people.enrol(class_.id, person.id)
    student = StudentId(ada.id)

    assert await people.teaches(teacher.id, student)
    assert not await people.teaches(other.id, student)
    assert not await people.teaches(ada.id, student)
    assert not await people.teaches(ada.id, StudentId(teacher.id))


async def test_who_no_longer_teaches_sees_no_student(people: People, ada: Person) -> None:
    class_ = await people.create_class("7a")
    teachers = [
        await people.add_user(email=f"t{n}@school.org", name="T", role=Role.TEACHER, password=PASSWORD) for n in (1, 2)
    ]
    for person in (ada, *teachers):
        await people.enrol(class_.id, person.id)

    await people.set_role(teachers[0].id, Role.STUDENT)
    await people.disable(teachers[1].id)

    for teacher in teachers:
        assert not await people.teaches(teacher.id, StudentId(ada.id))


async def test_enrolling_in_no_class_is_not_found(people: People, ada: Person) -> None:
    for class_id in ("none", "\0"):
        with pytest.raises(NotFound):
            await people.enrol(class_id, ada.id)


async def test_changes_of_rights_are_written_down(pool: Pool, people: People, ada: Person) -> None:
    await people.set_role(ada.id, Role.TEACHER)
    await people.disable(ada.id)
    await people.enable(ada.id)
    await people.set_password(ada.id, "another password")

    kinds = [row["kind"] for row in await rows(pool, "select kind from event_log order by id")]
    assert kinds == ["people.role", "people.disabled", "people.enabled", "people.password"]


async def test_deleting_a_person_leaves_no_row(pool: Pool, people: People, sign_in: SignIn, ada: Person) -> None:
    await people.enrol((await people.create_class("7a")).id, ada.id)
    await sign_in.login(email=ada.email, password=PASSWORD, address="192.0.2.1")
    await people.set_role(ada.id, Role.TEACHER)

    await people.delete(ada.id)

    for table in ("users", "class_members", "sign_ins", "refresh_tokens", "usage", "event_log"):
        assert await rows(pool, f"select 1 as one from {table}") == []


async def test_the_demo_is_made_once_however_often_and_by_how_many(
    pool: Pool, people: People, sign_in: SignIn, data_dir: Path
) -> None:
    made = await asyncio.gather(*(people.ensure_demo(data_dir) for _ in range(4)))
    again = await people.ensure_demo(data_dir)

    assert {demo.password for demo in made} == {again.password}
    assert len(await rows(pool, "select id from users")) == 2
    assert await people.teaches(again.teacher.id, StudentId(again.student.id))
    for person in (again.student, again.teacher):
        tokens = await sign_in.login(email=person.email, password=again.password, address="192.0.2.1")
        assert tokens.principal == person.as_principal()


async def test_two_data_folders_have_two_demo_passwords(people: People, sign_in: SignIn, tmp_path: Path) -> None:
    first = await people.ensure_demo(tmp_path / "a")
    second = await people.ensure_demo(tmp_path / "b")

    assert first.password != second.password
    assert stat.S_IMODE((tmp_path / "b" / "keys" / "demo.json").stat().st_mode) == 0o600
    with pytest.raises(Unauthenticated):
        await sign_in.login(email=first.student.email, password=first.password, address="192.0.2.1")


async def test_everybody_is_listed_with_their_classes(people: People, ada: Person) -> None:
    await people.enrol((await people.create_class("7a")).id, ada.id)

    assert await people.search() == [(ada, ["7a"])]
