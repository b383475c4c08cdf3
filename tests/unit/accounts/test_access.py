"""Only a token that this server made, for this purpose, at about this time, proves anyone."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.access import AccessTokens
from accounts.keys import Key
from core.clock import FakeClock
from core.errors import Unauthenticated
from core.ports import Principal, Role, UserId

KEY = Key(b"k" * 32)
ADA = Principal(id=UserId("u-1"), role=Role.TEACHER, name="Ada")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tokens(clock: FakeClock) -> AccessTokens:
    return AccessTokens(KEY, clock, minutes=15)


def claims(clock: FakeClock, **changed: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    made = {"iss": "learnflow", "aud": "learnflow-api", "sub": "u-1", "role": "teacher", "name": "Ada"}
    made |= {"iat": now, "exp": now + 900, "jti": "j-1"} | changed
    return {name: value for name, value in made.items() if value is not None}


def sign(payload: dict[str, Any], *, key: bytes = KEY.secret, kid: str = KEY.kid, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid})


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def refusal(tokens: AccessTokens, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        tokens.verify(token)
    return str(refused.value.facts["reason"])


def test_a_token_proves_whom_it_was_made_for(tokens: AccessTokens) -> None:
    assert tokens.verify(tokens.issue(ADA)) == ADA


def test_a_token_tells_from_which_device(tokens: AccessTokens) -> None:
    principal = Principal(id=UserId("u-1"), role=Role.TEACHER, name="Ada", sign_in="s-1")

    assert tokens.verify(tokens.issue(principal)).sign_in == "s-1"


def test_tokens_of_an_older_key_are_taken_for_as_long_as_one_may_live(clock: FakeClock) -> None:
    older = Key(b"o" * 32)
    token = AccessTokens(older, clock, minutes=15).issue(ADA)
    changed = AccessTokens(KEY, clock, minutes=15, older=(older,))
    forged = sign(claims(clock, exp=int(clock.now().timestamp()) + 86_400), key=older.secret, kid=older.kid)

    assert changed.verify(token) == ADA
    assert changed.verify(forged) == ADA
    clock.advance(15 * 60 + 30)
    assert refusal(changed, token) == "expired"
    assert refusal(changed, forged) == "expired"
    assert refusal(AccessTokens(KEY, clock, minutes=15), token) == "header"


def test_a_new_token_is_signed_by_the_new_key(clock: FakeClock) -> None:
    changed = AccessTokens(KEY, clock, minutes=15, older=(Key(b"o" * 32),))

    assert AccessTokens(KEY, clock, minutes=15).verify(changed.issue(ADA)) == ADA


def test_one_keys_name_on_anothers_signature_proves_nothing(clock: FakeClock) -> None:
    older = Key(b"o" * 32)
    changed = AccessTokens(KEY, clock, minutes=15, older=(older,))

    assert refusal(changed, sign(claims(clock), key=older.secret, kid=KEY.kid)) == "signature"
    assert refusal(changed, sign(claims(clock), key=KEY.secret, kid=older.kid)) == "signature"


def test_a_token_is_an_ordinary_jwt_of_the_named_key(tokens: AccessTokens, clock: FakeClock) -> None:
    assert tokens.verify(sign(claims(clock))) == ADA


def test_no_two_tokens_are_the_same(tokens: AccessTokens) -> None:
    assert tokens.issue(ADA) != tokens.issue(ADA)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signed", [False, True])
def test_a_token_without_an_algorithm_is_refused(
    tokens: AccessTokens, clock: FakeClock, algorithm: str, signed: bool
) -> None:
    signature = tokens.issue(ADA).split(".")[2] if signed else ""
    forged = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': KEY.kid})}.{part(claims(clock))}.{signature}"

    assert refusal(tokens, forged) == "header"


def test_a_token_of_a_public_key_algorithm_is_refused(tokens: AccessTokens, clock: FakeClock) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    assert refusal(tokens, sign(claims(clock), key=pem, algorithm="RS256")) == "header"


def test_a_token_of_a_longer_hash_with_the_right_key_is_refused(tokens: AccessTokens, clock: FakeClock) -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = sign(claims(clock), algorithm="HS512")

    assert refusal(tokens, token) == "header"


def test_a_header_that_brings_its_own_key_is_refused(tokens: AccessTokens, clock: FakeClock) -> None:
    header = {"kid": KEY.kid, "jwk": {"kty": "oct", "k": "a2s"}, "jku": "https://evil.example/keys"}
    token = jwt.encode(claims(clock), b"e" * 32, algorithm="HS256", headers=header)

    assert refusal(tokens, token) == "header"


@pytest.mark.parametrize("kid", ["", "other", "../../etc/passwd", "' or 1=1 --"])
def test_a_key_of_another_name_is_refused(tokens: AccessTokens, clock: FakeClock, kid: str) -> None:
    assert refusal(tokens, sign(claims(clock), kid=kid)) == "header"


def test_another_key_under_our_name_is_refused(tokens: AccessTokens, clock: FakeClock) -> None:
    assert refusal(tokens, sign(claims(clock), key=b"e" * 32)) == "signature"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "claims"),
        ({"aud": "learnflow-refresh"}, "audience"),
        ({"aud": None}, "claims"),
        ({"sub": None}, "claims"),
        ({"exp": None}, "claims"),
        ({"iat": None}, "claims"),
        ({"jti": None}, "claims"),
        ({"role": None}, "claims"),
        ({"role": "root"}, "claims"),
        ({"role": ["admin"]}, "claims"),
        ({"exp": "soon"}, "claims"),
        ({"exp": float("inf")}, "claims"),
        ({"exp": float("nan")}, "claims"),
    ],
)
def test_a_signed_token_with_wrong_claims_is_refused(
    tokens: AccessTokens, clock: FakeClock, changed: dict[str, Any], reason: str
) -> None:
    assert refusal(tokens, sign(claims(clock, **changed))) == reason


def test_a_token_runs_out_after_its_minutes_and_a_little_skew(tokens: AccessTokens, clock: FakeClock) -> None:
    token = tokens.issue(ADA)

    clock.advance(15 * 60 + 29)
    assert tokens.verify(token) == ADA
    clock.advance(1)
    assert refusal(tokens, token) == "expired"


def test_a_token_from_the_future_is_refused(tokens: AccessTokens, clock: FakeClock) -> None:
    now = int(clock.now().timestamp())

    assert tokens.verify(sign(claims(clock, iat=now + 30))) == ADA
    assert refusal(tokens, sign(claims(clock, iat=now + 31))) == "future"


def test_no_character_of_a_token_can_be_changed(tokens: AccessTokens) -> None:
    token = tokens.issue(ADA)

    for at in range(0, len(token) - 1, 7):  # the last character of base64 has spare bits
        other = "A" if token[at] != "A" else "B"
        assert refusal(tokens, token[:at] + other + token[at + 1 :]) in {"header", "malformed", "signature"}


def test_claims_moved_under_another_signature_are_refused(tokens: AccessTokens, clock: FakeClock) -> None:
    head, _, signature = tokens.issue(ADA).split(".")

    assert refusal(tokens, f"{head}.{part(claims(clock, role='admin'))}.{signature}") == "signature"


@pytest.mark.parametrize("junk", ["", ".", "..", "a.b.c", "\0", "\ud800", "é" * 50, "x" * 10_000_000, "Bearer x.y.z"])
def test_junk_is_refused_and_never_fails(tokens: AccessTokens, junk: str) -> None:
    assert refusal(tokens, junk) in {"malformed", "header"}


def test_junk_behind_a_true_header_is_refused(tokens: AccessTokens) -> None:
    head = tokens.issue(ADA).split(".")[0]

    for tail in (".", "..", ".é.é", ".\ud800.x", ".e30.", ".e30", ".bm90anNvbg.x", "." + "." * 100):
        assert refusal(tokens, head + tail) in {"malformed", "signature"}


def test_a_refusal_says_nothing_of_the_token(tokens: AccessTokens, clock: FakeClock) -> None:
    token = sign(claims(clock, name="canary"), key=b"e" * 32)

    with pytest.raises(Unauthenticated) as refused:
        tokens.verify(token)

    assert token not in repr(refused.value.facts) + str(refused.value)
    assert refused.value.__cause__ is None


def test_proving_costs_little_more_than_one_signature(tokens: AccessTokens) -> None:
    token = tokens.issue(ADA)
    tokens.verify(token)

    fastest = min(_seconds(tokens, token) for _ in range(50))

    assert fastest < 300e-6  # about 40 us on a quiet core; the bound only notices a look-up or a second parse


def _seconds(tokens: AccessTokens, token: str) -> float:
    began = time.perf_counter()
    tokens.verify(token)
    return time.perf_counter() - began
