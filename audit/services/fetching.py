"""Handing out what was granted: files to people, pages to connected systems; each time with an entry."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from django.db import transaction

from accounts.models import Division, User
from accounts.trail import record
from audit import access_data, access_files, access_way
from audit.models import AccessFetch, AccessRequest, AccessToken
from audit.services.moving import State, locked
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotYet, Refusal
from lib.text import sentence
from rulebook import clock

Kind, Dataset, Format = AccessRequest.Kind, AccessRequest.Dataset, AccessFetch.Format
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Fetched:
    """A file that leaves the portal, and its entry."""

    file: IO[bytes]
    name: str
    fetch: AccessFetch


# --- Whether a grant runs ---------------------------------------------------------------------------------------------
def closed_because(request: AccessRequest) -> Refusal | None:
    """Why a request opens nothing now, or None while its grant runs. It reads the term, not a sweep's mark."""
    key, today = request.rule_key, clock.today()
    over = Conflict(
        f"使用期限已于{request.term_to:%Y年%-m月%-d日}届满，不能再提供数据。还需要的，请重新提出申请。",
        code="access.ended",
        rule=key,
    )
    told = {
        State.REQUESTED: "申请还没有办完，各环节都同意以后才能提供数据。",
        State.REFUSED: "申请未获同意，不能提供数据。需要的，请按意见修改后重新提出。",
        State.WITHDRAWN: "申请已撤回，不能提供数据。需要的，请重新提出。",
        State.ENDED: "这项申请已结束，不能再提供数据。还需要的，请重新提出申请。",
        State.REVOKED: "财政部门已收回这项授权，不能再提供数据。有疑问的，请联系财政部门。",
    }
    state = State(request.state)
    if request.term_to < today and state in (State.GRANTED, State.ENDED):
        return over
    if state in told:
        return Conflict(told[state], code=f"access.{state}", rule=key)
    if today < request.term_from:
        opens = clock.end_of_day(request.term_from - timedelta(days=1))
        return NotYet(f"使用期限自{request.term_from:%Y年%-m月%-d日}开始，到时再来。", code="access.early", rule=key,
                      opens_at=opens)  # fmt: skip
    return None


def _require_running(request: AccessRequest) -> None:
    closed = closed_because(request)
    if closed is not None:
        raise closed


# --- Files ------------------------------------------------------------------------------------------------------------
def fetch(
    *,
    by: User,
    request: AccessRequest,
    dataset: str,
    form: str,
    reason: str,
    division_code: str = "",
    address: str = "",
) -> Fetched:
    """Writes the data in scope, then its entry, and only then hands the file out.

    The file is written outside a transaction; the grant is asked again, under its lock, before anything leaves.
    """
    if not access_way.speaks_for(by, request):
        raise Forbidden("只有申请单位可以下载（外部单位由财政部门代办）。", code="access.other_unit")
    _require_running(request)
    words = _check_choice(request, dataset, form, reason, division_code)
    table = access_data.table(request, dataset, division_code)
    title = Dataset(dataset).label
    file = access_files.write(table, form, sheet_name=title)
    try:
        with transaction.atomic():
            current = locked(request)
            _require_running(current)
            made = AccessFetch.objects.create(
                request=current,
                by=by,
                dataset=dataset,
                division_code=division_code,
                format=form,
                masked=current.masked,
                row_count=table.row_count,
                total_fen=table.total_fen,
                sha256=access_files.digest_of(file),
                reason=words,
                address=address or None,
                at=clock.now(),
            )
            facts = {**_facts(made), "reason": words}
            record(by=by, verb="access.fetch", subject=current, facts=facts)
    except BaseException:
        file.close()
        raise
    return Fetched(file, f"{title}_{clock.today():%Y%m%d}_{made.pk}.{form}", made)


def _check_choice(request: AccessRequest, dataset: str, form: str, reason: str, division_code: str) -> str:
    if request.kind != Kind.DATA:
        raise Conflict("系统对接的数据由对方系统通过接口读取，不在这里下载。", code="access.by_api")
    if dataset not in request.datasets:
        raise Invalid("这项数据不在同意的范围内。", code="access.scope", field="dataset", rule=request.rule_key)
    if form not in (Format.XLSX, Format.CSV):
        raise Invalid("请选择文件格式。", code="access.format", field="form")
    if division_code:
        inside = not request.division_codes or division_code in request.division_codes
        if not inside or not Division.objects.filter(code=division_code, level=Division.Level.TOWNSHIP).exists():
            raise Invalid("这个乡镇不在同意的范围内。", code="access.scope", field="division", rule=request.rule_key)
    words = sentence(reason)[:200]
    if not words:
        raise Invalid("请写明本次下载的事由，事由会留痕。", code="access.reason", field="reason")
    return words


def _facts(made: AccessFetch) -> dict[str, object]:
    return {
        "dataset": made.dataset,
        "division": made.division_code,
        "format": made.format,
        "masked": made.masked,
        "rows": made.row_count,
        "fen": made.total_fen,
        "sha256": made.sha256.hex(),
    }


# --- Connections ------------------------------------------------------------------------------------------------------
@transaction.atomic
def issue_token(*, by: User, request: AccessRequest) -> str:
    """A new token, returned this once; one given before ends with it. Only its keyed digest is kept."""
    current = locked(request)
    if not access_way.speaks_for(by, current):
        raise Forbidden("只有申请单位可以领取口令（外部单位由财政部门代领）。", code="access.other_unit")
    if current.kind != Kind.CONNECTION:
        raise Conflict("查询数据不用口令，请在本页下载。", code="access.no_token")
    if current.state != State.GRANTED or current.term_to < clock.today():
        _require_running(current)
    now = clock.now()
    AccessToken.objects.filter(request=current, revoked_at__isnull=True).update(revoked_at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = AccessToken.objects.create(
        request=current, digest=token_digest(token), tail=token[-4:], issued_by=by, issued_at=now
    )
    record(by=by, verb="access.token", subject=current, facts={"token": made.pk})
    return token


def token_digest(token: str) -> bytes:
    return crypto.digest("access_token", token)


@transaction.atomic
def count_call(
    *, token: AccessToken, dataset: str, row_count: int, total_fen: int, sha256: bytes, address: str
) -> AccessFetch:
    """The entry of one call of a connected system: figures and digest, never a person's data."""
    current = locked(token.request)
    _require_running(current)
    made = AccessFetch.objects.create(
        request=current,
        token=token,
        dataset=dataset,
        format=Format.API,
        masked=True,
        row_count=row_count,
        total_fen=total_fen,
        sha256=sha256,
        address=address or None,
        at=clock.now(),
    )
    record(by=None, verb="access.call", subject=current, facts={**_facts(made), "token": token.pk})
    return made
