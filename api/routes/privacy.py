"""A person's rights over their own data: to have it, to have it erased, to agree or not, and to know who looked."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from api import problems
from api.guard import SIGNED_IN, Route, principal, public, requires, services, student
from api.wire.base import Id, Opaque
from api.wire.privacy import (
    Consents,
    Erase,
    Erasures,
    ErasureView,
    ExportView,
    GuardianAnswer,
    LinkView,
    NewConsent,
    NewGuardian,
    ReadPage,
    ReadView,
    ReceiptView,
)
from api.wire.signing_in import Accepted
from core.ports import StudentId

router = APIRouter(prefix="/api/v1/privacy", route_class=Route, tags=["privacy"])

_PROBLEM = {"content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "Not found", **_PROBLEM}}
_CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "Conflict", **_PROBLEM}}


@router.post("/export", status_code=202, response_model=ExportView, responses=_NOT_FOUND)
@requires(SIGNED_IN)
async def ask_export(request: Request) -> ExportView:
    """Have everything about you put together: JSON and CSV in a zip. Asked for twice, the one that is being made."""
    rights = services(request).privacy.rights
    return ExportView.of(await rights.ask_export(principal(request).id))


@router.get("/export/{export_id}", response_model=ExportView)
@requires(SIGNED_IN)
async def read_export(request: Request, export_id: Id) -> ExportView:
    """How far it is."""
    rights = services(request).privacy.rights
    return ExportView.of(await rights.export(principal(request).id, export_id))


@router.post("/export/{export_id}/link", status_code=201, response_model=LinkView, responses=_CONFLICT)
@requires(SIGNED_IN)
async def link_export(request: Request, export_id: Id) -> LinkView:
    """A link to fetch a finished export, good once and for a short time; the one before it is void."""
    link = await services(request).privacy.rights.link(principal(request).id, export_id)
    return LinkView(url=f"/api/v1/privacy/downloads/{link.token}", expires_at=link.expires_at)


@router.get(
    "/downloads/{token}",
    responses={200: {"description": "The export", "content": {"application/zip": {}}}},
    response_class=Response,
)
@public(rate="sign_ins")
async def download(request: Request, token: Opaque) -> Response:
    """The zip that a one-time link leads to."""
    parts = await services(request).privacy.rights.download(token)
    headers = {"Content-Disposition": 'attachment; filename="learnflow-export.zip"'}
    return StreamingResponse(parts, media_type="application/zip", headers=headers)


@router.post("/erase", status_code=202, response_model=ErasureView)
@requires(SIGNED_IN, rate="sign_ins")
async def ask_erasure(request: Request, body: Erase) -> ErasureView:
    """Have your account and everything in it erased, by your password. It can be called off until `due_at`. Keep `receipt`:
    it is the only way to what was done, once the account is gone."""
    found = await services(request).privacy.rights.ask_erasure(principal(request), body.password.get_secret_value())
    return ErasureView.of(found.job, receipt=f"/api/v1/privacy/receipts/{found.receipt}")


@router.get("/erase", response_model=Erasures)
@requires(SIGNED_IN)
async def read_erasure(request: Request) -> Erasures:
    """Whether your account is to be erased, and when."""
    found = await services(request).privacy.rights.erasure(principal(request).id)
    return Erasures(items=[ErasureView.of(found)] if found else [])


@router.delete("/erase/{erasure_id}", status_code=204)
@requires(SIGNED_IN)
async def cancel_erasure(request: Request, erasure_id: Id) -> Response:
    """Think better of it, before it has begun."""
    await services(request).privacy.rights.cancel(principal(request).id, erasure_id)
    return Response(status_code=204)


@router.get("/receipts/{token}", response_model=ReceiptView)
@public(rate="sign_ins")
async def read_receipt(request: Request, token: Opaque) -> ReceiptView:
    """What an erasure did, table by table, what stays and why, and until when backups hold it."""
    return ReceiptView.of(await services(request).privacy.rights.receipt(token))


@router.get("/consents", response_model=Consents)
@requires(SIGNED_IN)
async def read_consents(request: Request) -> Consents:
    """What you are asked to agree to, what holds now, and everything you said before."""
    consents, who = services(request).privacy.consents, principal(request)
    return Consents.of(await consents.standing(who.id), await consents.history(who.id))


@router.post("/consents", response_model=Consents, responses=_NOT_FOUND)
@requires(SIGNED_IN)
async def say(request: Request, body: NewConsent) -> Consents:
    """Agree to a purpose, or withdraw; both are kept with the version of the words and the time."""
    edge, who = services(request), principal(request)
    await edge.privacy.consents.say(who.id, body.purpose, body.given, version=body.version)
    if body.purpose == "experiments":
        await edge.experiments.take_part(student(request), body.given)
    return await read_consents(request)


@router.get("/access-log", response_model=ReadPage)
@requires(SIGNED_IN)
async def read_access_log(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[int | None, Query(ge=0, le=2**53, description="`next_before` of the page before")] = None,
) -> ReadPage:
    """Who on the staff looked at your data: what, when and why, newest first."""
    own = StudentId(principal(request).id)
    found, following = await services(request).privacy.readings.list_reads(own, limit=limit, before=before)
    return ReadPage(items=[ReadView.model_validate(one) for one in found], next_before=following)


@router.post("/guardian/answer", status_code=204)
@public(rate="sign_ins")
async def answer(request: Request, body: GuardianAnswer) -> Response:
    """For guardians, with the code of their letter: agree, or refuse, now or later. A no has the account erased."""
    await services(request).privacy.guardians.answer(body.token.get_secret_value(), body.agree)
    return Response(status_code=204)


@router.post("/guardian/send", status_code=202, response_model=Accepted)
@requires(SIGNED_IN, rate="sign_ins")
async def send_guardian(request: Request, body: NewGuardian) -> Accepted:
    """Have the guardian written to, again or at another address, while their answer is waited for."""
    await services(request).privacy.guardians.ask_another(principal(request), body.guardian_email)
    return Accepted()
