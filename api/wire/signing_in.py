"""Accounts: registering, signing in, proofs, devices and second factors."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field, SecretStr

from api.services import Device as SignedInDevice
from api.wire.base import In, Out, Short


class Register(In):
    email: Short = Field(examples=["ada@learnflow.example"])
    name: Short = Field(examples=["Ada"])
    password: SecretStr = Field(max_length=1000)
    birth_date: date | None = Field(
        None, description="needed where the school asks for ages; only the day of coming of age is kept"
    )
    guardian_email: Short | None = Field(None, description="needed of who is younger than the school's limit")


class Login(In):
    email: Short = Field(examples=["ada@learnflow.example"])
    password: SecretStr = Field(max_length=1000)
    device: Short | None = Field(None, description="how the list of devices names it; unset: from the User-Agent")
    code: SecretStr | None = Field(
        None, max_length=50, description="of an authenticator app, or a recovery code, once a second factor is on"
    )


class Exchange(In):
    token: SecretStr = Field(max_length=8000, description="an ID or access token of a provider that is trusted here")
    device: Short | None = None


class Link(In):
    token: SecretStr = Field(max_length=8000, description="an ID or access token of a provider that is trusted here")


class Proof(In):
    password: SecretStr = Field(max_length=1000)


class Code(In):
    code: SecretStr = Field(max_length=50)


class ProofAndCode(Proof):
    code: SecretStr = Field(max_length=50, description="of the app, or a recovery code")


class Address(In):
    email: Short = Field(examples=["ada@school.org"])


class Confirm(In):
    token: SecretStr = Field(max_length=1000, description="from the letter")


class Reset(Confirm):
    password: SecretStr = Field(max_length=1000)


class ChangePassword(In):
    current_password: SecretStr = Field(max_length=1000)
    new_password: SecretStr = Field(max_length=1000)


class Refresh(In):
    refresh_token: SecretStr = Field(max_length=1000)


class Accepted(Out):
    status: Literal["accepted"] = "accepted"


class Person(Out):
    id: str
    role: str
    name: str


class SignedIn(Out):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  the scheme's name
    expires_in_s: int
    user: Person
    notice: str | None = Field(None, description="what the person should do, such as to confirm their address")


class Device(Out):
    """Where you are signed in."""

    id: str
    label: str = Field(examples=["Firefox on Linux"])
    created_at: datetime
    used_at: datetime = Field(description="when tokens were last asked for")
    expires_at: datetime
    current: bool = Field(description="whether this request comes from it")

    @classmethod
    def of(cls, device: SignedInDevice, *, current: bool) -> "Device":
        return cls(
            id=device.id,
            label=device.label,
            created_at=device.created_at,
            used_at=device.used_at,
            expires_at=device.expires_at,
            current=current,
        )


class Devices(Out):
    items: list[Device]


class SecondFactorView(Out):
    enabled: bool
    recovery_codes_left: int


class EnrolmentView(Out):
    """Shown once: nothing changes until a code of it is confirmed."""

    secret: str
    uri: str = Field(description="otpauth address, for the app or as a QR code")


class RecoveryCodes(Out):
    """Shown once: each signs in once when the app is lost."""

    codes: list[str]
