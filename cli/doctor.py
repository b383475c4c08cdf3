"""Checks every dependency by using it, and says how to mend what does not work."""

import time
from collections.abc import Awaitable, Callable

from rich.console import Console

from core import db
from core.clock import SystemClock
from core.errors import LearnFlowError
from core.ports import Program
from core.settings import Settings

Check = Callable[[Settings], Awaitable[str]]


async def doctor(settings: Settings) -> bool:
    """Every check with its outcome; True when all is well."""
    console = Console()
    well = True
    for name, check, mend in _CHECKS:
        began = time.monotonic()
        try:
            found = await check(settings)
        except LearnFlowError as error:
            console.print(f"[red]✗ {name:<12}[/red] {error.message}\n  [dim]→ {mend}[/dim]", highlight=False)
            well = False
        except Exception as error:  # the doctor must come to the end of its list
            console.print(
                f"[red]✗ {name:<12}[/red] {type(error).__name__}: {error}\n  [dim]→ {mend}[/dim]", highlight=False
            )
            well = False
        else:
            took = f"[dim]{(time.monotonic() - began) * 1000:.0f} ms[/dim]"
            console.print(f"[green]✓ {name:<12}[/green] {found} {took}", highlight=False)
    return well


async def _database(settings: Settings) -> str:
    from server import find_database

    url = await find_database(settings)
    revision = await db.migrate(url)
    async with db.open_pool(url, settings.database) as pool, db.connection(pool) as conn:
        row = await (await conn.execute("select current_setting('server_version') as version")).fetchone()
        vector = await (await conn.execute("select 1 from pg_available_extensions where name = 'vector'")).fetchone()
    version = row["version"] if row else "?"
    return f"Postgres {version}, schema {revision}, {'with' if vector else 'without'} pgvector"


async def _course(settings: Settings) -> str:
    from knowledge.course import open_course

    async with open_course(settings.knowledge, settings.data_dir) as course:
        found = await course.search("What is a for loop?", k=1)
        return f"{len(course.list_topics())} topics; a question about loops finds “{found[0].title if found else 'nothing'}”"


async def _sandbox(settings: Settings) -> str:
    from sandbox.open import open_sandbox

    async with open_sandbox(settings.sandbox) as sandbox:
        result = await sandbox.run(Program(code="print(6 * 7)"))
        found = f"{sandbox.level}; a program printed {result.stdout.strip()}"
        if not sandbox.level.startswith("native, reduced"):
            return found
        from sandbox.native.reduced import FULL_WALLS

        return f"{found}\n  → {FULL_WALLS}"


async def _mathematics(settings: Settings) -> str:
    from cas.checker import open_mathematics

    async with open_mathematics() as mathematics:
        verdict = await mathematics.check("(x+1)^2", "x^2 + 2x + 1")
        return f"(x+1)² and x² + 2x + 1 are {verdict.verdict}"


async def _model(settings: Settings) -> str:
    from agents.models.open import open_models
    from agents.models.port import Prompt, Usage

    models = open_models(settings.model, settings.models, SystemClock())
    usage = Usage()
    prompt = Prompt(
        name="doctor", version="1", system="Answer with one word.", evidence="{}", student="Hello?", draft="Hello."
    )
    async for _ in models["default"].stream(prompt, usage, timeout_s=settings.models.timeout_s, tokens_max=20):
        pass
    failed = [call["outcome"] for call in usage.calls if call["outcome"] != "ok"]
    if failed:
        raise LearnFlowError(f"{settings.model} failed ({', '.join(failed)}); turns are phrased offline meanwhile")
    return "offline: phrasing needs no language model" if settings.model == "offline" else f"{settings.model} answers"


async def _payments(settings: Settings) -> str:
    from cli.billing import check

    return await check(settings)


_CHECKS: list[tuple[str, Check, str]] = [
    ("database", _database, "unset DATABASE_URL for the embedded server, or see that Postgres 15+ runs there"),
    ("course", _course, "run `learnflow index`; with a broken folder `learnflow index --rebuild`"),
    (
        "sandbox",
        _sandbox,
        "Linux needs user namespaces, or Landlock 3 (Linux 6.2) for reduced walls; on other systems start Docker and run `python -m sandbox.docker` once",
    ),
    ("mathematics", _mathematics, "reinstall with scripts/setup.sh: SymPy is part of the default install"),
    ("payments", _payments, "see docs/BILLING.md; without LEARNFLOW_BILLING__STRIPE_KEY everyone has the free plan"),
    ("model", _model, "check the key and address of the provider, or set LEARNFLOW_MODEL=offline"),
]
