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


def lacking(text: str) -> list[str]:
    """The characters of a text that the type does not have, each once."""
    known = load(REGULAR).face.charToGlyph
    return [char for char in dict.fromkeys(text) if ord(char) not in known]


@lru_cache(maxsize=20_000)
def spelled(text: str) -> str:
    """The text with every character that the type lacks written as its number, 〔U+2A6D7〕: none vanishes silently."""
    known = load(REGULAR).face.charToGlyph
    if all(ord(char) in known for char in text):
        return text
    return "".join(char if ord(char) in known else f"〔U+{ord(char):04X}〕" for char in text)


@lru_cache(maxsize=20_000)
def width(text: str, name: str = REGULAR) -> float:
    """How wide the text stands at size 1, of a text whose characters the type has."""
    face = load(name).face
    widths, default = face.charWidths, face.defaultWidth
    return float(sum(widths.get(ord(char), default) for char in text)) / 1000
