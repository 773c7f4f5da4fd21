"""Cards delivered, handed out and sent back: by the clerk or the finance station of the township (ZLT§29)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from accounts.models import Division, Role, User
from accounts.trail import record
from households.models import BankAccount, CardHandout, CardList, DeliveredCard, Person
from households.services.common import require_township, required, township_id_of
from households.services.entering import parsed_id
from jobs import services as jobs
from jobs.uploads import SCANS, keep_paper
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.identifiers import check_account_number
from lib.sheets.model import DEFAULT_LIMITS
from lib.text import normalise_name, sentence
from lib.truths import broken_truth
from rulebook import clock, rules

LIST = "households.card_list"
BY_DELEGATE, MANY = "card.by_delegate", "delegation.most"
CLERKS = (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
State, To = DeliveredCard.State, CardHandout.To
# After so many days an uncollected card is asked about.
OLD = timedelta(days=30)
_NUMBER = re.compile(r"[0-9]{5,}")


@dataclass(frozen=True)
class Delivery:
    """A day on which a bank brought cards, and where they are kept until they are collected."""

    bank_name: str
    delivered_on: date
    keeper: str


@dataclass(frozen=True)
class Delegate:
    """Who collects a card for somebody else, and the paper that allows it."""

    name: str
    id_number: str
    relation: str
    reason: str
    paper_kind: str
    paper: UploadedFile[Any] | None


def checked(delivery: Delivery) -> Delivery:
    if delivery.delivered_on > clock.today():
        raise Invalid("送达日期不能晚于今天。", field="delivered_on", code="households.card_date")
    return Delivery(
        required(sentence(delivery.bank_name), "bank_name", "银行", 60),
        delivery.delivered_on,
        required(sentence(delivery.keeper), "keeper", "保管人（地点）", 60),
    )


@transaction.atomic
def deliver_card(*, by: User, person: Person, number: str, kind: str, delivery: Delivery) -> DeliveredCard:
    """Enters one card that the bank delivered for a person."""
    require_township(by, township_id_of(person.household), *CLERKS)
    told = checked(delivery)
    if kind not in DeliveredCard.Kind.values:
        raise Invalid("请选择卡折类别。", field="kind", code="households.card_kind")
    try:
        plain = check_account_number(number)
    except Invalid as wrong:
        raise Invalid(wrong.message, field="number", code=wrong.code) from wrong
    digest = crypto.digest("account", plain)
    account = BankAccount.objects.filter(number_digest=digest).order_by("-in_use", "-pk").first()
    if account is not None and account.person_id != person.pk:
        raise Conflict(
            "该卡号在底册中是他人的账户，请对照卡折核对户名和卡号。", field="number", code="households.card_of_another"
        )
    try:
        with transaction.atomic():
            card = DeliveredCard.objects.create(
                person=person, kind=kind, number_digest=digest, tail=plain[-4:], account=account,
                bank_name=told.bank_name, delivered_on=told.delivered_on, keeper=told.keeper,
                made_by=by, made_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        if broken_truth(error) != "households_card_delivered_once":
            raise
        raise Conflict(
            "这张卡折已经登记过送达，不必重复登记。", field="number", code="households.card_delivered_once"
        ) from error
    record(by=by, verb="card.deliver", subject=card, facts={"kind": kind, "on": told.delivered_on.isoformat()})
    return card


@transaction.atomic
def receive_list(*, by: User, township: Division, upload: UploadedFile[Any], delivery: Delivery) -> CardList:
    """Keeps a bank's list, sealed, and queues its reading; every row is entered or none."""
    require_township(by, township.pk, *CLERKS)
    told = checked(delivery)
    if upload.size is not None and upload.size > DEFAULT_LIMITS.file_bytes:
        most = DEFAULT_LIMITS.file_bytes // 2**20
        raise Invalid(f"文件超过 {most} MB，请拆分后分别上传。", field="upload", code="sheet.size")
    name = upload.name or "卡折送达清单"
    file = jobs.store_file(content=crypto.seal(upload.read()), name=name, by=by)
    found = CardList.objects.create(
        township=township, file=file, bank_name=told.bank_name, delivered_on=told.delivered_on, keeper=told.keeper,
        made_by=by, made_at=clock.now(),
    )  # fmt: skip
    found.job = jobs.ask(kind=LIST, title=f"登记卡折送达清单：{name}"[:200], by=by, subject=found)
    found.save(update_fields=["job"])
    record(by=by, verb="card.list", subject=found, facts={"township": township.code, "file": file.sha256.hex()})
    return found


def _held(by: User, card: DeliveredCard) -> DeliveredCard:
    """The card, locked, while it waits to be collected."""
    require_township(by, township_id_of(card.person.household), *CLERKS)
    current = (
        DeliveredCard.objects.select_for_update(no_key=True, of=("self",)).select_related("person").get(pk=card.pk)
    )
    if current.state != State.HELD:
        raise Conflict(f"这张卡折{current.get_state_display()}，不能再办理。", code="households.card_state")
    return current


def _move(card: DeliveredCard, to: str) -> None:
    if to not in DeliveredCard.TRANSITIONS.get(State(card.state), frozenset()):
        raise Conflict(f"这张卡折{card.get_state_display()}，不能再办理。", code="households.card_state")
    card.state = to


@transaction.atomic
def hand_out(*, by: User, card: DeliveredCard, on: date, witness: str, delegate: Delegate | None = None) -> CardHandout:
    """Hands a card out to its owner, or where the county allows it to somebody else with a paper."""
    card = _held(by, card)
    if not card.delivered_on <= on <= clock.today():
        raise Invalid("发放日期应在送达日期之后、今天以前。", field="on", code="households.card_date")
    seen_by = required(sentence(witness), "witness", "见证人", 50)
    if seen_by == by.full_name:
        raise Invalid("见证人不能是发放人本人，请由另一人见证。", field="witness", code="households.card_witness")
    given: dict[str, Any] = {"to": To.OWNER} if delegate is None else _delegate(by, card, delegate)
    if delegate is None and card.person.state != Person.State.ALIVE:
        raise Conflict(
            f"户名{card.person.get_state_display()}，卡折不能由本人领取，请退回银行。", code="households.card_owner"
        )
    handout = CardHandout.objects.create(
        card=card, witness=seen_by, handed_on=on, handed_by=by, made_at=clock.now(), **given
    )
    _move(card, State.HANDED)
    card.save(update_fields=["state"])
    record(by=by, verb="card.hand_out", subject=card, facts={"to": handout.to, "on": on.isoformat()})
    return handout


def _delegate(by: User, card: DeliveredCard, delegate: Delegate) -> dict[str, Any]:
    if not rules.value(BY_DELEGATE):
        raise Conflict(
            "按本县规定，卡折必须直接发给本人，不能由他人代领。本人不能到场的，请上门发放，或暂存银行保管。",
            code="households.card_by_delegate",
            rule=BY_DELEGATE,
        )
    number = parsed_id(delegate.id_number)
    digest = crypto.digest("id", number.value)
    if digest == bytes(card.person.id_digest):
        raise Invalid("代领人就是本人，请选“本人”。", field="id_number", code="households.card_collector")
    if delegate.paper_kind not in CardHandout.Paper.values:
        raise Invalid("请选择代领凭证。", field="paper_kind", code="households.card_paper")
    if delegate.paper is None:
        raise Invalid("请上传代领凭证影像。", field="paper", code="households.card_paper")
    return {
        "to": To.DELEGATE,
        "collector_name": required(normalise_name(delegate.name), "name", "代领人姓名", 50),
        "collector_cipher": crypto.encrypt(number.value),
        "collector_digest": digest,
        "relation": required(sentence(delegate.relation), "relation", "与本人关系", 20),
        "reason": required(sentence(delegate.reason), "reason", "代领原因", 200),
        "paper_kind": delegate.paper_kind,
        "paper": keep_paper(delegate.paper, by=by, field="paper", kinds=SCANS),
    }


def collected_by(handout: CardHandout) -> int:
    """For how many people whoever collected this card has collected cards, in the whole county."""
    if handout.collector_digest is None:
        return 0
    same = CardHandout.objects.filter(collector_digest=bytes(handout.collector_digest))
    return same.values("card__person").distinct().count()


def too_many(count: int) -> bool:
    """Whether one person collects for so many that somebody should ask who keeps the cards."""
    return count >= int(rules.value(MANY))


@transaction.atomic
def return_card(*, by: User, card: DeliveredCard, on: date, reason: str) -> DeliveredCard:
    """A card that nobody collects, or that is wrong, goes back to the bank."""
    card = _held(by, card)
    if not card.delivered_on <= on <= clock.today():
        raise Invalid("退回日期应在送达日期之后、今天以前。", field="on", code="households.card_date")
    words = required(sentence(reason), "reason", "退回原因", 200)
    if _NUMBER.search(words):
        raise Invalid("原因中不要写身份证号、卡号或电话。", field="reason", code="households.reason")
    _move(card, State.RETURNED)
    card.returned_on, card.return_reason, card.returned_by = on, words, by
    card.save(update_fields=["state", "returned_on", "return_reason", "returned_by"])
    record(by=by, verb="card.return", subject=card, facts={"on": on.isoformat(), "reason": words})
    return card
