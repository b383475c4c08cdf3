"""People, from the terminal, and how the terminal signs in as one of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table

from accounts.journal import Journal
from accounts.keys import open_key
from accounts.keys import rotate_key as rotate_secret
from accounts.letters import Letters
from accounts.mail import open_postman
from accounts.passwords import Passwords
from accounts.people import OPERATOR, People, Person
from accounts.second_factor import SecondFactor, open_totp_key
from accounts.sign_in import SignIn
from cli.client import Client, answers, sign_in
from core import db
from core.clock import SystemClock
from core.errors import Invalid, NotFound, Unauthenticated, Unavailable
from core.ports import Role, UserId
from core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accounts:
    people: People
    sign_in: SignIn
    second: SecondFactor


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[_Accounts]:
    from server import find_database

    url = await find_database(settings)
    await db.migrate(url)
    passwords = Passwords(hashes_at_once=1)
    clock, key = SystemClock(), open_key(settings.accounts, settings.data_dir)
    sealing = open_totp_key(settings.accounts, settings.data_dir)
    async with (
        db.open_pool(url, settings.database) as pool,
        open_postman(settings.mail, settings.data_dir, clock, journal=Journal(pool, clock)) as postman,
    ):
        letters = Letters(pool, clock, settings.accounts, postman=postman, page_url=settings.mail.page_url)
        second = SecondFactor(pool, clock, key=sealing, passwords=passwords, letters=letters)
        sign_in = SignIn(pool, clock, settings.accounts, key=key, passwords=passwords, second=second)
        yield _Accounts(people=People(pool, clock, passwords), sign_in=sign_in, second=second)


async def _person(accounts: _Accounts, email: str) -> Person:
    """By address, or by id. Raises NotFound."""
    return await accounts.people.find(email) or await accounts.people.get(UserId(email))


async def add(settings: Settings, *, email: str, name: str, role: str, school_class: str | None, password: str) -> None:
    """Raises Invalid for a role, address or password that will not do, Conflict for an address that has an account."""
    chosen = _role(role)
    async with _open(settings) as accounts:
        people = accounts.people
        person = await people.add_user(email=email, name=name, role=chosen, password=password)
        if school_class:
            found = await people.find_class(school_class) or await people.create_class(school_class)
            await people.enrol(found.id, person.id)
    Console().print(f"[green]✓[/green] {person.role} {person.email}", highlight=False)


async def show(settings: Settings, *, text: str = "", role: str | None = None) -> None:
    """A table of everybody whose name or address holds `text`. Raises Invalid for a role that there is not."""
    wanted = _role(role) if role else None
    table = Table("name", "e-mail", "role", "classes", "")
    async with _open(settings) as accounts:
        after = ""
        while page := await accounts.people.search(text=text, role=wanted, limit=500, after=after):
            for person, classes in page:
                state = "disabled" if person.disabled else ""
                table.add_row(person.name, person.email, person.role, ", ".join(classes), state)
            after = page[-1][0].id
    Console().print(table)


async def show_one(settings: Settings, *, email: str) -> None:
    """One person. Raises NotFound."""
    async with _open(settings) as accounts:
        person = await _person(accounts, email)
        classes = await accounts.people.classes_of(person.id)
        enabled, codes = await accounts.second.state(person.as_principal())
        devices = await accounts.sign_in.devices(person.id)
    rows = {
        "id": person.id,
        "name": person.name,
        "e-mail": person.email,
        "role": person.role,
        "since": f"{person.created_at:%Y-%m-%d %H:%M} UTC",
        "may sign in": "no: disabled" if person.disabled else "yes",
        "classes": ", ".join(f"{one.name} ({part})" for one, part in classes) or "none",
        "second factor": f"on, {codes} recovery codes left" if enabled else "off",
        "devices": str(len(devices)),
    }
    console = Console(soft_wrap=True, highlight=False)
    for name, value in rows.items():
        console.print(f"  [bold]{name:<13}[/bold] {value}")


async def change_role(settings: Settings, *, email: str, role: str) -> None:
    """Raises NotFound, Invalid."""
    chosen = _role(role)
    async with _open(settings) as accounts:
        person = await accounts.people.set_role((await _person(accounts, email)).id, chosen)
    _done(f"{person.email} is {person.role} now; tokens that tell another role have stopped")


async def disable(settings: Settings, *, email: str) -> None:
    """Raises NotFound."""
    async with _open(settings) as accounts:
        person = await _person(accounts, email)
        await accounts.people.disable(person.id)
    _done(f"{person.email} is signed out everywhere and cannot sign in")


async def enable(settings: Settings, *, email: str) -> None:
    """Raises NotFound."""
    async with _open(settings) as accounts:
        person = await _person(accounts, email)
        await accounts.people.enable(person.id)
    _done(f"{person.email} can sign in again")


async def enrol(settings: Settings, *, email: str, school_class: str) -> None:
    """The class is made when it is new. Raises NotFound, Invalid."""
    async with _open(settings) as accounts:
        person, people = await _person(accounts, email), accounts.people
        found = await people.find_class(school_class) or await people.create_class(school_class)
        await people.enrol(found.id, person.id)
    _done(f"{person.email} is in {found.name}")


async def unenrol(settings: Settings, *, email: str, school_class: str) -> None:
    """Raises NotFound."""
    async with _open(settings) as accounts:
        person = await _person(accounts, email)
        theirs = [one for one, _ in await accounts.people.classes_of(person.id) if school_class in (one.name, one.id)]
        if not theirs:
            raise NotFound(f"{person.email} is in no class {school_class}")
        for one in theirs:
            await accounts.people.unenrol(one.id, person.id)
    _done(f"{person.email} is no longer in {school_class}")


async def reset_totp(settings: Settings, *, email: str) -> None:
    """Raises NotFound."""
    async with _open(settings) as accounts:
        person = await _person(accounts, email)
        await accounts.second.reset(person.id, by=OPERATOR)
    _done(f"{person.email} signs in without a second factor, and was told so")


async def sessions(settings: Settings, *, email: str, end: bool) -> None:
    """Their devices; with `end`, all of them signed out. Raises NotFound."""
    table = Table("device", "since (UTC)", "last used (UTC)", "id")
    async with _open(settings) as accounts:
        person = await _person(accounts, email)
        for device in await accounts.sign_in.devices(person.id):
            times = (f"{at:%Y-%m-%d %H:%M}" for at in (device.created_at, device.used_at))
            table.add_row(device.label, *times, device.id)
        ended = await accounts.people.end_sign_ins(person.id) if end else 0
    Console().print(table)
    if end:
        _done(f"{ended} devices of {person.email} are signed out")


def _role(name: str) -> Role:
    if name not in [*Role]:
        raise Invalid(f"there is no role {name!r}: choose one of {', '.join(Role)}")
    return Role(name)


def _done(words: str) -> None:
    Console(soft_wrap=True).print(f"[green]✓[/green] {words}", highlight=False)


async def access_token(settings: Settings, *, url: str | None, email: str | None, teacher: bool = False) -> str:
    """A token for the demo student (or teacher), or for `email`, whose password is asked for."""
    async with _open(settings) as accounts:
        people, sign_ins = accounts.people, accounts.sign_in
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
                return await _with_second_step(sign_ins, email, password)
    return await sign_in(url, email, password)


async def _with_second_step(sign_ins: SignIn, email: str, password: str) -> str:
    try:
        return (await sign_ins.login(email=email, password=password, address="127.0.0.1")).access
    except Unauthenticated as error:
        if error.facts.get("reason") != "code_needed":
            raise
    code = Prompt.ask("code of your authenticator app", password=True, console=Console(stderr=True))
    return (await sign_ins.login(email=email, password=password, address="127.0.0.1", code=code)).access


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
