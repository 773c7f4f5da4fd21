import csv
from argparse import ArgumentParser
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import tablib
from django.contrib import admin
from django.core.management.base import BaseCommand, CommandError
from import_export.formats.base_formats import CSV, XLSX
from openpyxl import load_workbook

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.tables import LIMITS, TrailedResource, table_of, tables
from lib.errors import Invalid, Refusal
from lib.sheets.scan import scan

WORDS = {"new": "新增", "update": "修改", "delete": "删除", "skip": "不变"}
MOST_SHOWN = 200


class Command(BaseCommand):
    help = "Takes the administrator's small tables out as a spreadsheet (xlsx, csv) and in again, whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="the tables there are")
        out = acts.add_parser("export", help="writes a table to a file")
        into = acts.add_parser("import", help="takes a table in: rows are added and changed, none is deleted")
        for act in (out, into):
            act.add_argument("table")
            act.add_argument("file", type=Path)
            act.add_argument("--by", default="", help="sign-in name of the administrator for whom it is done")
        into.add_argument("--dry-run", action="store_true", help="only says what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        admin.autodiscover()
        try:
            if options["act"] == "list":
                for name, found in tables().items():
                    self.stdout.write(f"{name}\t{found().title}")
                return
            resource, by = table_of(options["table"]), _administrator(options["by"])
            if options["act"] == "export":
                self._export(resource, options["file"], by)
            else:
                self._import(resource, options["file"], by, dry_run=options["dry_run"])
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal

    def _export(self, resource: TrailedResource, path: Path, by: User | None) -> None:
        kind = _format(path)
        dataset = resource.export()
        content = kind.export_data(dataset)
        path.write_bytes(content.encode("utf-8-sig") if isinstance(content, str) else content)
        resource.exported(by=by, rows=len(dataset))
        self.stdout.write(f"已导出{resource.title}{len(dataset)}行：{path}")

    def _import(self, resource: TrailedResource, path: Path, by: User | None, *, dry_run: bool) -> None:
        result = resource.import_data(_read(path), dry_run=dry_run, user=by)
        wrong = _wrong(resource, result)
        if wrong:
            raise CommandError("没有导入，数据没有改动：\n" + "\n".join(wrong[:MOST_SHOWN]))
        for line in _changes(resource, result)[:MOST_SHOWN]:
            self.stdout.write(line)
        counts = "、".join(f"{word}{result.totals[kind]}行" for kind, word in WORDS.items() if result.totals[kind])
        self.stdout.write(f"{'试导入' if dry_run else '已导入'}{resource.title}：{counts or '没有内容'}。")


def _administrator(username: str) -> User | None:
    if not username:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or Role.ADMINISTRATOR not in scope_of(user).roles:
        raise Invalid(f"“{username}”不是在岗的系统管理员。", code="table.by")
    return user


def _format(path: Path) -> Any:
    kinds = {".xlsx": XLSX, ".csv": CSV}
    if path.suffix.lower() not in kinds:
        raise Invalid("文件请使用 .xlsx 或 .csv。", code="table.format")
    return kinds[path.suffix.lower()]()


def _read(path: Path) -> tablib.Dataset:
    kind = _format(path)
    try:
        content = path.read_bytes()
        if isinstance(kind, XLSX):
            scan(path, LIMITS)
        rows = list(csv.reader(StringIO(_text(content), newline=""))) if isinstance(kind, CSV) else _sheet(content)
    except Invalid as refusal:
        raise Invalid(f"文件{path.name}：{refusal.message}", code=refusal.code) from refusal
    except OSError as fault:
        raise Invalid(f"文件{path}读不出来，请核对文件名。", code="table.file") from fault
    except Exception as fault:
        raise Invalid(f"文件{path.name}不是完好的{path.suffix}文件，请重新导出后再改。", code="table.file") from fault
    if not rows:
        raise Invalid(f"文件{path.name}是空的，第一行应当是列名。", code="table.file")
    headers, *rows = rows
    width = len(headers)
    for number, row in enumerate(rows, start=2):
        if any(value not in (None, "") for value in row[width:]):
            raise Invalid(f"第{number}行的内容超出了列名的范围，请核对。", code="table.file")
    return tablib.Dataset(*([*row, *[None] * width][:width] for row in rows), headers=headers)


def _sheet(content: bytes) -> list[list[Any]]:
    """The first sheet, without the empty cells to the right of its headers."""
    book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    while rows and rows[0] and rows[0][-1] is None:
        rows[0].pop()
    return rows


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor GB18030")


def _wrong(resource: TrailedResource, result: Any) -> list[str]:
    """Everything that stops an import, by row as the spreadsheet counts."""
    if result.base_errors:
        return [_told(error.error) for error in result.base_errors]
    found = []
    for row in result.error_rows:
        told = [_told(each.error) for each in row.errors]
        found.append(f"第{resource.number_of(row.number)}行：{'；'.join(told)}")
    for row in result.invalid_rows:
        told = [
            f"{resource.fields[name].column_name}：{text}" if name in resource.fields else text
            for name, texts in row.error_dict.items()
            for text in texts
        ]
        found.append(f"第{resource.number_of(row.number)}行：{'；'.join(told)}")
    return found


def _told(fault: Exception) -> str:
    return "；".join(fault.messages) if hasattr(fault, "messages") else str(fault)


def _changes(resource: TrailedResource, result: Any) -> list[str]:
    """What was added, and what was changed from what to what."""
    lines = []
    for row in result.rows:
        if row.import_type == "new":
            lines.append(f"新增 {row.object_repr}")
        elif row.import_type == "update":
            pairs = [
                (field.column_name, field.export(row.original), field.export(row.instance))
                for field in resource.get_import_fields()
            ]
            words = "；".join(f"{title}：{was} → {now}" for title, was, now in pairs if was != now)
            lines.append(f"修改 {row.object_repr}：{words}")
    return lines
