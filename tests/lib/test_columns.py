"""Values of a long list column by column are what `values_list` gives."""

from typing import Any

import pytest
from django.db.models import Count, F, Value
from django.db.models.functions import Concat

from accounts.models import Division, User
from households.models import Household, Person
from lib import columns as reading
from lib.columns import columns
from lib.sheets.figures import Figures
from rosters.models import Roster, RosterLine
from tests.factories_rosters import draft_roster

AWKWARD = 'a\tb\nc\\d\\\\x00\r"\\N'


def rows_of(found: Any, paths: list[str]) -> list[tuple[Any, ...]]:
    return [row for block in columns(found, paths) for row in zip(*block, strict=True)]


@pytest.mark.django_db
def test_columns_hold_what_values_list_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BYTES_AT_ONCE", 700)
    roster = draft_roster(homes=12)
    RosterLine.objects.filter(roster=roster, number__gt=6).update(
        basis=AWKWARD, remark=AWKWARD, extra={"已交": AWKWARD, "面积": None}, phone_cipher=None
    )
    asked: list[tuple[Any, list[str]]] = [
        (roster.lines.order_by("-number"), [
            "number", "village__name", "beneficiary_id_cipher", "beneficiary_id_digest", "account_cipher",
            "phone_cipher", "quantity", "amount_fen", "basis", "period_start", "remark", "taken_out", "extra",
            "extra_ciphers", "taken_from__application", "payee_id", "standard__version__policy", "roster__moved_at",
        ]),
        (Roster.objects.all(), ["pk", "status", "rules__chain__value", "rules", "moved_at", "void_reason", "made_by"]),
        (Person.objects.order_by("pk"), ["pk", "name", "phone_cipher", "birth_date", "household__village__parent"]),
        (Division.objects.annotate(below=Count("children"), both=Concat("name", Value("%"))).order_by("pk"), [
            "name", "below", "both",
        ]),
        (User.objects.order_by("pk")[2:5], ["username", "last_login", "is_active"]),
        (Household.objects.filter(village__name__contains="%").distinct(), ["code", "pk"]),
        (Household.objects.none(), ["code"]),
    ]  # fmt: skip
    for found, paths in asked:
        for place, values in enumerate(zip(*found.values_list(*paths), strict=True)):
            plain = [bytes(value) if isinstance(value, memoryview) else value for value in values]
            assert [row[place] for row in rows_of(found, paths)] == plain, paths[place]
        assert len(rows_of(found, paths)) == len(found)


@pytest.mark.django_db
def test_what_is_only_passed_on_stays_as_the_database_wrote_it() -> None:
    lines = draft_roster(homes=3).lines.annotate(twice=F("quantity") * 2).order_by("number")
    lines.filter(number=1).update(quantity=7)
    (quantity, number) = next(columns(lines, ["quantity", "number"], {"quantity", "number"}))
    assert isinstance(quantity, Figures)
    assert [*quantity] == [f"{line.quantity:f}" for line in lines]
    assert number == [1, 2, 3]
