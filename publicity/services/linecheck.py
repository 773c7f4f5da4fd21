"""「核对本人」: whether the own line is on the notice of a village, asked with the last six of the own ID number.

The answer is yes or no and the number of the line, nothing else. Six characters could be tried out, so clients and
villages are throttled. A school's notice is one list: it is asked without a village.
"""

import re

from django.db import transaction

from accounts.models import Division
from accounts.trail import record
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.text import normalise
from publicity import throttle
from publicity.models import Notice, NoticeLine

TAIL = 6
_TAIL_FORM = re.compile(r"\d{5}[\dX]")


def check_own_line(*, notice: Notice, village: Division | None, id_tail: str, client: str) -> list[int]:
    """The numbers of the lines whose beneficiary's ID number ends so; an empty list is a no."""
    tail = normalise(id_tail).replace(" ", "").upper()
    if not _TAIL_FORM.fullmatch(tail):
        raise Invalid("请输入身份证号的最后6位（末位可能是字母X）。", code="line_check.form", field="id_tail")
    if notice.state == Notice.State.WITHDRAWN:
        raise Conflict("该公示已撤下，请查看重新公示的内容。", code="notice.withdrawn")
    throttle.count("line-client", client, most=10, seconds=600)
    throttle.count("line-village", f"{notice.pk}:{village.pk if village else 0}", most=200, seconds=3600)
    return _matching(notice, village, tail)


@transaction.atomic
def _matching(notice: Notice, village: Division | None, tail: str) -> list[int]:
    lines = NoticeLine.objects.filter(notice=notice).order_by("number")
    if village is not None:
        lines = lines.filter(village=village)
    ciphers = lines.values_list("number", "line__beneficiary_id_cipher").iterator(chunk_size=2000)
    found = [number for number, cipher in ciphers if crypto.decrypt(cipher).endswith(tail)]
    facts = {"village": village.pk if village else None, "found": len(found)}
    record(by=None, verb="notice.line_check", subject=notice, facts=facts)
    return found
