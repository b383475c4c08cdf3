"""What people, and those who pretend to be some, put into requests: none of it gets into a log, nor makes a line of its own."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from accounts.identities import Identities
from accounts.keys import Key
from accounts.letters import Letters
from accounts.oidc import Providers
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.profiles import Profiles
from accounts.recovery import Recovery
from accounts.replays import Replays
from accounts.second_factor import SecondFactor
from accounts.security import SecurityEvents, Watchman, watching
from accounts.sign_in import SignIn
from api.app import build_app
from core.clock import FakeClock
from core.db import Pool
from core.log import open_logging
from core.settings import AccountSettings, OidcProvider, TelemetrySettings
from tests.edge import Edge
from tests.integration.accounts.conftest import PASSWORD, Mailbox
from tests.integration.accounts.issuer import Issuer, issuing

CANARY = "canary-7f3a"
FORGED = f"{CANARY}\n2026-01-01 error accounts sign_in.reused user=forged\r\n\x1b[31m"


@pytest.fixture
async def issuer(clock: FakeClock) -> AsyncIterator[Issuer]:
    async with issuing(clock) as opened:
        yield opened


@pytest.fixture
async def app(
    pool: Pool,
    clock: FakeClock,
    passwords: Passwords,
    people: People,
    letters: Letters,
    recovery: Recovery,
    issuer: Issuer,
) -> AsyncIterator[Any]:
    settings = AccountSettings.model_validate({"canary_emails": [f"{CANARY}@school.org"]})
    trusted = OidcProvider(issuer=issuer.url, audiences=("our-app",), role_claim="role", roles={CANARY: "admin"})
    key, watchman = Key(b"k" * 32), Watchman(settings, clock, key=b"places")
    second = SecondFactor(pool, clock, key=Key(b"t" * 32), passwords=passwords, letters=letters)
    identities = Identities(pool, clock, people, Providers((trusted,), clock))
    sign_in = SignIn(pool, clock, settings, key=key, passwords=passwords, identities=identities, second=second, watchman=watchman)  # fmt: skip
    real: dict[str, Any] = {
        "sign_in": sign_in, "people": people, "recovery": recovery, "second": second, "watchman": watchman,
        "profiles": Profiles(pool, clock), "replays": Replays(pool, clock, key), "security": SecurityEvents(pool),
    }  # fmt: skip
    async with watching(watchman, pool, letters):
        yield build_app(replace(Edge().services(), **real), clock=clock)


async def test_nothing_that_somebody_sends_gets_into_the_logs(
    app: Any, ada: Person, issuer: Issuer, mailbox: Mailbox
) -> None:
    lines = io.StringIO()
    auth = "/api/v1/auth"
    with open_logging(TelemetrySettings(log_level="debug", log_json=True), lines):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as http:
            await http.post(f"{auth}/register", json={"email": f"{CANARY}@x.org", "name": CANARY, "password": FORGED})
            for email, password in ((FORGED, FORGED), (f"{CANARY}@school.org", CANARY), (ada.email, FORGED)):
                account = {"email": email, "password": password, "device": CANARY, "code": CANARY}
                await http.post(
                    f"{auth}/login", json=account, headers={"User-Agent": CANARY, "X-Forwarded-For": CANARY}
                )
            mine = (await http.post(f"{auth}/login", json={"email": ada.email, "password": PASSWORD})).json()
            own = {"Authorization": f"Bearer {mine['access_token']}"}
            forged = issuer.token(kid=FORGED, head={"jku": CANARY}, sub=CANARY)
            for token in (forged, issuer.token(role=CANARY, name=CANARY, email=f"{CANARY}@x.org", email_verified=True)):
                await http.post(f"{auth}/oidc", json={"token": token, "device": CANARY})
            for token in (CANARY, forged, f"{mine['access_token']}{CANARY}"):
                await http.get(f"{auth}/me", headers={"Authorization": f"Bearer {token}"})
            await http.post(f"{auth}/refresh", json={"refresh_token": CANARY})
            await http.post(f"{auth}/password/reset", json={"token": CANARY, "password": FORGED})
            await http.post(f"{auth}/totp", json={"password": FORGED}, headers=own)
            await http.post(f"{auth}/totp/confirm", json={"code": CANARY}, headers=own)
            await http.patch("/api/v1/profile", json={"goals": [CANARY, FORGED], CANARY: CANARY}, headers=own)
            await http.post("/api/v1/threads", json={"title": CANARY}, headers=own | {"Idempotency-Key": CANARY})
            await http.post(f"/api/v1/onboarding/{CANARY}", json={}, headers=own)
            for _ in range(12):
                await http.get(f"/api/v1/admin/people/{CANARY}?text={CANARY}", headers=own)
            await http.get(f"/{CANARY}/%0a{CANARY}?{CANARY}={CANARY}", headers={"traceparent": CANARY})
            await http.post(f"{auth}/login", content=FORGED.encode(), headers={"Content-Type": CANARY})
            await http.request(CANARY.upper(), "/health")
        await mailbox.empty()

    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert CANARY not in lines.getvalue().lower()
    assert {line["event"] for line in told} >= {"api.answered", "security.noticed"}
    assert not any(str(line.get("user", "")) == "forged" for line in told)
    assert PASSWORD not in lines.getvalue()
    assert mine["access_token"] not in lines.getvalue()
    assert ada.email not in lines.getvalue()
