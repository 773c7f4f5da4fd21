"""No county is named in the code: what differs between counties is data, and code asks the rules (PRO-1).

Articles are cited in comments and docstrings as `ZLT§27` or `HD四`; that names a source, not a county's case.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".py", ".html", ".sql", ".js"}
# Data, what tests the counties, and what writes the tables about them.
OUTSIDE = {"tests", "docs", "var", "node_modules", "data"}
GENERATORS = {"script/requirements_table.py", "script/profiles_table.py"}
NAMES = "扎赉特|永川|疏附|永吉|洪洞"
CODES = "152223000000|500118000000|653121000000|220221000000|141024000000"
SHORT = "zlt|cq|xj|yj|hd"
# Words for divisions that one county alone uses: pages speak neutral words. Imports do know them, as villagers write.
LOCAL = re.compile("苏木|嘎查")
CITATION = re.compile(r"\b(?:ZLT|CQ|XJ|YJ|HD)(?:§|(?=[一二三四五六七八九十]+(?![\u4e00-\u9fff])))")
# Letters before a number that is filled in (`f"XJ{day}"`, 现金) are no word.
COUNTY = re.compile(rf"{NAMES}|{CODES}|(?<![A-Za-z0-9])(?:{SHORT})(?![A-Za-z0-9{{])", re.IGNORECASE)


def named(text: str) -> Iterator[tuple[int, str]]:
    """(line, name) of every county in a text, citations of articles left out."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in COUNTY.finditer(CITATION.sub("", line)):
            yield number, found.group()


def sources() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        if path.suffix in SUFFIXES and not OUTSIDE & set(inside.parts) and inside.as_posix() not in GENERATORS:
            yield path


@pytest.mark.req("PRO-1")
def test_no_county_is_named_in_the_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in sources()
        for number, name in named(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_pages_speak_of_townships_and_villages_in_words_of_every_county() -> None:
    pages = [path for path in sources() if path.suffix in {".html", ".js"}]
    assert pages
    found = [str(path.relative_to(ROOT)) for path in pages if LOCAL.search(path.read_text(encoding="utf-8"))]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        'if rules.profile().code == "CQ":',
        'load_policies(set_code="zlt")',
        "county = '永川区'",
        "WHERE code = '141024000000'",
        "{% if profile.code == 'yj' %}",
        "const county = 'HD'",
        "xj_only = True",
        "<p>洪洞县财政局</p>",
        "# in HD一般 it is otherwise",
    ],
)
def test_a_county_is_found(line: str) -> None:
    assert list(named(line))


@pytest.mark.parametrize(
    "line",
    [
        "# Submission waits for the money (ZLT§27).",
        '"""Cash is handed out by three (XJ二(二)), delegation is agreed by the department (CQ§24-25)."""',
        "# HD四: 特定政策另有要求的",
        "# HD五(一), YJ八, 十",
        "hdr = xjoin(cqueue)",
        'number = f"XJ{today:%Y%m%d}"',
    ],
)
def test_a_citation_of_an_article_is_no_county(line: str) -> None:
    assert not list(named(line))
