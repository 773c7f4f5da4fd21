"""How the values of a profile read to people."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import Role
from rulebook import catalogue
from rulebook.calendar import UNIT_WORDS

WORDS = {"finance": "财政部门", "department": "主管部门", "township": "乡镇", **catalogue.DATE_RULES}
SIGNS = {"detail": "在明细表上签字", "summary": "在汇总表上签字"}
OFFICES = {"department": "主管部门", "finance": "财政部门", "outside": "县外机关"}


@dataclass(frozen=True)
class Reading:
    """One value as pages show it: the words, for a clock its start, bearer, counting and ends, for a way its steps."""

    words: str
    starts: str = ""
    who: str = ""
    counting: str = ""
    near: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)


def read(key: str, value: Any) -> Reading:
    """How a value of `key` reads."""
    entry = catalogue.BY_KEY[key]
    if entry.shape == "span" and value is not None:
        who = catalogue.PARTIES.get(value.get("who", ""), "")
        starts = starts_in_words(value)
        return Reading(in_words(value, key), starts, who, counting_in_words(value), near_in_words(value))
    if entry.shape in ("chain", "path") and value:
        return Reading(in_words(value, key), steps=chain_steps(value))
    return Reading(in_words(value, key))


def counting_in_words(value: dict[str, Any]) -> str:
    """Whether the first day counts, and what a day is."""
    if value["unit"] == "natural_hours":
        return "从起算时刻起连续计算，节假日照算"
    first = "起算当日计入" if value.get("first_day") else "起算当日不计入，从次日算起"
    days = "只算工作日（按国务院放假安排）" if value["unit"] == "working_days" else "节假日照算"
    return f"{first}，{days}，末日24时期满"


def near_in_words(value: dict[str, Any]) -> str:
    """When people are told that the clock nears its end (`deadlines.near`)."""
    if value["unit"] == "natural_hours":
        hours = min(24.0, value["amount"] / 4)
        return f"到期前{hours:g}小时"
    return "到期前1天" if value["amount"] >= 4 else "剩四分之一时间时"


def in_words(value: Any, key: str = "") -> str:
    """5天, 24小时, 2个工作日, 是, 否, 发放之前 …"""
    options = dict(catalogue.BY_KEY[key].options) if key in catalogue.BY_KEY else {}
    if value is None:
        return "不设期限"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(options[item] for item in value) if options else " → ".join(step["title"] for step in value)
    if isinstance(value, dict):
        return _compound_in_words(value)
    return options.get(value) or WORDS.get(str(value), str(value))


def _compound_in_words(value: dict[str, Any]) -> str:
    """Spans and dates."""
    if "rule" in value:
        return WORDS.get(value["rule"], str(value["rule"]))
    if "date" in value:
        month, _, day = str(value["date"]).partition("-")
        return f"每年{int(month)}月{int(day)}日以前"
    if value.get("first_day") and value["amount"] == 1:
        return "当日"
    return f"{value['amount']}{UNIT_WORDS.get(value['unit'], value['unit'])}"


def starts_in_words(value: Any) -> str:
    """The event from which a clock runs; empty for what is no clock."""
    return catalogue.EVENTS.get(value.get("starts", ""), "") if isinstance(value, dict) else ""


def chain_steps(chain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of an approval chain or of a path, as drawn: who does what, and by which article."""
    roles: dict[str, str] = {role.value: str(role.label) for role in Role}
    return [
        {
            "number": number,
            "title": step["title"],
            "post": _post_words(step, roles),
            "signs": SIGNS.get(step.get("signs", ""), ""),
            "submits": bool(step.get("submits")),
            "article": step.get("article", ""),
            "quote": step.get("quote", ""),
            "silent": bool(step.get("silent")),
        }
        for number, step in enumerate(chain, start=1)
    ]


def _post_words(step: dict[str, Any], roles: dict[str, str]) -> str:
    if step.get("kind") == "notice":
        return "公示期满，没有未办结的异议"
    if "office" in step:
        return OFFICES.get(str(step["office"]), str(step["office"]))
    posts = step.get("post", "")
    if isinstance(posts, dict):
        return "、".join(roles.get(str(post), str(post)) for post in posts.values())
    return roles.get(posts, "—")
