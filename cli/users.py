"""People, from the terminal, and how the terminal signs in as one of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table

from accounts.keys import open_key
from accounts.keys import rotate_key as rotate_secret
from accounts.passwords import Passwords
from accounts.people import People
from accounts.sign_in import SignIn
from cli.client import Client, answers, sign_in
from core import db
from core.clock import SystemClock
from core.errors import Invalid, Unavailable
from core.ports import Role
from core.settings import Settings


@asynccontextmanager
async def _open_people(settings: Settings) -> AsyncIterator[tuple[People, SignIn]]:
    from server import find_database

    url = await find_database(settings)
    await db.migrate(url)
    passwords = Passwords(hashes_at_once=1)
    async with db.open_pool(url, settings.database) as pool:
        clock = SystemClock()
        key = open_key(settings.accounts, settings.data_dir)
        yield People(pool, clock, passwords), SignIn(pool, clock, settings.accounts, key=key, passwords=passwords)


async def add(settings: Settings, *, email: str, name: str, role: str, school_class: str | None, password: str) -> None:
    """Raises Invalid for a role, address or password that will not do, Conflict for an address that has an account."""
    if role not in [*Role]:
        raise Invalid(f"there is no role {role!r}: choose one of {', '.join(Role)}")
    async with _open_people(settings) as (people, _):
        person = await people.add_user(email=email, name=name, role=Role(role), password=password)
        if school_class:
            found = await people.find_class(school_class) or await people.create_class(school_class)
            await people.enrol(found.id, person.id)
    Console().print(f"[green]✓[/green] {person.role} {person.email}", highlight=False)


async def show(settings: Settings) -> None:
    """A table of everybody."""
    table = Table("name", "e-mail", "role", "classes")
    async with _open_people(settings) as (people, _):
        for person, classes in await people.list_all():
            table.add_row(person.name, person.email, person.role, ", ".join(classes))
    Console().print(table)


async def access_token(settings: Settings, *, url: str | None, email: str | None, teacher: bool = False) -> str:
    """A token for the demo student (or teacher), or for `email`, whose password is asked for."""
    async with _open_people(settings) as (people, sign_ins):
        if email is None:
            demo = await people.ensure_demo(settings.data_dir)
            person, password = (demo.teacher if teacher else demo.student), demo.password
            if url is None:
                tokens = await sign_ins.login(email=person.email, password=password, address="127.0.0.1")
                return tokens.access
            email = person.email
        else:
            password = Prompt.ask(f"password of {email}", password=True, console=Console(stderr=True))
            if url is None:
                return (await sign_ins.login(email=email, password=password, address="127.0.0.1")).access
    return await sign_in(url, email, password)


async def print_token(settings: Settings, *, email: str | None) -> None:
    print(await access_token(settings, url=None, email=email))


def rotate_key(settings: Settings) -> None:
    """Raises Invalid when the secret is not in the data folder."""
    if settings.accounts.jwt_secret is not None:
        raise Invalid(
            "the secret comes from LEARNFLOW_ACCOUNTS__JWT_SECRET: put a new one there, the old one into "
            "LEARNFLOW_ACCOUNTS__JWT_SECRET_PREVIOUS, and restart the servers"
        )
    made = rotate_secret(settings.data_dir)
    Console().print(f"[green]✓[/green] new key {made.kid}; restart the servers", highlight=False)


def server_url(settings: Settings) -> str:
    """Where this checkout's server listens."""
    return f"http://{settings.api.host}:{settings.api.port}"


async def open_client(settings: Settings, *, url: str | None, email: str | None, teacher: bool = False) -> Client:
    """A client of a running server. Raises Unavailable when none answers."""
    where = url or server_url(settings)
    if not await answers(where):
        raise Unavailable(f"no LearnFlow answers at {where}: start one with `learnflow serve --demo` (or `make run`)")
    return Client(where, await access_token(settings, url=url, email=email, teacher=teacher))
