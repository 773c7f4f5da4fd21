"""Reading a number in clear: only within one's scope, with a reason, and never without a trace (ACL-3)."""

import re

from django.db import transaction

from accounts.models import User
from accounts.trail import record
from households.models import Person
from households.selectors import readable_people
from households.services.common import required
from lib import crypto
from lib.errors import Invalid, NotFound
from lib.text import sentence

FIELDS = {"id_number": "身份证号", "account": "银行账号", "phone": "联系电话"}
_NUMBER = re.compile(r"[0-9]{5,}")


@transaction.atomic
def reveal(*, by: User, person: Person, field: str, reason: str) -> str:
    """The whole `id_number`, `phone`, or `account` in use, of a person in the own register; empty if there is none."""
    if field not in FIELDS:
        raise Invalid("没有这一项内容。", code="households.field")
    if not readable_people(by).filter(pk=person.pk).exists():
        raise NotFound
    words = required(sentence(reason), "reason", "查看事由", 100)
    if _NUMBER.search(words):
        raise Invalid("事由中不要写身份证号、账号或电话。", field="reason", code="households.reason")
    account = person.accounts.filter(in_use=True).first()
    cipher = {
        "id_number": person.id_cipher,
        "phone": person.phone_cipher,
        "account": account.number_cipher if account else None,
    }[field]
    record(by=by, verb="person.reveal", subject=person, facts={"field": field, "reason": words})
    return crypto.decrypt(cipher) if cipher else ""
