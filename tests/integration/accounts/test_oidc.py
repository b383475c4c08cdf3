"""Tokens of other providers: whom they let in, and every forgery that they do not, against a real issuer on a socket."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization

from accounts.identities import Identities
from accounts.jwks import AGAIN_S, FRESH_S, STALE_S, ProviderUnavailable, checked_url, usable
from accounts.keys import Key
from accounts.oidc import SKEW_S, Claimed, Providers
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.sign_in import SignIn
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from core.ports import Role
from core.settings import AccountSettings, OidcProvider
from tests.integration.accounts.issuer import EC_KEY, RSA_KEYS, WEAK_KEY, Issuer, issuing, jwk

Trust = Callable[..., Providers]


@pytest.fixture
async def issuer(clock: FakeClock) -> AsyncIterator[Issuer]:
    async with issuing(clock) as opened:
        yield opened


@pytest.fixture
def trust(issuer: Issuer, clock: FakeClock) -> Trust:
    def build(**changes: Any) -> Providers:
        return Providers((provider(issuer, **changes),), clock)

    return build


def provider(issuer: Issuer, **changes: Any) -> OidcProvider:
    return OidcProvider.model_validate({"issuer": issuer.url, "audiences": ["our-app"], **changes})


async def refusal(providers: Providers, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await providers.read(token)
    return str(refused.value.facts["reason"])


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_an_honest_token_tells_who_it_is(issuer: Issuer, trust: Trust) -> None:
    found = await trust().read(issuer.token(email="grace@school.org", email_verified=True))

    assert (found.subject, found.name, found.email, found.role) == ("subject-1", "Grace", "grace@school.org", None)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_elliptic_keys_work_too(issuer: Issuer, trust: Trust) -> None:
    assert (await trust().read(issuer.token(key=EC_KEY, alg="ES256", kid="ec-1"))).subject == "subject-1"


async def test_an_address_that_the_provider_did_not_prove_is_not_taken(issuer: Issuer, trust: Trust) -> None:
    for unproved in (False, ..., "yes", 1):
        assert (await trust().read(issuer.token(email="a@school.org", email_verified=unproved))).email == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "another-app"}, "audience"),
        ({"aud": ...}, "audience"),
        ({"aud": ["our-app", "another-app"]}, "audience"),
        ({"aud": 7}, None),
        ({"exp": 0}, "expired"),
        ({"exp": ...}, "claims"),
        ({"exp": "soon"}, "claims"),
        ({"nbf": 4_000_000_000}, "future"),
        ({"iat": 4_000_000_000}, "future"),
        ({"auth_time": 4_000_000_000}, "future"),
        ({"iss": "https://elsewhere.example"}, "issuer"),
        ({"iss": ["x"]}, None),
        ({"sub": ...}, "claims"),
        ({"sub": ""}, "claims"),
        ({"sub": "x" * 256}, "claims"),
        ({"sub": "a\nb"}, "claims"),
    ],
)
async def test_claims_that_are_not_for_us_are_refused(
    changes: dict[str, Any], reason: str | None, issuer: Issuer, trust: Trust
) -> None:
    try:
        token = issuer.token(**changes)
    except TypeError:  # the library will not sign such nonsense: by hand then
        head = _part({"alg": "RS256", "kid": "rsa-1"}) + "." + _part(issuer.claims(**changes))
        algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
        signed = algorithm.sign(head.encode(), RSA_KEYS["rsa-1"])
        token = head + "." + base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    found = await refusal(trust(), token)

    assert reason in (None, found)


async def test_several_audiences_need_the_one_it_was_issued_to(issuer: Issuer, trust: Trust) -> None:
    token = issuer.token(aud=["our-app", "another-app"], azp="our-app")

    assert (await trust().read(token)).subject == "subject-1"


async def test_two_clocks_may_differ_a_little_and_no_more(issuer: Issuer, trust: Trust, clock: FakeClock) -> None:
    now = int(clock.now().timestamp())

    await trust().read(issuer.token(exp=now - SKEW_S + 5, iat=now - 100))
    await trust().read(issuer.token(nbf=now + SKEW_S - 5))
    assert await refusal(trust(), issuer.token(exp=now - SKEW_S)) == "expired"
    assert await refusal(trust(), issuer.token(nbf=now + SKEW_S + 5)) == "future"


async def test_an_unsigned_token_is_none(issuer: Issuer, trust: Trust) -> None:
    for algorithm in ("none", "None", "NONE", ""):
        forged = f"{_part({'alg': algorithm, 'kid': 'rsa-1'})}.{_part(issuer.claims())}."
        assert await refusal(trust(), forged) == "header"


async def test_a_public_key_is_no_secret_to_sign_with(issuer: Issuer, trust: Trust) -> None:
    """The swap of RS256 for HS256: the public key, which everybody has, as the shared secret."""
    import hashlib
    import hmac

    for encoding, form in (
        (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
    ):
        known = RSA_KEYS["rsa-1"].public_key().public_bytes(encoding, form)
        signed = _part({"alg": "HS256", "kid": "rsa-1"}) + "." + _part(issuer.claims())
        mac = base64.urlsafe_b64encode(hmac.digest(known, signed.encode(), hashlib.sha256)).rstrip(b"=").decode()
        assert await refusal(trust(), f"{signed}.{mac}") == "header"


async def test_a_key_is_used_for_its_own_algorithm_only(issuer: Issuer, trust: Trust) -> None:
    both = trust(algorithms=["RS256", "RS512", "ES256"])

    assert await refusal(both, issuer.token(alg="RS512")) == "key"  # the key itself says RS256
    assert await refusal(both, issuer.token(key=EC_KEY, alg="ES256", kid="rsa-1")) == "key"
    assert await refusal(both, issuer.token(kid="ec-1")) == "key"


async def test_another_keys_signature_is_found_out(issuer: Issuer, trust: Trust) -> None:
    forged = issuer.token(key=RSA_KEYS["rsa-2"])
    head, claims, signature = issuer.token().split(".")
    changed = f"{head}.{_part(issuer.claims(sub='root'))}.{signature}"

    assert await refusal(trust(), forged) == "signature"
    assert await refusal(trust(), changed) == "signature"
    assert await refusal(trust(), f"{head}.{claims}.") == "signature"


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' or 1=1 --", "rsa-1\x00", "", " 0", "x" * 3000, "https://elsewhere.example/keys"]
)
async def test_a_key_id_is_only_looked_up(kid: str, issuer: Issuer, trust: Trust) -> None:
    assert await refusal(trust(), issuer.token(kid=kid)) == "key"
    assert set(issuer.asked) == {"/.well-known/openid-configuration", "/keys"}


async def test_a_key_id_that_is_no_text_is_refused(issuer: Issuer, trust: Trust) -> None:
    for kid in (7, ["rsa-1"], {"a": 1}, True):
        forged = f"{_part({'alg': 'RS256', 'kid': kid})}.{_part(issuer.claims())}.AAAA"
        assert await refusal(trust(), forged) == "header"


async def test_a_token_cannot_bring_its_own_key(clock: FakeClock, issuer: Issuer, trust: Trust) -> None:
    """`jku`, `x5u` and `jwk` in a head lead nowhere: neither is anything fetched, nor is the key inside believed."""
    thief = RSA_KEYS["rsa-2"]
    async with issuing(clock) as elsewhere:
        elsewhere.keys = [jwk("rsa-1", thief)]
        for head in (
            {"jku": f"{elsewhere.url}/keys"},
            {"x5u": f"{elsewhere.url}/keys"},
            {"jwk": jwk("rsa-1", thief)},
            {"x5c": ["MIIB"]},
        ):
            assert await refusal(trust(), issuer.token(key=thief, head=head)) == "signature"
            assert await refusal(trust(), issuer.token(key=thief, head=head, kid="thief")) == "key"

    assert elsewhere.asked == []


async def test_a_demanded_extension_that_we_do_not_know_is_refused(issuer: Issuer, trust: Trust) -> None:
    assert await refusal(trust(), issuer.token(head={"crit": ["exp"]})) == "header"
    assert await refusal(trust(), issuer.token(head={"typ": "logout+jwt"})) == "header"


@pytest.mark.parametrize("junk", ["", "x", "a.b.c", "..", "é.b.c", "eyJ9.eyJ9.x", "a." * 5000, "W10.W10.W10"])
async def test_what_is_no_token_is_refused_and_nothing_is_fetched(junk: str, issuer: Issuer, trust: Trust) -> None:
    assert await refusal(trust(), junk) in ("malformed", "issuer")
    assert issuer.asked == []


async def test_an_opaque_refresh_token_of_the_provider_is_no_access(issuer: Issuer, trust: Trust) -> None:
    assert await refusal(trust(), "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIn0.a.b.c.d") == "malformed"


async def test_cognito_access_tokens_are_known_by_their_client(issuer: Issuer, trust: Trust) -> None:
    cognito = trust(audience_claim="client_id", required={"token_use": "access"})
    access = {"aud": ..., "client_id": "our-app", "token_use": "access"}

    assert (await cognito.read(issuer.token(**access))).subject == "subject-1"
    assert await refusal(cognito, issuer.token(**{**access, "client_id": "another"})) == "audience"
    assert await refusal(cognito, issuer.token(**{**access, "client_id": ...})) == "audience"
    assert await refusal(cognito, issuer.token(**{**access, "token_use": "id"})) == "claims"


@pytest.mark.parametrize("value", [False, "true", 1, ..., None])
async def test_a_claim_that_is_required_must_be_exactly_so(value: Any, issuer: Issuer, trust: Trust) -> None:
    strict = trust(required={"email_verified": True})

    assert await refusal(strict, issuer.token(email_verified=value)) == "claims"
    await strict.read(issuer.token(email_verified=True))


async def test_several_providers_are_told_apart(clock: FakeClock, issuer: Issuer) -> None:
    async with issuing(clock) as other:
        both = Providers((provider(issuer), provider(other, audiences=["other-app"])), clock)

        assert (await both.read(issuer.token())).issuer == issuer.url
        assert (await both.read(other.token(aud="other-app"))).issuer == other.url
        assert await refusal(both, other.token(aud="our-app")) == "audience"


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"cognito:groups": ["teachers"]}, Role.TEACHER),
        ({"cognito:groups": ["students", "teachers"]}, Role.TEACHER),
        ({"cognito:groups": ["admins"]}, Role.STUDENT),
        ({"cognito:groups": ["admins", "teachers"]}, Role.TEACHER),
        ({"cognito:groups": "teachers"}, Role.TEACHER),
        ({"cognito:groups": {"teachers": 1}}, Role.STUDENT),
        ({}, Role.STUDENT),
    ],
)
async def test_a_provider_gives_no_role_above_its_ceiling(
    claims: dict[str, Any], role: Role, issuer: Issuer, trust: Trust
) -> None:
    providers = trust(
        role_claim="cognito:groups",
        roles={"admins": "admin", "teachers": "teacher", "students": "student"},
        grants=["student", "teacher"],
    )

    assert (await providers.read(issuer.token(**claims))).role == role


async def test_a_role_may_lie_deep_and_admin_can_be_allowed(issuer: Issuer, trust: Trust) -> None:
    providers = trust(role_claim="realm_access.roles", roles={"boss": "admin"}, grants=["admin"])

    assert (await providers.read(issuer.token(realm_access={"roles": ["boss"]}))).role is Role.ADMIN
    assert (await providers.read(issuer.token(realm_access="boss"))).role is Role.STUDENT


# --- the provider's keys -------------------------------------------------------------------------------------------


async def test_keys_are_fetched_once_for_many(issuer: Issuer, trust: Trust) -> None:
    providers = trust()
    await asyncio.gather(*(providers.read(issuer.token(sub=f"s{n}")) for n in range(20)))

    assert issuer.asked.count("/keys") == 1


async def test_a_new_key_is_found_and_strangers_cannot_make_us_ask_for_ever(
    issuer: Issuer, trust: Trust, clock: FakeClock
) -> None:
    providers = trust()
    await providers.read(issuer.token())
    clock.advance(AGAIN_S)
    issuer.keys.append(jwk("rsa-2", RSA_KEYS["rsa-2"]))

    await providers.read(issuer.token(key=RSA_KEYS["rsa-2"], kid="rsa-2"))
    for n in range(50):
        await refusal(providers, issuer.token(kid=f"made-up-{n}"))

    assert issuer.asked.count("/keys") == 2


async def test_an_outage_is_survived_with_the_known_keys_but_not_for_ever(
    issuer: Issuer, trust: Trust, clock: FakeClock
) -> None:
    providers = trust()
    await providers.read(issuer.token())
    issuer.down = True
    clock.advance(FRESH_S + 1)

    assert (await providers.read(issuer.token())).subject == "subject-1"
    clock.advance(STALE_S)
    with pytest.raises(ProviderUnavailable):
        await providers.read(issuer.token())
    issuer.down = False
    clock.advance(AGAIN_S)
    assert (await providers.read(issuer.token())).subject == "subject-1"


async def test_a_provider_that_hangs_holds_up_one_and_no_others(issuer: Issuer, clock: FakeClock) -> None:
    hang, asked = asyncio.Event(), asyncio.Event()

    async def fetch(url: str) -> Any:
        if clock.monotonic() > 0:
            asked.set()
            await hang.wait()
        return {"keys": issuer.keys}

    providers = Providers((provider(issuer, jwks_url=f"{issuer.url}/keys"),), clock, fetch=fetch)
    await providers.read(issuer.token())
    clock.advance(FRESH_S + 1)
    first = asyncio.create_task(providers.read(issuer.token()))
    await asked.wait()
    async with asyncio.timeout(2):
        others = await asyncio.gather(*(providers.read(issuer.token()) for _ in range(10)))
    hang.set()

    assert len(others) == 10
    assert (await first).subject == "subject-1"


async def test_a_key_that_was_taken_back_is_good_no_longer(issuer: Issuer, trust: Trust, clock: FakeClock) -> None:
    providers = trust()
    await providers.read(issuer.token())
    del issuer.keys[0]
    clock.advance(FRESH_S + 1)

    assert await refusal(providers, issuer.token()) == "key"


async def test_a_provider_that_was_never_reached_is_unavailable(issuer: Issuer, trust: Trust) -> None:
    issuer.down = True

    with pytest.raises(ProviderUnavailable):
        await trust().read(issuer.token())


async def test_another_issuers_discovery_document_is_not_believed(issuer: Issuer, clock: FakeClock) -> None:
    async def fetch(url: str) -> Any:
        return {"issuer": "https://elsewhere.example", "jwks_uri": f"{issuer.url}/keys", "keys": issuer.keys}

    with pytest.raises(ProviderUnavailable):
        await Providers((provider(issuer),), clock, fetch=fetch).read(issuer.token())


def test_weak_unknown_and_foreign_keys_are_left_out() -> None:
    good = RSA_KEYS["rsa-1"]
    document = {
        "keys": [
            jwk("good", good),
            jwk("weak", WEAK_KEY),
            jwk("for-encryption", good, use="enc"),
            jwk("odd", good, alg="HS256"),
            {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
            {"kty": "RSA", "n": "!", "e": "AQAB", "kid": "broken"},
            "nonsense",
        ]
    }
    found = usable(document)

    assert {kid for kid, key in found.items() if key.algorithms} == {"good"}


@pytest.mark.parametrize("document", [None, [], {}, {"keys": "x"}])
def test_what_is_no_set_of_keys_is_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        usable(document)


@pytest.mark.parametrize(
    "url", ["http://elsewhere.example/keys", "file:///etc/passwd", "ftp://x", "//x", "http://10.0.0.1"]
)
def test_keys_are_only_asked_for_where_nobody_can_change_the_answer(url: str) -> None:
    with pytest.raises(Invalid, match="https"):
        checked_url(url)


@pytest.mark.parametrize("changes", [{"roles": {"x": "king"}}, {"grants": ["king"]}, {"jwks_url": "http://a.example"}])
def test_a_provider_that_is_set_up_wrongly_is_told_at_the_start(changes: Any, clock: FakeClock) -> None:
    settings = OidcProvider.model_validate({"issuer": "https://a.example", "audiences": ["x"], **changes})

    with pytest.raises(Invalid):
        Providers((settings,), clock)


# --- people --------------------------------------------------------------------------------------------------------

Enter = Callable[..., SignIn]


@pytest.fixture
def enter(pool: Pool, clock: FakeClock, passwords: Passwords, people: People, trust: Trust) -> Enter:
    def build(**changes: Any) -> SignIn:
        identities = Identities(pool, clock, people, trust(**changes))
        key = Key(b"k" * 32)
        return SignIn(pool, clock, AccountSettings(), key=key, passwords=passwords, identities=identities)

    return build


async def test_a_person_is_made_at_first_sight_and_known_at_the_second(
    issuer: Issuer, enter: Enter, people: People
) -> None:
    sign_in = enter()
    first = await sign_in.identify(issuer.token(email="grace@school.org", email_verified=True))
    second = await sign_in.identify(issuer.token(iat=1))

    assert first == second
    assert (first.role, first.name) == (Role.STUDENT, "Grace")
    assert (await people.get(first.id)).email == "grace@school.org"


async def test_twenty_first_sights_at_once_make_one_person(issuer: Issuer, enter: Enter, database_url: str) -> None:
    sign_ins = [enter() for _ in range(4)]
    tokens = [issuer.token(iat=n) for n in range(20)]
    found = await asyncio.gather(*(sign_ins[n % 4].identify(token) for n, token in enumerate(tokens)))

    assert len({who.id for who in found}) == 1
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from users").fetchone() == (1,)


@pytest.mark.parametrize("proved", [True, False])
async def test_an_equal_address_takes_over_nobodys_account(
    proved: bool, issuer: Issuer, enter: Enter, ada: Person, people: People
) -> None:
    who = await enter().identify(issuer.token(email=ada.email, email_verified=proved))

    assert who.id != ada.id
    assert (await people.get(who.id)).email.endswith(".invalid")
    assert (await people.get(ada.id)) == ada


async def test_the_same_subject_of_two_issuers_are_two_people(clock: FakeClock, issuer: Issuer, enter: Enter, people: People, pool: Pool) -> None:  # fmt: skip
    async with issuing(clock) as other:
        identities = Identities(pool, clock, people, Providers((provider(issuer), provider(other)), clock))
        ours, theirs = await identities.principal(issuer.token()), await identities.principal(other.token())

    assert ours.id != theirs.id


async def test_a_known_person_may_link_the_sign_in_that_is_theirs(issuer: Issuer, enter: Enter, ada: Person) -> None:
    sign_in = enter()
    await sign_in.link(ada.as_principal(), issuer.token())

    assert (await sign_in.identify(issuer.token())).id == ada.id
    with pytest.raises(Conflict):
        await sign_in.link(ada.as_principal(), issuer.token())


async def test_where_accounts_are_made_by_the_school_a_stranger_gets_none(issuer: Issuer, enter: Enter) -> None:
    with pytest.raises(Forbidden):
        await enter(create=False).identify(issuer.token())


async def test_a_disabled_person_stays_out(issuer: Issuer, enter: Enter, people: People) -> None:
    sign_in = enter()
    who = await sign_in.identify(issuer.token())
    await people.disable(who.id)

    with pytest.raises(Unauthenticated):
        await sign_in.identify(issuer.token(iat=1))


ROLES: dict[str, Any] = {"role_claim": "role", "roles": {"staff": "teacher"}, "grants": ["student", "teacher"]}


async def test_a_role_follows_the_provider_and_the_change_is_in_the_audit_log(
    issuer: Issuer, enter: Enter, database_url: str
) -> None:
    sign_in = enter(**ROLES)
    before = await sign_in.identify(issuer.token())
    raised = await sign_in.identify(issuer.token(role="staff"))
    lowered = await sign_in.identify(issuer.token(role="guest"))

    assert [who.role for who in (before, raised, lowered)] == [Role.STUDENT, Role.TEACHER, Role.STUDENT]
    with psycopg.connect(database_url) as conn:
        found = conn.execute("select actor, facts from audit_log where kind = 'people.role' order by seq").fetchall()
    assert [actor for actor, _ in found] == [issuer.url] * 2


async def test_a_role_that_was_given_here_is_not_the_providers_to_take(
    issuer: Issuer, enter: Enter, people: People
) -> None:
    sign_in = enter(**ROLES)
    who = await sign_in.identify(issuer.token(role="staff"))
    await people.set_role(who.id, Role.ADMIN)

    assert (await sign_in.identify(issuer.token(role="guest", iat=1))).role is Role.ADMIN


async def test_a_role_that_was_taken_here_stays_taken_until_the_provider_says_something_new(
    issuer: Issuer, enter: Enter, people: People
) -> None:
    sign_in = enter(**ROLES)
    who = await sign_in.identify(issuer.token(role="staff"))
    await people.set_role(who.id, Role.STUDENT)

    assert (await sign_in.identify(issuer.token(role="staff", iat=1))).role is Role.STUDENT


async def test_a_providers_token_is_exchanged_for_a_sign_in_of_ours(issuer: Issuer, enter: Enter) -> None:
    sign_in = enter()
    tokens = await sign_in.exchange(issuer.token(), device="phone")

    assert sign_in.verify(tokens.access).id == tokens.principal.id
    assert [device.label for device in await sign_in.devices(tokens.principal.id)] == ["phone"]
    assert (await sign_in.refresh(tokens.refresh)).principal.id == tokens.principal.id


async def test_our_own_tokens_go_on_beside_them_and_without_providers_others_are_refused(
    issuer: Issuer, enter: Enter, sign_in: SignIn, ada: Person
) -> None:
    own = await sign_in.login(email=ada.email, password="correct horse", address="1.2.3.4")

    assert (await enter().identify(own.access)).id == ada.id
    with pytest.raises(Unauthenticated):
        await sign_in.identify(issuer.token())
    with pytest.raises(Unauthenticated):
        await sign_in.exchange(issuer.token())


def test_what_a_token_says_of_a_person_is_not_shown_in_logs() -> None:
    shown = repr(Claimed(issuer="i", subject="s", expires_at=0, name="Grace", email="grace@school.org"))

    assert "Grace" not in shown
    assert "grace@" not in shown
