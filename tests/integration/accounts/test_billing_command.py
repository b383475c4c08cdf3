"""`learnflow billing` and the doctor's line, as an operator runs them."""

import asyncio
import json
import os
import sys
from pathlib import Path

from accounts.people import People, Person
from core.clock import FakeClock
from core.db import Pool
from tests.house.test_rooms import ROOT
from tests.integration.accounts.school import PLUS, PRICES, opened
from tests.integration.accounts.stripe_server import KEY, SECRET


async def learnflow(*words: str, url: str, data_dir: Path, **settings: str) -> tuple[int, str]:
    billing = {f"LEARNFLOW_BILLING__{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "DATABASE_URL": url, "LEARNFLOW_DATA_DIR": str(data_dir), "COLUMNS": "200", **billing}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *words, cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(90):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_without_a_key_it_says_so_and_compares_nothing(database_url: str, data_dir: Path) -> None:
    plans = await learnflow("billing", "plans", url=database_url, data_dir=data_dir)
    status = await learnflow("billing", "status", url=database_url, data_dir=data_dir)
    refused = await learnflow("billing", "reconcile", url=database_url, data_dir=data_dir)

    assert (plans[0], status[0], refused[0]) == (0, 0, 1)
    assert all("No payment provider is connected" in output for _, output in (plans, status, refused))
    assert "no limit" in plans[1]


async def test_an_operator_makes_good_what_was_never_told(
    pool: Pool, clock: FakeClock, people: People, ada: Person, database_url: str, data_dir: Path
) -> None:
    async with opened(pool, clock, people) as school:
        school.stripe.pay(await school.billing.checkout(ada.as_principal(), PLUS))
        settings = {
            "stripe_key": KEY,
            "webhook_secret": SECRET,
            "stripe_url": school.stripe.url,
            "prices": json.dumps(PRICES),
        }

        async def run(*words: str) -> tuple[int, str]:
            return await learnflow(*words, url=database_url, data_dir=data_dir, **settings)

        reconciled, status = await run("billing", "reconcile"), await run("billing", "status")
        replayed, unknown = await run("billing", "replay"), await run("billing", "replay", "evt_none")
        plan = await school.plan(ada)

    assert (reconciled[0], status[0], replayed[0], unknown[0]) == (0, 0, 0, 1)
    assert "1 subscriptions compared, 1 had changed" in reconciled[1]
    assert "plus trialing: 1" in status[1]
    assert "test mode" in status[1]
    assert KEY not in "".join(output for _, output in (reconciled, status, replayed, unknown))
    assert plan == "plus"
