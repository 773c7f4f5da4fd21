"""Why payments fail: one list for all banks, and each bank's own codes that lead to it (PAY-3).

The wording, who must act and how lie in `data/failure_reasons.json`; a bank's codes in `data/bank_codes_<bank>.json`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"

DUTY_WORDS = {
    "township": "乡镇（街道）",
    "department": "主管部门",
    "bank": "代理银行",
    "finance": "财政局",
    "person": "收款人本人",
}
# The township has the statutory days to mend the account (ZLT§20(1)); what else failed is not the account's fault.
ACCOUNT_REASONS = frozenset({*(f"F{number:02d}" for number in range(1, 11)), "F16"})
# Only another account helps: "the old one works again" would send the money to where it cannot arrive.
REPLACE_ONLY = frozenset({"F02", "F03", "F10", "F16"})
# Nothing to mend at the payee's side: the file or the money in the agent account was at fault.
SAME_ACCOUNT_AT_ONCE = frozenset({"F13", "F14", "F15"})
DORMANT = frozenset({"F04", "F05"})


@dataclass(frozen=True)
class Reason:
    """One reason of the fixed list, as people read it."""

    code: str
    name: str
    responsible: str
    also: tuple[str, ...]
    action: str

    @property
    def duty(self) -> str:
        """Who must act, in words."""
        return self.duty_of(school=False)

    def duty_of(self, *, school: bool) -> str:
        """Who must act where a school makes the roster: what is a township's elsewhere is its own."""
        words = DUTY_WORDS | {"township": "学校"} if school else DUTY_WORDS
        return "、".join(words[who] for who in (self.responsible, *self.also))


@dataclass(frozen=True)
class CodeTable:
    """A bank's answer codes: which mean success, and to which of our reasons the others lead."""

    bank: str
    success: frozenset[str]
    reasons: dict[str, str]
    messages: dict[str, str]


@cache
def reasons() -> dict[str, Reason]:
    found = json.loads((DATA / "failure_reasons.json").read_text(encoding="utf-8"))
    return {
        row["code"]: Reason(row["code"], row["name"], row["responsible"], tuple(row["also"]), row["action"])
        for row in found
    }


def reason(code: str) -> Reason:
    return reasons()[code]


@cache
def code_table(name: str) -> CodeTable:
    """The codes of a bank (`psbc`), or `portal`: our own reasons as codes, for banks without a table of theirs."""
    if name == "portal":
        own = {code: code for code in reasons()}
        return CodeTable("平台统一码", frozenset({"0"}), own, {code: entry.name for code, entry in reasons().items()})
    found = json.loads((DATA / f"bank_codes_{name}.json").read_text(encoding="utf-8"))
    return CodeTable(
        found["bank"],
        frozenset(found["success"]),
        {row["code"]: row["reason"] for row in found["codes"] if row["reason"]},
        {row["code"]: row["message"] for row in found["codes"]},
    )
