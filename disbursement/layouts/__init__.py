"""File layouts for banks (PAY-2): fixed formats in a register; an agent account names the one that its bank takes."""

from disbursement.layouts.delimited import Delimited
from disbursement.layouts.shapes import Layout, OrderHeader, OrderLine, ParsedLine, ParsedResult
from disbursement.layouts.sheet import Sheet
from disbursement.reasons import code_table
from lib.errors import Invalid

__all__ = [
    "LAYOUTS", "Layout", "OrderHeader", "OrderLine", "ParsedLine", "ParsedResult", "choices", "layout_of",
]  # fmt: skip

LAYOUTS: dict[str, Layout] = {
    layout.code: layout
    for layout in (
        Delimited(
            "psbc-txt", "邮储银行文本（竖线分隔，GB18030）", code_table("psbc"), delimiter="|", charset="gb18030"
        ),
        Sheet("xlsx", "Excel 工作簿（平台统一码）", code_table("portal")),
    )
}


def layout_of(code: str) -> Layout:
    if code not in LAYOUTS:
        raise Invalid(f"没有名为“{code}”的代发文件格式，请在代发户中改选。", code="layout.unknown", field="layout")
    return LAYOUTS[code]


def choices() -> list[tuple[str, str]]:
    return [(layout.code, layout.title) for layout in LAYOUTS.values()]
