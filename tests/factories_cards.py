"""Cards that a bank delivered, and lists of them, for tests.

card = delivered(home.head)                    # waits to be collected
found = listed([("甲一", number, card_number)])  # a bank's list, read by its job
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.models import User
from households.cards import services
from households.models import CardList, DeliveredCard, Person
from jobs import services as jobs
from tests.factories import account_number, cast, id_number
from tests.uploads import paper

DELIVERY = services.Delivery("示范农村商业银行", date(2026, 3, 2), "乡镇财政所专柜")


def delivered(person: Person, *, number: str | None = None, by: User | None = None) -> DeliveredCard:
    clerk = by or (cast.clerk if person.household.village.parent_id == cast.township.pk else cast.clerk2)
    return services.deliver_card(
        by=clerk, person=person, number=number or account_number(), kind="card", delivery=DELIVERY
    )


def delegate(number: str | None = None, **more: object) -> services.Delegate:
    """Somebody who collects a card for another."""
    given = {"relation": "邻居", "reason": "本人住院", "paper_kind": "mandate", "paper": paper()}
    return services.Delegate(name="丁一", id_number=number or id_number(), **{**given, **more})  # type: ignore[arg-type]


def listed(rows: Iterable[Sequence[object]], *, by: User | None = None) -> CardList:
    """A bank's list of 音德尔镇, uploaded and read."""
    book = Workbook(write_only=True)
    table = book.create_sheet("清单")
    table.append(["姓名", "身份证号", "卡号", "类别"])
    for row in rows:
        table.append([*row, *[None] * (4 - len(row))])
    buffer = io.BytesIO()
    book.save(buffer)
    upload = SimpleUploadedFile("送达清单.xlsx", buffer.getvalue())
    found = services.receive_list(by=by or cast.clerk, township=cast.township, upload=upload, delivery=DELIVERY)
    assert found.job is not None
    jobs.run(found.job.pk)
    found.refresh_from_db()
    return found
