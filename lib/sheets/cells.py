"""From a cell as a clerk typed it to the fields of one COPY line, with what was mended on the way.

A converter takes the raw cell and returns fields already in PostgreSQL's text format. It raises ``CellFault`` with the
code of the rule and a sentence; no sentence repeats an identity, account or telephone number.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from lib.errors import Invalid
from lib.identifiers import check_account_number, check_phone, parse_id_number
from lib.money import parse_yuan
from lib.sheets.mending import Mends
from lib.sheets.model import SECRET_KINDS, Column
from lib.text import normalise, normalise_group, normalise_name
from lib.vault import Vault

NULL = "\\N"
Fields = tuple[str, ...]
Converter = Callable[[object], Fields]

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{1,2}")
_FAILED = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)|#+")
_UNIT = re.compile(r"(?<=\d)(?:亩|元|人|个月|月|户|头|只|羽|株|吨|公斤|斤|平方米|年|次|个|台|块)$")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: .*)?|(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月份?)?(?:[-/.]?\d{1,2}日?)?|(\d{4})(\d{2})", re.ASCII)
_CODED = re.compile(r"[0-9A-Za-z]{1,12}[-—_](.+)")
_NUMBER_TYPED = (
    "单元格是数字格式，Excel 只保留前 15 位，尾数可能已经变了。请选中该列，把单元格格式设为“文本”，再重新录入完整号码"
)


class CellFault(Exception):  # noqa: N818  (it becomes a CellError of the report)
    """A cell cannot be taken: code of the rule, sentence for people."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def escape(text: str) -> str:
    """Return text for COPY's text format."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return text


def bytea(value: bytes) -> str:
    """Return bytes for COPY's text format."""
    return "\\\\x" + value.hex()


def plain_text(raw: object) -> str:
    """Return any cell as text: whole numbers without a point, dates in ISO form, truth as 是 and 否."""
    if isinstance(raw, str):
        if raw.startswith("#") and _FAILED.fullmatch(raw.strip()):
            raise CellFault("cell.formula", "单元格是公式错误值，请改为实际内容")
        return raw
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, int | float):
        return _plain_number(raw)
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time() else raw.isoformat(" ", "minutes")
    if isinstance(raw, date):
        return raw.isoformat()
    raise CellFault("cell.time", "单元格是时间格式，请把单元格格式设为“文本”后重新录入")


def _plain_number(raw: float) -> str:
    """Return a number with the fifteen digits that a spreadsheet shows, never with an exponent."""
    return f"{Decimal(format(raw, '.15g')):f}"


def make(column: Column, today: date, vault: Vault | None, mends: Mends) -> Converter:
    """Return the converter of a column. ``vault`` is needed for kinds id, account and phone."""
    if column.kind in SECRET_KINDS:
        if vault is None:
            raise ValueError("columns of secrets need crypto settings")
        secret_makers = {"id": _id, "account": _account, "phone": _phone, "secret": _secret}
        return secret_makers[column.kind](column, today, vault, mends)
    makers: dict[str, Callable[[Column, Mends], Converter]] = {
        "text": _text,
        "name": _text,
        "group": _text,
        "decimal": _decimal,
        "integer": _decimal,
        "money": _money,
        "date": _date,
        "month": _month,
        "choice": _choice,
    }
    return makers[column.kind](column, mends)


def _typed_digits(raw: object) -> str:
    """Return the text of an identity or account cell; refuse numbers, which have lost their last digits."""
    if isinstance(raw, str) and not _SCIENTIFIC.fullmatch(raw.strip()):
        return plain_text(raw)
    if isinstance(raw, int | float | str):
        raise CellFault("cell.number", _NUMBER_TYPED)
    raise CellFault("cell.type", "单元格格式不对，请把该列设为“文本”后重新录入号码")


def _id(column: Column, today: date, vault: Vault, mends: Mends) -> Converter:
    """Identity number → cipher, digest, date of birth, sex."""
    encrypt, digest = vault.encrypt, vault.digest

    def convert(raw: object) -> Fields:
        typed = _typed_digits(raw)
        found = parse_id_number(typed, today)
        if typed != found.value:
            mends.typed(column, typed, found.value)
        value = found.value
        fields = bytea(digest("id", value)), found.birth_date.isoformat(), found.sex
        return (bytea(encrypt(value)), *fields) if column.cipher else fields

    return convert


def _account(column: Column, today: date, vault: Vault, mends: Mends) -> Converter:
    """Account number → cipher, digest, last four digits."""

    def convert(raw: object) -> Fields:
        typed = _typed_digits(raw)
        value = check_account_number(typed)
        if typed != value:
            mends.typed(column, typed, value)
        fields = bytea(vault.digest("account", value)), value[-4:]
        return (bytea(vault.encrypt(value)), *fields) if column.cipher else fields

    return convert


def _phone(column: Column, today: date, vault: Vault, mends: Mends) -> Converter:
    """Telephone → cipher, digest. Eleven digits fit a number cell, so that form is mended."""

    def convert(raw: object) -> Fields:
        typed = plain_text(raw)
        value = check_phone(typed)
        if typed != value:
            mends.typed(column, typed, value)
        fields = (bytea(vault.digest("phone", value)),)
        return (bytea(vault.encrypt(value)), *fields) if column.cipher else fields

    return convert


def _secret(column: Column, today: date, vault: Vault, mends: Mends) -> Converter:
    """The number of a certificate → cipher, digest: digits and capitals in one spelling, checked no further."""

    def convert(raw: object) -> Fields:
        typed = _typed_digits(raw)
        value = normalise(typed).replace(" ", "").upper()
        if not 4 <= len(value) <= 40 or "*" in value:
            raise CellFault("secret.length", "请填写完整的号码（4 至 40 个字符，不带 * 号）")
        if typed != value:
            mends.typed(column, typed, value)
        fields = (bytea(vault.digest("secret", value)),)
        return (bytea(vault.encrypt(value)), *fields) if column.cipher else fields

    return convert


def _text(column: Column, mends: Mends) -> Converter:
    """Text, name and group → one spelling."""
    spellings: dict[str, Callable[[str], str]] = {"name": normalise_name, "group": normalise_group}
    spell = spellings.get(column.kind, normalise)
    show = column.kind == "group"

    def convert(raw: object) -> Fields:
        if column.kind in ("name", "group") and isinstance(raw, date):
            raise CellFault("cell.date", "Excel 把内容变成了日期，请把单元格格式设为“文本”后重新录入")
        typed = plain_text(raw)
        value = spell(typed)
        if len(value) > column.max_length:
            raise CellFault("text.length", f"内容超过 {column.max_length} 个字，请缩短")
        if len(value) > 1 and value[0] == "'" and value[1] in "=+-@":
            value = value[1:]
        if value != typed:
            if show and value != normalise(typed):
                mends.add("group", column, typed.strip(), value)
            else:
                mends.typed(column, typed, value)
        return (escape(value),)

    return convert


def _number(column: Column, raw: object, mends: Mends) -> Decimal:
    """Return the number in a cell; thousands' commas, spaces and a unit behind it are mended."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise CellFault("number.format", "应填数字，单元格却是日期或逻辑值，请把单元格格式设为“常规”后重填")
    typed = plain_text(raw)
    value = _UNIT.sub("", normalise(typed).replace(" ", "").replace(",", ""))
    if not _NUMBER.fullmatch(value):
        raise CellFault("number.format", "应填数字，如 12.5，请改正")
    if value != typed:
        mends.add("number", column)
    try:
        return Decimal(value)
    except InvalidOperation as fault:
        raise CellFault("number.format", "应填数字，如 12.5，请改正") from fault


def _decimal(column: Column, mends: Mends) -> Converter:
    """Quantity or whole number → numeric or bigint."""
    places = 0 if column.kind == "integer" else column.places

    def convert(raw: object) -> Fields:
        value = _number(column, raw, mends)
        exponent = value.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > places:
            wanted = f"最多保留 {places} 位小数，公式算出的数请用 ROUND 取舍" if places else "应填整数"
            raise CellFault("number.places", wanted + "，请改正")
        if abs(value) >= 10**12:
            raise CellFault("number.range", "数字过大，请核对是否填错了列")
        return (f"{value:f}",)

    return convert


def _money(column: Column, mends: Mends) -> Converter:
    """Yuan → fen."""

    def convert(raw: object) -> Fields:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise CellFault("money.format", "应填金额，单元格却是日期或逻辑值，请把单元格格式设为“数值”后重填")
        typed = plain_text(raw)
        fen = parse_yuan(typed)
        if isinstance(raw, str) and not _NUMBER.fullmatch(typed):
            mends.add("money", column)
        return (str(fen),)

    return convert


def _date(column: Column, mends: Mends) -> Converter:
    """A date cell, or text such as 2026-01-02, 2026/1/2, 2026.1.2, 2026年1月2日, 20260102 → ISO date."""

    def convert(raw: object) -> Fields:
        if isinstance(raw, datetime):
            found = raw.date()
        elif isinstance(raw, date):
            found = raw
        else:
            found = _read_date("" if isinstance(raw, time | timedelta) else plain_text(raw))
            if raw != found.isoformat():
                mends.add("date", column)
        if not 1890 <= found.year <= 2100:
            raise CellFault("date.range", "日期的年份不合理，请核对")
        return (found.isoformat(),)

    return convert


def _month(column: Column, mends: Mends) -> Converter:
    """A date cell, or text such as 2026-01, 2026.1, 2026年1月, 202601 → 2026-01."""

    def convert(raw: object) -> Fields:
        if isinstance(raw, date):
            year, month = raw.year, raw.month
        else:
            found = _MONTH.fullmatch(normalise("" if isinstance(raw, time | timedelta) else plain_text(raw)))
            if found is None:
                raise CellFault("month.format", "应写年和月，如 2026-01，请改正")
            year, month = (int(part) for part in found.groups() if part is not None)
        if not 1890 <= year <= 2100 or not 1 <= month <= 12:
            raise CellFault("month.range", "没有这个月份，请核对")
        text = f"{year}-{month:02d}"
        if raw != text:
            mends.add("date", column)
        return (text,)

    return convert


def _read_date(typed: str) -> date:
    """Return the date in a text."""
    found = _DATE.fullmatch(normalise(typed))
    if found is None:
        raise CellFault("date.format", "日期应写年月日，如 2026-01-02，请改正")
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError as fault:
        raise CellFault("date.format", "没有这一天，请核对年月日") from fault


def _choice(column: Column, mends: Mends) -> Converter:
    """One of the choices; ``01-本人`` and ``本人`` are the same wherever only one of them is a choice."""
    choices = tuple(column.choices or ())
    known: dict[str, str] = {}
    for choice in choices:
        known.setdefault(normalise(choice), choice)
    for choice in choices:
        coded = _CODED.fullmatch(normalise(choice))
        if coded:
            known.setdefault(coded[1], choice)
    shown = "、".join(choices[:12]) + ("等" if len(choices) > 12 else "")

    def convert(raw: object) -> Fields:
        typed = plain_text(raw)
        value = normalise(typed)
        coded = _CODED.fullmatch(value)
        choice = known.get(value) or (known.get(coded[1].strip()) if coded else None)
        if choice is None:
            raise CellFault("choice.unknown", f"内容不在可选范围内，应为：{shown}")
        if choice != typed:
            mends.add("choice", column, value, choice)
        return (escape(choice),)

    return convert


def run(converter: Converter, raw: object) -> Fields:
    """Convert one cell; refusals of the shared rules become ``CellFault``."""
    try:
        return converter(raw)
    except Invalid as refusal:
        raise CellFault(refusal.code, refusal.message) from refusal
