"""Exports, erasure, consents, and who read what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, SecretStr

from accounts.privacy.consents import Consent, Standing
from accounts.privacy.jobs import Job as PrivacyJob
from api.wire.base import Id, In, Opaque, Out, Short


class ExportView(Out):
    """`done` of `total` tables; when `status` is done, ask for a link."""

    id: str
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    step: str
    done: int
    total: int
    asked_at: datetime
    finished_at: datetime | None
    rows: dict[str, int] = Field(description="by file, once it is done")

    @staticmethod
    def of(job: PrivacyJob) -> "ExportView":
        return ExportView(
            id=job.id,
            status=job.status,
            step=job.step,
            done=job.done,
            total=job.total,
            asked_at=job.asked_at,
            finished_at=job.finished_at,
            rows=job.result.get("rows", {}),
        )


class LinkView(Out):
    url: str = Field(description="good for one GET, without a token")
    expires_at: datetime


class Erase(In):
    password: SecretStr = Field(max_length=1000)


class ErasureView(Out):
    id: str
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    asked_at: datetime
    due_at: datetime
    receipt: str | None = Field(None, description="where its receipt is; told once, keep it")

    @staticmethod
    def of(job: PrivacyJob, *, receipt: str | None = None) -> "ErasureView":
        return ErasureView(
            id=job.id, status=job.status, asked_at=job.asked_at, due_at=job.due_at, receipt=receipt
        )  # fmt: skip


class Erasures(Out):
    items: list[ErasureView]


class ReceiptView(Out):
    """It names nobody."""

    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    asked_at: datetime
    due_at: datetime
    finished_at: datetime | None
    done: int
    total: int
    result: dict[str, Any] = Field(
        description="what went, by table, what stays and why, and until when backups hold it"
    )

    @staticmethod
    def of(job: PrivacyJob) -> "ReceiptView":
        return ReceiptView(
            status=job.status,
            asked_at=job.asked_at,
            due_at=job.due_at,
            finished_at=job.finished_at,
            done=job.done,
            total=job.total,
            result=dict(job.result),
        )


class ConsentStanding(Out):
    """`said` is false where nothing was said and the school's setting holds."""

    purpose: str
    version: str
    words: str
    given: bool
    said: bool


class ConsentView(Out):
    purpose: str
    version: str
    given: bool
    by_whom: Literal["self", "guardian", "operator"]
    at: datetime


class Consents(Out):
    now: list[ConsentStanding]
    history: list[ConsentView]

    @staticmethod
    def of(now: Sequence[Standing], history: Sequence[Consent]) -> "Consents":
        standing = [
            ConsentStanding(
                purpose=one.purpose.name,
                version=one.purpose.version,
                words=one.purpose.words,
                given=one.given,
                said=one.said,
            )
            for one in now
        ]
        return Consents(now=standing, history=[ConsentView.model_validate(one) for one in history])


class NewConsent(In):
    purpose: Short
    given: bool
    version: Short | None = Field(
        None, description="of the words that were shown; refused when they have changed since"
    )


class ReadView(Out):
    """`reader` is empty when they have left."""

    reader: str
    reader_role: str
    what: str = Field(examples=["conversations", "progress", "dashboard", "alerts"])
    why: str
    alert_id: str | None
    first_at: datetime
    last_at: datetime
    times: int


class ReadPage(Out):
    items: list[ReadView]
    next_before: int | None


class WhyRead(In):
    """One of the two; the student can read it."""

    reason: Short = ""
    alert_id: Id | None = None


class ReadConversations(WhyRead):
    limit: int = Field(50, ge=1, le=100)
    cursor: Opaque | None = None


class ReadConversation(WhyRead):
    before: int | None = Field(None, ge=0, le=2**53)
    limit: int = Field(50, ge=1, le=100)


class GuardianAnswer(In):
    token: SecretStr = Field(max_length=1000, description="from the letter")
    agree: bool


class NewGuardian(In):
    guardian_email: Short = Field(examples=["parent@home.example"])
