"""What a column template says (造册模板): the columns of a policy's rosters beside those that every roster has.

A template names the quantity (补贴面积, 保障人数, 月数), says which number tells entitlements apart (小班号, 出厂编号),
and adds columns of its own. `read` turns the content of a `ColumnTemplate` into these shapes and refuses what could
not work.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from lib import formulas
from lib.errors import Invalid

Kind = Literal["text", "decimal", "whole", "money", "date", "month", "choice", "yes_no", "id", "secret"]
KINDS: dict[str, str] = {
    "text": "文字",
    "decimal": "小数",
    "whole": "整数",
    "money": "金额（元）",
    "date": "日期",
    "month": "年月",
    "choice": "选项",
    "yes_no": "是否",
    "id": "身份证号（加密）",
    "secret": "证件等号码（加密）",
}
NUMERIC = frozenset({"decimal", "whole", "money"})
SECRET = frozenset({"id", "secret"})
# Where a column is filled from in the register.
FEEDS: dict[str, str] = {
    "household.contracted_mu": "农户的承包面积",
    "means.contracted": "承包地合计",
    "means.planted": "种植面积合计",
    "means.grassland": "草场合计",
    "means.forest": "林地合计",
    "means.livestock": "牲畜合计",
}
MOST = 20
# How much room columns take between upload and roster: a number of a person is digest, ciphertext and more.
ROOM, TAKES = 32, {"id": 4, "secret": 2}
PLACES = {"decimal": 2, "whole": 0, "money": 2}
# What every roster has; a column of a template never takes its key or its title.
OWN_KEYS = frozenset({
    "serial", "village", "group_no", "name", "id_number", "quantity", "tier", "unit", "amount", "basis", "remark",
    "excel_row", "row_errors",
})  # fmt: skip
OWN_TITLES = frozenset({
    "序号", "村(居)委会", "村(居)民小组", "享受人姓名", "享受人身份证号", "数量", "档次", "补贴标准(元)",
    "补贴金额(元)", "备注",
})  # fmt: skip
# Never on a public notice, whoever asks for it: health, children, and what the law calls sensitive.
_PRIVATE = re.compile(r"残疾|残障|病|健康|医|诊断|自理|儿童|孩子|子女|学生|未成年|宗教|证号|身份|账号|卡号|电话")
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)


@dataclass(frozen=True)
class Extra:
    """One column of a template. `zero`: an empty cell counts as nothing in formulas; else it is an error there."""

    key: str
    title: str
    kind: Kind = "text"
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    help: str = ""
    notice: bool = False
    zero: bool = False
    formula: str = ""
    feed: str = ""

    @property
    def heading(self) -> str:
        """The title with its unit, as over a column."""
        return f"{self.title}({self.unit})" if self.unit else self.title

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def secret(self) -> bool:
        return self.kind in SECRET

    @property
    def places(self) -> int:
        """To how many decimals a formula's result is rounded."""
        return PLACES.get(self.kind, 0)

    @property
    def kind_words(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Quantity:
    """What is multiplied by the standard. With a formula it follows from other columns once one of them is filled."""

    title: str = "数量"
    synonyms: tuple[str, ...] = ()
    formula: str = ""
    help: str = ""


@dataclass(frozen=True)
class Basis:
    """The number that tells entitlements of one holder apart. `once`: in this register a number is paid once, for ever,
    in the whole county."""

    title: str = ""
    synonyms: tuple[str, ...] = ()
    required: bool = False
    once: str = ""
    help: str = ""


@dataclass(frozen=True)
class Template:
    quantity: Quantity = field(default_factory=Quantity)
    basis: Basis = field(default_factory=Basis)
    columns: tuple[Extra, ...] = ()

    @cached_property
    def by_key(self) -> dict[str, Extra]:
        return {extra.key: extra for extra in self.columns}

    @cached_property
    def titles(self) -> dict[str, str]:
        return {extra.key: extra.title for extra in self.columns}

    @cached_property
    def of_quantity(self) -> formulas.Formula | None:
        names = [extra.key for extra in self.columns if extra.numeric]
        return formulas.parse(self.quantity.formula, names) if self.quantity.formula else None

    def formula_of(self, extra: Extra) -> formulas.Formula | None:
        """Over the numeric columns before it."""
        if not extra.formula:
            return None
        before = self.columns[: self.columns.index(extra)]
        return formulas.parse(extra.formula, [one.key for one in before if one.numeric])

    def in_words(self, formula: formulas.Formula) -> str:
        return formula.words(self.titles)

    @property
    def quantity_words(self) -> str:
        return self.in_words(self.of_quantity) if self.of_quantity else ""


GENERIC = Template()


def _refuse(message: str, code: str = "template.column") -> Invalid:
    return Invalid(message, code=code, field="content")


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one).strip() for one in value or () if str(one).strip())


def _known(value: Mapping[str, Any], shape: type, where: str) -> dict[str, Any]:
    """The entries of one part, none of them unknown."""
    names = set(shape.__dataclass_fields__)  # type: ignore[attr-defined]
    unknown = sorted(set(value) - names)
    if unknown:
        raise _refuse(f"{where}有不认识的内容“{unknown[0]}”，请按说明填写。", "template.unknown")
    found = dict(value)
    for key in ("synonyms", "choices"):
        if key in found:
            found[key] = _texts(found[key])
    return found


def read(content: Mapping[str, Any]) -> Template:
    """The template of such a content; refuses one by which nobody could make a roster."""
    if not isinstance(content, Mapping) or set(content) - {"quantity", "basis", "columns"}:
        raise _refuse("模板的内容应当是 quantity、basis 和 columns 三部分。", "template.shape")
    columns: Sequence[Mapping[str, Any]] = content.get("columns") or ()
    if len(columns) > MOST or sum(TAKES.get(str(one.get("kind")), 1) for one in columns) > ROOM:
        raise _refuse(f"自设的列最多{MOST}列，其中的加密号码列还要少些，请减少。", "template.many")
    try:
        found = Template(
            Quantity(**_known(content.get("quantity") or {}, Quantity, "数量列")),
            Basis(**_known(content.get("basis") or {}, Basis, "计发依据列")),
            tuple(Extra(**_known(one, Extra, f"第{number}列")) for number, one in enumerate(columns, start=1)),
        )
    except (TypeError, ValueError, AttributeError) as fault:
        raise _refuse("模板的列没有写全：每列要有代码（key）和名称（title）。", "template.shape") from fault
    _check_titles(found)
    for number, extra in enumerate(found.columns, start=1):
        _check(f"第{number}列“{extra.title}”", extra)
        formula = found.formula_of(extra)
        if formula is not None and not (extra.numeric and formula.names):
            raise _refuse(f"第{number}列“{extra.title}”的公式没有用到别的列，或本列不是数字列。", "template.formula")
    if found.of_quantity is not None and not found.of_quantity.names:
        raise _refuse("数量的公式没有用到任何一列，请改正或清空。", "template.formula")
    if found.basis.once and not found.basis.required:
        raise _refuse("全县只补一次的编号必须是必填的。", "template.basis")
    return found


def _check(where: str, extra: Extra) -> None:
    if not KEY.fullmatch(extra.key) or extra.key in OWN_KEYS:
        raise _refuse(f"{where}的代码应是小写英文字母、数字和下划线，且不与清册已有的列重复。")
    if not extra.title or len(extra.title) > 30 or len(extra.help) > 200:
        raise _refuse(f"{where}的名称应为1至30个字，说明不超过200个字。")
    if extra.kind not in get_args(Kind):
        raise _refuse(f"{where}的类型应是：{'、'.join(KINDS)}之一。")
    if (extra.kind == "choice") != bool(extra.choices):
        raise _refuse(f"{where}：类型为选项的要写明选项，其他类型不写。")
    if extra.zero and not extra.numeric:
        raise _refuse(f"{where}不是数字，不能“空着当作0”。")
    if extra.feed and (extra.feed not in FEEDS or extra.kind != "decimal"):
        raise _refuse(f"{where}：由底册带出的列须是小数，来源为：{'、'.join(FEEDS)}之一。")
    if extra.notice and (extra.secret or _PRIVATE.search(extra.title)):
        raise _refuse(f"{where}涉及个人敏感信息（证件、健康、未成年人等），不能列入公示。", "template.private")


def _check_titles(found: Template) -> None:
    keys = [extra.key for extra in found.columns]
    if len(set(keys)) != len(keys):
        raise _refuse("有两列的代码相同，请改正。")
    titles = [title for extra in found.columns for title in {extra.title, extra.heading, *extra.synonyms}]
    own = {found.quantity.title, *found.quantity.synonyms, *_texts([found.basis.title, *found.basis.synonyms])}
    doubled = {title for title in titles if titles.count(title) > 1 or title in own or title in OWN_TITLES}
    if doubled:
        raise _refuse(f"名称“{min(doubled)}”用在了两列上，导入时分不清，请改名。", "template.title")
