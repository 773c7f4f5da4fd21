"""The peer: the same rows through django-import-export as its manual shows it, with nothing of ours but the models.

A resource of the model with a look-up for each row, an xlsx read by its own format (tablib, openpyxl), and the two
passes of its admin: a dry run whose result a person looks at, then the import, reading the file again.
"""

import os
from pathlib import Path
from typing import Any

from import_export import resources
from import_export.formats.base_formats import XLSX

from households.models import BankAccount, Person
from lib import crypto
from lib.money import times
from rosters.models import Roster, RosterLine
from subsidies.models import Standard

NAMES = {
    "序号": "number", "享受人姓名": "beneficiary_name", "享受人身份证号": "id_number", "补贴面积(亩)": "quantity",
    "地块编号": "basis",
}  # fmt: skip


class LineResource(resources.ModelResource):  # type: ignore[misc]
    """One line a row: found by ID number, completed from the register, saved."""

    class Meta:
        model = RosterLine
        fields = ("number", "quantity", "basis")
        import_id_fields = ("number",)
        use_transactions = True
        force_init_instance = True

    def __init__(self, roster: Roster) -> None:
        super().__init__()
        self.roster = roster
        self.standard = Standard.objects.filter(version=roster.version).order_by("id")[0]

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not instance.beneficiary_id

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        instance.amount_fen = times(instance.quantity, self.standard.amount_fen)

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        """What a project writes here: the person, household and account of the row."""
        digest = crypto.digest("id", str(row["id_number"]))
        found = Person.objects.select_related("household__head").filter(id_digest=digest).exclude(state="moved").first()
        if found is None or found.name != str(row["beneficiary_name"]).strip() or found.household.head is None:
            return
        head = found.household.head
        account = BankAccount.objects.filter(person=head, in_use=True).first()
        if account is None:
            return
        values = {
            "roster": self.roster, "policy": self.roster.policy, "village_id": found.household.village_id,
            "group": found.household.group, "household": found.household, "head_name": head.name,
            "beneficiary": found, "beneficiary_name": found.name, "beneficiary_id_cipher": found.id_cipher,
            "beneficiary_id_digest": found.id_digest, "payee": head, "payee_name": head.name,
            "payee_id_cipher": head.id_cipher, "payee_id_digest": head.id_digest, "account": account,
            "bank_name": account.bank_name, "account_cipher": account.number_cipher,
            "account_digest": account.number_digest, "account_tail": account.tail, "standard": self.standard,
            "unit_fen": self.standard.amount_fen, "holder": f"H{found.household_id}",
            "period_start": self.roster.period_start, "period_end": self.roster.period_end, "salt": os.urandom(16),
        }  # fmt: skip
        for name, value in values.items():
            setattr(instance, name, value)


def first_rows(source: str, rows: int) -> str:
    """The first rows as a file of their own, its headers named as the model's fields; not measured."""
    from openpyxl import Workbook  # noqa: PLC0415
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    table = CalamineWorkbook.from_path(source).get_sheet_by_index(0).to_python(nrows=rows + 1)
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append([NAMES.get(str(title), str(title)) for title in table[0]])
    for row in table[1:]:
        page.append(row)
    part = Path(source).with_name("peer.xlsx")
    book.save(part)
    return str(part)


def two_passes(source: str, roster: int) -> dict[str, int]:
    found = Roster.objects.select_related("policy", "version").get(pk=roster)
    totals: dict[str, int] = {}
    for dry_run in (True, False):
        dataset = XLSX().create_dataset(Path(source).read_bytes())
        result = LineResource(found).import_data(dataset, dry_run=dry_run, raise_errors=False)
        totals = dict(result.totals)
        if result.has_errors():
            errors = [*result.base_errors, *(error for _, errors in result.row_errors() for error in errors)]
            raise RuntimeError(str(errors[0].error))
    return totals
