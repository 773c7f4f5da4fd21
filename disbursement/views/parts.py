"""What the pages of this room share: who asks, tabs, pages of lists, words and tones of states."""

from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

from accounts.models import Role, User
from accounts.scope import scope_of
from disbursement import payers
from disbursement.models import Batch, Payment
from disbursement.services.verifying import needs_verification
from lib.errors import NotFound

Row = TypeVar("Row", bound=Model)
SIZES = (20, 50, 100, 200)
BATCH_TONES = {"draft": "warn", "released": "info", "sent": "info", "answered": "good", "cancelled": "neutral"}
PAYMENT_TONES = {
    "pending": "neutral", "sent": "info", "unknown": "warn", "paid": "good", "failed": "bad", "cancelled": "neutral",
}  # fmt: skip
DISPOSAL_TONES = {
    "open": "warn", "mended": "info", "reissued": "good", "returned": "info", "taken_out": "neutral",
    "surplus": "neutral",
}  # fmt: skip


def user_of(request: HttpRequest) -> User:
    """The signed-in person; the middleware lets nobody else come here."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: also an empty submission, which is one with nothing chosen."""
    return request.POST if request.method == "POST" else None


def is_officer(user: User) -> bool:
    """Whether the person pays for some office: which policies' money, the selectors say."""
    return payers.is_maker(user)


def registers_accounts(user: User) -> bool:
    return scope_of(user).holds(Role.FINANCE_OFFICER)


def page_of(request: HttpRequest, rows: "QuerySet[Row] | list[Any]") -> Page[Any]:
    size = request.GET.get("size", "")
    chosen = int(size) if size.isdigit() and int(size) in SIZES else SIZES[1]
    return Paginator(rows, chosen).get_page(request.GET.get("page"))


def tabs(current: str, entries: list[tuple[str, str, int | None]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "url": f"?tab={key}", "active": key == current, "count": count}
        for key, title, count in entries
    ]


def batch_status(batch: Batch) -> dict[str, str]:
    word, tone = str(batch.get_status_display()), BATCH_TONES[batch.status]
    if batch.status == "sent":
        word, tone = _with_bank(batch) or (word, tone)
    return {"word": word, "tone": tone}


def _with_bank(batch: Batch) -> tuple[str, str] | None:
    """Of a batch with the bank more exactly: what is waited for before it pays."""
    if batch.method == Batch.Method.CASH:
        return "现金发放中", "info"
    if batch.arrival_id is None:
        return "数据已送达，待拨款", "warn"
    if batch.discrepancy:
        return "银行核对不符", "bad"
    return ("待银行核对", "info") if needs_verification(batch) else None


def payment_status(payment: Payment) -> dict[str, str]:
    waits = payment.line.cash and payment.status == Payment.Status.SENT
    word = "现金待发放" if waits else str(payment.get_status_display())
    return {"word": word, "tone": PAYMENT_TONES[payment.status]}


def crumbs(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"title": title, "url": url} for title, url in steps]
