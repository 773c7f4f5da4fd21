"""The texts of the five regulations, cut into the places that a citation may name.

Two ways of numbering: articles with paragraphs and items (第二十八条第（六）项, 第十六条第二款), and plans in chapters
with items and numbers (三（二）3, 五（一）, 四).
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "rulebook/data/profiles"
CODES = ("ZLT", "CQ", "XJ", "YJ", "HD")
NUMBER = "[一二三四五六七八九十]+"
ARTICLE = re.compile(rf"(第{NUMBER}条)(?:第({NUMBER})款|第（({NUMBER})）项)?$")
PLACE = re.compile(rf"({NUMBER})(?:（({NUMBER})）(\d)?)?$")
ITEM = re.compile(rf"[(（]({NUMBER})[)）]")
Lines = list[str]


def squeezed(text: str) -> str:
    """Without white space: pages break lines where they please."""
    return re.sub(r"\s", "", text)


def _cut(lines: Lines, heading: re.Pattern[str]) -> dict[str, Lines]:
    """Heading → its line and what follows up to the next heading; what stands before the first is left out."""
    parts: dict[str, Lines] = {}
    current: Lines = []
    for line in lines:
        if found := heading.match(line):
            current = parts.setdefault(found.group(1), [])
        current.append(line)
    return parts


@dataclass(frozen=True)
class Regulation:
    code: str

    @cached_property
    def lines(self) -> Lines:
        path = ROOT / f"tests/rulebook/regulation_{self.code.lower()}.txt"
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line]

    @cached_property
    def articles(self) -> dict[str, Lines]:
        whole = [line for line in self.lines if not re.match(rf"第{NUMBER}章", line)]
        return _cut(whole, re.compile(rf"(第{NUMBER}条)"))

    @cached_property
    def chapters(self) -> dict[str, Lines]:
        return _cut(self.lines, re.compile(rf"({NUMBER})、"))

    def text(self, citation: str) -> str:
        """What stands at one place; a place that does not exist is a KeyError, IndexError or ValueError."""
        if found := ARTICLE.match(citation):
            return self._in_article(*found.groups())
        if found := PLACE.match(citation):
            return self._in_plan(*found.groups())
        raise ValueError(f"{citation!r} names no place of {self.code}")

    def _in_article(self, article: str, paragraph: str | None, item: str | None) -> str:
        lines = self.articles[article]
        if item:
            return "\n".join(_cut(lines, ITEM)[item])
        if paragraph:
            return [line for line in lines if not ITEM.match(line)]["一二三四五六七八九十".index(paragraph)]
        return "\n".join(lines)

    def _in_plan(self, chapter: str, item: str | None, number: str | None) -> str:
        lines = self.chapters[chapter]
        if item:
            lines = _cut(lines, ITEM)[item]
        if number:
            lines = _cut(lines, re.compile(r"(\d)\."))[number]
        return "\n".join(lines)


@dataclass(frozen=True)
class ProfileFile:
    """A profile as its data file holds it."""

    code: str

    @cached_property
    def data(self) -> dict[str, Any]:
        return dict(json.loads((PROFILES / f"{self.code.lower()}.json").read_text(encoding="utf-8")))

    @cached_property
    def values(self) -> dict[str, dict[str, Any]]:
        return {value["key"]: value for value in self.data["values"]}

    @property
    def chain(self) -> list[dict[str, Any]]:
        return list(self.values["chain"]["value"])

    def quoted(self) -> list[tuple[str, str, str]]:
        """(what, citation, quote) of every value and every step of the chain that rests on an article."""
        values = [(key, value["citation"], value["quote"]) for key, value in self.values.items() if not value["silent"]]
        steps = [(f"chain.{step['key']}", step["article"], step["quote"]) for step in self.chain if not step["silent"]]
        return values + steps


REGULATIONS = {code: Regulation(code) for code in CODES}
FILES = {code: ProfileFile(code) for code in CODES}
