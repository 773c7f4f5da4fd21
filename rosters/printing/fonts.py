"""The type of printed papers: which characters it has, how wide they are, and what stands for those it lacks."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from lib.errors import Conflict

REGULAR, BOLD = "NotoSansSC", "NotoSansSC-Bold"
_FILES = {REGULAR: "NotoSansSC-Regular.ttf", BOLD: "NotoSansSC-Bold.ttf"}


@lru_cache(maxsize=2)
def load(name: str) -> Any:
    """The font, read once in a process. A missing file is the administrator's to mend."""
    path = Path(settings.PORTAL_FONTS) / _FILES[name]
    try:
        font = TTFont(name, str(path))
    except (OSError, TTFError) as fault:
        raise Conflict(
            "系统没有安装打印用的中文字体，暂时不能打印。请系统管理员运行一次 script/setup。", code="rosters.no_font"
        ) from fault
    pdfmetrics.registerFont(font)
    return font


class _Widths(dict[str, float]):
    """Of each character at size 1, as they are asked for."""

    def __init__(self, face: Any) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, char: str) -> float:
        self[char] = found = self._face.charWidths.get(ord(char), self._face.defaultWidth) / 1000
        return float(found)


@lru_cache(maxsize=1)
def _characters() -> frozenset[str]:
    """Every character that both weights have."""
    regular, bold = (load(name).face.charToGlyph for name in (REGULAR, BOLD))
    return frozenset(chr(code) for code in regular if code in bold)


@lru_cache(maxsize=2)
def _widths(name: str) -> _Widths:
    return _Widths(load(name).face)


def lacking(text: str) -> list[str]:
    """The characters of a text that the type does not have, each once."""
    known = _characters()
    return [] if known.issuperset(text) else [char for char in dict.fromkeys(text) if char not in known]


def spelled(text: str) -> str:
    """The text with every character that the type lacks written as its number, 〔U+2A6A5〕: none vanishes silently."""
    known = _characters()
    if known.issuperset(text):
        return text
    return "".join(char if char in known else f"〔U+{ord(char):04X}〕" for char in text)


def width(text: str, name: str = REGULAR) -> float:
    """How wide the text stands at size 1."""
    return sum(map(_widths(name).__getitem__, text))
