"""Reads the wording of a holiday notice into days, and says in a clerk's words where it does not agree with itself.

The State Council's notice has one item for each holiday: “二、春节：2月15日（农历腊月二十八、周日）至23日（周一）
放假调休，共9天。2月14日（周六）、2月28日（周六）上班。” A region's notice has its own items among the nation's.
What cannot be read with certainty is a mistake with its line, never a guess.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NoReturn

from lib.errors import Invalid
from rulebook.models import CalendarDay

HOLIDAY, WORKDAY = CalendarDay.Kind.HOLIDAY, CalendarDay.Kind.WORKDAY
# What the nation's notice must arrange (全国年节及纪念日放假办法), by the word that tells each.
NATIONAL = {
    "元旦": "元旦", "春节": "春节", "清明": "清明节", "劳动": "劳动节", "端午": "端午节", "中秋": "中秋节",
    "国庆": "国庆节",
}  # fmt: skip
# Holidays that are always off on their day, so that a wrong month is noticed.
FIXED = {"元旦": (1, 1), "劳动": (5, 1), "国庆": (10, 1)}
LONGEST = 12
WEEKDAYS = "一二三四五六日"
DAY = timedelta(days=1)

_NUMBER = r"(?:\([一二三四五六七八九十]{1,3}\)|[一二三四五六七八九十]{1,3}、|\(?\d{1,2}[、.)])"
_HEADING = re.compile(rf"(?:^|(?<=[\n。]))({_NUMBER})?([\u4e00-\u9fff、]{{2,16}}?)(?::|(?=\d))")
_TAIL = re.compile(r"鼓励单位|节假日期间|\n国务院办公厅|\n\d{4}年\d{1,2}月\d{1,2}日(?=\n|$)")
_JOIN = r"[至到~\-—–]+"
_ONE = rf"(?:(\d{{4}})年)?(?:(\d{{1,2}})月)?(\d{{1,2}})(?:日|(?={_JOIN}\d))(?:\(([^()]*)\))?"
_SPAN = re.compile(rf"{_ONE}(?:{_JOIN}{_ONE})?")
_VERB = re.compile(r"(不)?(放假|连休|上班)")
_COUNT = re.compile(r"(\d{1,2}|[一二三四五六七八九十])天")
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_YEAR = re.compile(r"(\d{4})年(?:部分节假日|节假日|放假|元旦)")
_WORDED = re.compile(r"(?:\d{1,2}月|\d{1,2}日|\d+[./]\d+)")


@dataclass(frozen=True, order=True)
class Day:
    """One day that differs from the week."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True)
class Holiday:
    """One item of a notice: the days off with the weekends among them, and the weekend days that are worked for it."""

    name: str
    off: tuple[date, ...]
    worked: tuple[date, ...]

    def days(self) -> list[Day]:
        return [Day(day, HOLIDAY, self.name) for day in self.off] + [
            Day(day, WORKDAY, f"{self.name}调休") for day in self.worked
        ]


@dataclass(frozen=True)
class Notice:
    year: int
    holidays: tuple[Holiday, ...]
    title: str = ""
    number: str = ""
    issued_on: date | None = None

    @property
    def days(self) -> list[Day]:
        return sorted(day for holiday in self.holidays for day in holiday.days())


class _Mistakes(list[str]):
    """What is wrong, each with its line."""

    def at(self, line: int, words: str, why: str) -> None:
        shown = words.replace("\n", "")
        self.append(f"第{line}行“{shown[:40]}{'…' if len(shown) > 40 else ''}”：{why}")


@dataclass
class _Item:
    """An item while it is read: its words from `start` of the whole text on."""

    name: str
    body: str
    line: int
    year: int
    mistakes: _Mistakes
    off: list[date] = field(default_factory=list)
    worked: list[date] = field(default_factory=list)


def flat(text: str) -> str:
    """Full and half width alike, without spaces; lines stay, so that a mistake can name its own."""
    lines = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(re.sub(r"\s+", "", line) for line in lines)


def spoken(day: date) -> str:
    """1月4日（周日）"""
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def read_notice(text: str, year: int, *, local: bool = False) -> Notice:
    """The days of `year` that a notice arranges; `Invalid` with every mistake as a sentence under the field `text`.

    With `local` the holidays that are not the nation's, of a region's notice; the nation's are left aside.
    """
    words = flat(text)
    mistakes = _Mistakes()
    named = {int(found) for found in _YEAR.findall(words)}
    if named and year not in named:
        told = "、".join(str(found) for found in sorted(named))
        _refuse([f"原文写的是{told}年的安排，选择的年份却是{year}年。请改选年份，或换成{year}年的通知。"])
    items = list(_items(words, year, mistakes, local=local))
    for item in items:
        _read_item(item)
    _check_whole(items, year, mistakes, local=local)
    if mistakes:
        _refuse(mistakes)
    holidays = tuple(Holiday(item.name, tuple(sorted(item.off)), tuple(sorted(item.worked))) for item in items)
    return Notice(year, holidays, _title(words), _document_number(words), _issued_on(words))


def _refuse(mistakes: list[str]) -> NoReturn:
    """All at once, so that a clerk mends the text in one go."""
    raise Invalid(
        f"通知原文有{len(mistakes)}处读不通，没有导入。请对照原件逐处改正后再试。",
        code="calendar.notice",
        fields={"text": list(mistakes)},
    )


# --- Items ------------------------------------------------------------------------------------------------------------
def keyword(name: str) -> str | None:
    """The word by which a national holiday is told, or None for one that is a region's own."""
    return next((word for word in NATIONAL if word in name), None)


def _is_holiday(name: str) -> bool:
    return keyword(name) is not None or name.endswith(("节", "三月三", "藏历年", "藏历新年"))


def _items(words: str, year: int, mistakes: _Mistakes, *, local: bool) -> Iterator[_Item]:
    headings = [found for found in _HEADING.finditer(words) if found[1] or _is_holiday(found[2])]
    for number, found in enumerate(headings, start=1):
        end = headings[number].start() if number < len(headings) else len(words)
        body, line = words[found.end() : end], words.count("\n", 0, found.start()) + 1
        tail = _TAIL.search(body)
        item = _Item(_called(found[2]), body[: tail.start()] if tail else body, line, year, mistakes)
        if not _is_holiday(item.name):
            if not local and _VERB.search(item.body) and _SPAN.search(item.body):
                mistakes.at(line, found[0], "不是节日的名称，请对照原件改正。")
        elif (keyword(item.name) is None) == local:
            yield item
        elif not local:
            mistakes.at(line, found[0], "不是全国的节日。地方假日请在全国安排导入以后，作为地方假日另行录入。")


def _called(name: str) -> str:
    """The usual name: 国际劳动节 is 劳动节; several in one item stay side by side."""
    parts = [part for part in re.split("[、和]", name) if part]
    return "、".join(NATIONAL.get(keyword(part) or "", part) for part in parts)


def _read_item(item: _Item) -> None:
    line, before = item.line, len(item.mistakes)
    for sentence in re.split("(?<=[。;])", item.body):
        starts_at = line + len(sentence) - len(sentence.lstrip("\n"))
        _read_sentence(item, sentence.replace("\n", "").rstrip("。;"), starts_at)
        line += sentence.count("\n")
    if not item.off and len(item.mistakes) == before:
        item.mistakes.at(item.line, item.name, "没有读出放假日期。应写成“1月1日（周四）至3日（周六）放假”的样子。")


def _read_sentence(item: _Item, sentence: str, line: int) -> None:
    """Dates belong to the verb that follows them; what a sentence says without a verb is not understood."""
    spans = list(_SPAN.finditer(sentence))
    verbs = list(_VERB.finditer(sentence))
    if _WORDED.search(_SPAN.sub("", sentence)):
        item.mistakes.at(line, sentence, "日期的写法读不懂，应写成“2月14日（周六）”。")
        return
    if any(verb[1] for verb in verbs):
        item.mistakes.at(line, sentence, "写的是不放假或不上班，读不懂，请对照原件。")
        return
    pending: list[date] = []
    month: int | None = None
    spoke, before = False, len(item.mistakes)
    for token in sorted([*spans, *verbs], key=lambda found: found.start()):
        if token.re is _SPAN:
            days, month = _days_of(token, item, month, line)
            if not sentence.startswith("是", token.end()):
                pending += days
            continue
        if token[2] == "连休" and spoke:
            continue
        spoke = True
        if not pending and len(item.mistakes) == before:
            item.mistakes.at(line, sentence, f"“{token[2]}”前面没有读出日期，应写成“2月14日（周六）”。")
        elif token[2] == "上班":
            item.worked += pending
        elif pending:
            _take_off(item, pending, sentence[token.end() :], sentence, line)
        pending = []
    if pending:
        told = "、".join(spoken(day) for day in pending)
        item.mistakes.at(line, sentence, f"{told}没有写明是放假还是上班。")


def _take_off(item: _Item, days: list[date], after: str, sentence: str, line: int) -> None:
    """Days off, whose count the notice tells; 与周末连休 brings the weekend beside them."""
    following = _SPAN.search(after)
    told = _COUNT.search(after[: following.start()] if following else after)
    linked = _with_weekend(days) if "连休" in sentence else days
    if told is None:
        item.off += linked
        return
    count = int(told[1]) if told[1].isdigit() else "一二三四五六七八九十".index(told[1]) + 1
    fitting = next((found for found in (days, linked) if len(found) == count), None)
    if fitting is None:
        span = f"{spoken(days[0])}到{spoken(days[-1])}" if len(days) > 1 else spoken(days[0])
        item.mistakes.at(line, sentence, f"写的是共{count}天，按日期数却是{len(days)}天（{span}）。")
    item.off += fitting or days


def _with_weekend(days: list[date]) -> list[date]:
    first, last = days[0], days[-1]
    while (first - DAY).weekday() >= 5:
        first -= DAY
    while (last + DAY).weekday() >= 5:
        last += DAY
    return _each(first, last)


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


# --- Dates ------------------------------------------------------------------------------------------------------------
def _days_of(found: re.Match[str], item: _Item, month: int | None, line: int) -> tuple[list[date], int | None]:
    """The days of one date or span, and the month that a following bare day (…、28日) belongs to."""
    ends: list[date] = []
    year = item.year
    for group in (0, 4):
        its_year, its_month, its_day, aside = (found[group + number] for number in range(1, 5))
        if its_day is None:
            continue
        month = int(its_month) if its_month else month
        year = int(its_year) if its_year else year
        if month is None:
            item.mistakes.at(line, found[0], "没有写是几月。")
            return [], month
        try:
            day = date(year, month, int(its_day))
        except ValueError:
            item.mistakes.at(line, found[0], f"{year}年没有{month}月{int(its_day)}日这一天。")
            return [], month
        weekday = _WEEKDAY.search(aside or "")
        if weekday and WEEKDAYS.index(weekday[1].replace("天", "日")) != day.weekday():
            right = f"{year}年{day.month}月{day.day}日是周{WEEKDAYS[day.weekday()]}"
            item.mistakes.at(line, found[0], f"{right}，与括号里写的周{weekday[1]}不符。请核对日期和年份。")
        ends.append(day)
    if ends[-1] < ends[0]:
        item.mistakes.at(line, found[0], "结束日期早于开始日期。跨年的要在两个日期前都写明年份。")
        return [], month
    if (ends[-1] - ends[0]).days >= LONGEST:
        item.mistakes.at(line, found[0], f"连续{(ends[-1] - ends[0]).days + 1}天，比任何一个假期都长，请核对月份。")
        return [], month
    return _each(ends[0], ends[-1]), month


# --- The whole --------------------------------------------------------------------------------------------------------
def _check_whole(items: list[_Item], year: int, mistakes: _Mistakes, *, local: bool) -> None:
    if local and not items and not mistakes:
        mistakes.append("没有读出地方假日。每个地方假日应单独成条，例如“肉孜节：3月20日（周五）放假，共1天。”")
    if not local:
        there = "".join(item.name for item in items)
        missing = [name for word, name in NATIONAL.items() if word not in there]
        if missing:
            mistakes.append(f"没有读到{'、'.join(missing)}的安排。请粘贴通知的全文，每个节日以“一、元旦：”的样子开头。")
        for item in items:
            _check_fixed(item, year, mistakes)
    mistakes.extend(contradictions([day for item in items for day in _holiday(item).days()], year, local=local))


def _holiday(item: _Item) -> Holiday:
    return Holiday(item.name, tuple(item.off), tuple(item.worked))


def _check_fixed(item: _Item, year: int, mistakes: _Mistakes) -> None:
    for word, (month, day) in FIXED.items():
        if word in item.name and item.off and date(year, month, day) not in item.off:
            mistakes.at(item.line, item.name, f"放假日期里没有{month}月{day}日，请核对月份和日期。")


def belongs(day: Day, year: int, *, local: bool) -> bool:
    """A day of the year itself, or of the December before it, which only the New Year reaches back into."""
    before = day.day.year == year - 1 and day.day.month == 12 and "元旦" in day.name and not local
    return day.day.year == year or before


def contradictions(days: Iterable[Day], year: int, *, local: bool) -> list[str]:
    """What days cannot all be: twice, outside the year, or worked for a holiday though they are worked anyway."""
    wrong = []
    seen: dict[date, Day] = {}
    for day in days:
        words, other = f"{day.day.year}年{spoken(day.day)}", seen.get(day.day)
        if other is not None and other.kind == day.kind:
            wrong.append(f"{words}出现了两次（{other.name}、{day.name}），请删去重复的一处。")
        elif other is not None:
            wrong.append(f"{words}既写了放假又写了上班（{other.name}、{day.name}），请对照原件改正。")
        if not belongs(day, year, local=local):
            wrong.append(f"{words}（{day.name}）不在{year}年，请核对年份。")
        if day.kind == WORKDAY and day.day.weekday() < 5:
            wrong.append(f"{words}本来就是工作日，不会是调休上班日，请核对日期。")
        seen.setdefault(day.day, day)
    return wrong


# --- What the notice says of itself -----------------------------------------------------------------------------------
def _title(words: str) -> str:
    # At the head of a line: a region's notice names the State Council's within a sentence.
    found = re.search(r"(?:^|\n)([\u4e00-\u9fff]{0,30}关于\d{4}年[^。\n,:]{0,30}?的通知)", words)
    return found[1] if found else ""


def _document_number(words: str) -> str:
    head = words[: words.find("现将")] if "现将" in words else words
    # A region's notice quotes the State Council's number in brackets behind its title; its own stands alone in a line.
    found = re.search(r"(?:^|\n)([\u4e00-\u9fff]{2,12}[〔\[(]\d{4}[〕\])]第?\d{1,4}号)(?=\n|$)", head)
    return re.sub(r"[\[(](\d{4})[\])]", r"〔\1〕", found[1]) if found else ""


def _issued_on(words: str) -> date | None:
    found = re.findall(r"(?:^|\n)(\d{4})年(\d{1,2})月(\d{1,2})日(?=\n|$)", words)
    try:
        return date(*map(int, found[-1])) if found else None
    except ValueError:
        return None
