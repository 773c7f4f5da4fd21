"""A villager sees the own subsidies (PUB-7): name and ID number, then a code by SMS to the registered telephone.

The answers to somebody who is in the register and to somebody who is not are the same, in words and in kind of work.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from accounts.trail import record
from households.models import Person
from lib import crypto
from lib.errors import Invalid
from lib.identifiers import parse_id_number
from lib.text import normalise, normalise_name
from publicity import throttle
from publicity.models import LookupCode
from publicity.services.codes import DIGITS, code_of, digest_of
from publicity.services.sms import LOOKUP, queue_sms
from rulebook import clock

VALID_FOR = timedelta(minutes=10)
MOST_TRIES = 5
WRONG_CODE = "验证码不对或已失效。请核对最近一条短信里的6位数字；试过5次或超过10分钟，请返回重新获取。"
TEXT = "【惠民惠农补贴】您查询本人补贴的验证码是{code}，10分钟内有效。工作人员不会向您索要验证码，请勿告诉他人。"


@dataclass(frozen=True)
class Asked:
    """Who asked for a code, whether or not there is such a person: kept on the server, never in the page."""

    digest: str
    person_id: int | None


def ask_for_code(*, name: str, id_number: str, client: str) -> Asked:
    """Sends a code to the registered telephone, if name and number are those of a living person of the register."""
    try:
        number = parse_id_number(id_number, today=clock.today())
    except Invalid as refusal:
        raise Invalid(refusal.message, code=refusal.code, field="id_number") from None
    digest = crypto.digest("id", number.value)
    throttle.count("lookup-client", client, most=20, seconds=3600)
    throttle.count(
        "lookup-minute", digest.hex(), most=1, seconds=60, message="一分钟内只能获取一次验证码，请稍后再试。"
    )
    throttle.count(
        "lookup-day", digest.hex(), most=6, seconds=86400, message="今天获取验证码的次数已用完，请明天再试。"
    )
    return _make_code(name=normalise_name(name), digest=digest)


@transaction.atomic
def _make_code(*, name: str, digest: bytes) -> Asked:
    person = Person.objects.filter(
        id_digest=digest, name=name, state=Person.State.ALIVE, phone_cipher__isnull=False
    ).first()
    if person is not None:
        made_at = clock.now()
        code = LookupCode.objects.create(
            person=person,
            code_digest=digest_of(person.pk, code_of(person.pk, made_at)),
            made_at=made_at,
            expires_at=made_at + VALID_FOR,
        )
        queue_sms(kind=LOOKUP, person=person, text=TEXT, key=f"{LOOKUP}:{code.pk}")
    subject = ("households.person", str(person.pk) if person else "")
    record(by=None, verb="lookup.ask", subject=subject, facts={"found": person is not None})
    return Asked(digest.hex(), person.pk if person else None)


def enter_code(*, asked: Asked, code: str, client: str) -> Person:
    """The person whose newest code this is. Each try counts, for persons and for nobody alike; one answer for all."""
    throttle.count("lookup-try-client", client, most=40, seconds=3600)
    throttle.count(
        "lookup-try", asked.digest, most=MOST_TRIES * 3, seconds=int(VALID_FOR.total_seconds()), message=WRONG_CODE
    )
    typed = normalise(code).replace(" ", "")
    person = _try(asked.person_id, typed) if len(typed) == DIGITS and typed.isdigit() else None
    if person is None:
        raise Invalid(WRONG_CODE, code="lookup.code", field="code")
    return person


@transaction.atomic
def _try(person_id: int | None, typed: str) -> Person | None:
    """Counts the try and compares; a code opens once. The count stays even when the code was wrong."""
    newest = LookupCode.objects.filter(person_id=person_id or 0).order_by("-id").first()
    typed_digest = digest_of(person_id or 0, typed)
    if newest is None:
        return None
    open_code = LookupCode.objects.filter(
        pk=newest.pk, used_at__isnull=True, expires_at__gt=clock.now(), tries__lt=MOST_TRIES
    )
    if not open_code.update(tries=F("tries") + 1):
        return None
    if not hmac.compare_digest(bytes(newest.code_digest), typed_digest):
        return None
    # The row is ours since the update above: nobody else can use the code now.
    if not LookupCode.objects.filter(pk=newest.pk, used_at__isnull=True).update(used_at=clock.now()):
        return None
    person = Person.objects.get(pk=newest.person_id)
    record(by=None, verb="lookup.enter", subject=person, facts={"code": newest.pk})
    return person
