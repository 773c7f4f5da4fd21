"""A township's file for a roster: its households in the order of the register, with what real files have in them.

One row in a hundred has a habit that is mended, one in two hundred a fault that keeps it out.
"""

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from bench import sheetfiles
from households.models import Household
from lib import crypto
from lib.identifiers import make_id_number
from lib.money import times, to_yuan
from subsidies.models import Standard

HEADER = (
    "序号", "村(居)委会", "村(居)民小组", "享受人姓名", "享受人身份证号", "补贴面积(亩)", "补贴标准(元)",
    "补贴金额(元)", "地块编号", "备注",
)  # fmt: skip
HABIT, FAULT = 100, 200
# A day of birth that the county's people do not have.
_NOBODY = date(1899, 1, 1)
Row = tuple[sheetfiles.Cell, ...]


def make(name: str, rows: int, policy: str) -> str:
    """The path of the file, made when this county has none of that size yet. Households have as many parcels as needed.

    `name` is the county's template: another county, another file.
    """
    path = Path(os.environ["PORTAL_BENCH_FILES"]) / f"{name}-{rows}.xlsx"
    if not path.exists():
        for former in path.parent.glob(f"*-{rows}.xlsx"):
            former.unlink()
        standard = Standard.objects.filter(version__policy__code=policy).order_by("id")[0]
        sheetfiles.write(path, _rows(rows, standard.amount_fen))
    return str(path)


def _rows(count: int, unit_fen: int) -> Iterator[Row]:
    yield HEADER
    homes = Household.objects.filter(subsidised_mu__isnull=False).select_related("village", "head").order_by("code")
    first = homes[0].village.parent_id
    living = homes.filter(village__parent=first)
    parcels = -(-count // living.count())
    number = 0
    for home in living.iterator(chunk_size=5000):
        assert home.head is not None
        assert home.subsidised_mu is not None
        id_number = crypto.decrypt(home.head.id_cipher)
        for parcel, mu in enumerate(_parts(home.subsidised_mu, parcels), start=1):
            number += 1
            if number > count:
                return
            amount = to_yuan(times(mu, unit_fen))
            row: Row = (
                number, home.village.name, home.group, home.head.name, id_number, mu, to_yuan(unit_fen), amount,
                f"DK{home.pk:07d}-{parcel}", None,
            )  # fmt: skip
            yield _as_typed(number, row)


def _parts(whole: Decimal, parts: int) -> list[Decimal]:
    """An area in so many parts of whole hundredths."""
    cents = int(whole * 100)
    each = cents // parts
    return [Decimal(each + (cents - each * parts if part == 0 else 0)) / 100 for part in range(parts)]


def _as_typed(number: int, row: Row) -> Row:
    serial, village, group, name, id_number, mu, unit, amount, parcel, _ = row
    assert isinstance(group, str)
    assert isinstance(amount, Decimal)
    if number % HABIT == 0:
        return (serial, village, f"第{group}", f" {name}", id_number, mu, unit, f"¥{amount:,}", parcel, "已核对")
    if number % FAULT == 1:
        kinds = {
            1: (serial, village, group, "未知", id_number, mu, unit, amount, parcel, None),
            2: (serial, village, group, name, id_number, mu, unit, amount + 1, parcel, None),
            3: (serial, village, group, name, make_id_number("159999", _NOBODY, number % 1000), mu, unit, amount,
                parcel, None),
            0: (serial, village, group, name, str(id_number)[:17], mu, unit, amount, parcel, None),
        }  # fmt: skip
        return kinds[number // FAULT % 4]
    return row
