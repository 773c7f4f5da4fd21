"""What an administrator enters becomes days: a notice's pasted text, or a file of text, JSON or a spreadsheet."""

import json
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from lib.errors import Conflict, Invalid
from lib.sheets.parse import Column, parse
from lib.sheets.write import template
from rulebook import clock
from rulebook.calendars import read_data
from rulebook.notices import HOLIDAY, WORKDAY, Day, read_notice

COLUMNS = (
    Column("day", "日期", "date", required=True),
    Column("kind", "类别", "choice", required=True, choices=("放假", "上班"), synonyms=("安排",)),
    Column("name", "名称", "text", required=True, synonyms=("节日", "节日名称"), max_length=40),
)
KINDS = {"放假": HOLIDAY, "上班": WORKDAY}
LARGEST = 2 * 2**20
SALT, LASTS = "rulebook.calendar", 24 * 3600


@dataclass(frozen=True)
class Entered:
    """A year's days as they were entered, with the notice they come from."""

    year: int
    days: tuple[Day, ...]
    title: str
    number: str = ""
    issued_on: date | None = None
    text: str = ""
    local: bool = False


def from_text(text: str, *, year: int, local: bool = False) -> Entered:
    notice = read_notice(text, year, local=local)
    return Entered(year, tuple(notice.days), notice.title, notice.number, notice.issued_on, text.strip(), local=local)


def from_upload(upload: UploadedFile[Any], *, year: int) -> Entered:
    """By the file's ending; what it holds is checked like what is typed."""
    if upload.size is not None and upload.size > LARGEST:
        raise Invalid("文件超过2 MB，不像是放假通知。请确认选对了文件。", code="calendar.size", field="upload")
    ending, content = Path(upload.name or "").suffix.lower(), upload.read()
    if ending == ".json":
        return _from_json(content, year)
    if ending in (".xlsx", ".xls", ".csv"):
        return _from_sheet(content, year)
    if ending == ".txt":
        return from_text(_decoded(content), year=year)
    raise Invalid("只能上传 .txt、.json 或 .xlsx 文件。", code="calendar.file", field="upload")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文件的文字编码无法识别，请另存为 UTF-8 文本后再上传。", code="calendar.encoding", field="upload")


def _from_json(content: bytes, year: int) -> Entered:
    try:
        data = json.loads(_decoded(content))
        source = dict(data.get("source") or {})
        issued = date.fromisoformat(source["date"]) if source.get("date") else None
        its_year = int(data.get("year", year))
    except (ValueError, TypeError, AttributeError):
        raise Invalid("这不是放假安排的 JSON 文件，请核对文件内容。", code="calendar.data", field="upload") from None
    if its_year != year:
        raise Invalid(f"文件是{its_year}年的，选择的年份是{year}年。", code="calendar.year", field="year")
    days = tuple(read_data(data))
    title, number, text = (str(source.get(name) or "") for name in ("title", "number", "text"))
    return Entered(year, days, title, number, issued, text)


def _from_sheet(content: bytes, year: int) -> Entered:
    with tempfile.TemporaryDirectory(prefix="portal-calendar-") as place:
        source, out = Path(place) / "upload", Path(place) / "rows.copy"
        source.write_bytes(content)
        try:
            parsed = parse(source, COLUMNS, out, today=clock.today())
        except Invalid as refusal:
            raise Invalid(refusal.message, code=refusal.code, field="upload") from refusal
        wrong = [f"第{error.row}行“{error.column}”：{error.message}。" for error in parsed.errors]
        if wrong:
            raise Invalid("表格里有填错的格子。", code="calendar.sheet", fields={"upload": wrong})
        rows = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    days = sorted(Day(date.fromisoformat(day), KINDS[kind], name) for _, day, kind, name, _ in rows)
    return Entered(year, tuple(days), title="")


def sheet_template() -> bytes:
    return template(COLUMNS, "放假安排")


# --- From the preview to the confirmation -----------------------------------------------------------------------------
def sealed(entered: Entered, *, version: int, by: User) -> str:
    """What was shown, so that exactly this is imported when the person confirms."""
    days = [[day.day.isoformat(), day.kind, day.name] for day in entered.days]
    issued = entered.issued_on.isoformat() if entered.issued_on else None
    told = {**asdict(entered), "days": days, "issued_on": issued, "version": version, "by": by.pk}
    return signing.dumps(told, salt=SALT, compress=True)


def opened(payload: str, *, by: User) -> tuple[Entered, int]:
    """The days of a preview of this person's, and the year's version it was made from."""
    try:
        told = signing.loads(payload, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        told = {}
    if told.get("by") != by.pk:
        raise Conflict("预览已经失效，请重新粘贴或上传后再确认。", code="calendar.preview")
    version = told.pop("version")
    del told["by"]
    days = tuple(Day(date.fromisoformat(day), kind, name) for day, kind, name in told["days"])
    issued = date.fromisoformat(told["issued_on"]) if told["issued_on"] else None
    return Entered(**{**told, "days": days, "issued_on": issued}), version


def with_source(entered: Entered, *, title: str, number: str, issued_on: date | None) -> Entered:
    """What the person typed about the notice goes before what was read from it."""
    return replace(
        entered,
        title=title or entered.title,
        number=number or entered.number,
        issued_on=issued_on or entered.issued_on,
    )
