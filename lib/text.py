"""One spelling for text that people typed: full-width forms, invisible characters, spaces, interpuncts, groups.

Spreadsheets from villages carry full-width digits, zero-width characters, several interpuncts in names of ethnic
minorities and three spellings of the same villagers' group. Equality in SQL needs one spelling.
"""

import re
import unicodedata
from functools import lru_cache

INTERPUNCT = "·"

_INTERPUNCTS = re.compile(r"\s*[·•‧∙⋅・･．.●▪]\s*")
_SPACES = re.compile(r"\s+")
_SPACE_AT_HAN = re.compile(r"(?<=[^\x00-\u024f]) | (?=[^\x00-\u024f])")
_LATIN_INITIAL = re.compile(r"(?<=[A-Za-z])·(?=\s|[A-Za-z]|$)")
_GROUP = re.compile(
    r"^第?(?P<number>\d{1,3}|[零〇一二三四五六七八九十百两]{1,6})(?P<suffix>(?:村民|居民)?小?组|号组|[社队]|合作社|生产队)?$",
    re.ASCII,
)
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100}


def normalise(text: str) -> str:
    """Return ``text`` in NFKC without invisible characters, stripped, runs of white space as one space.

    Invisible are Unicode's format characters (zero width, byte order mark, soft hyphen, direction marks) and control
    characters; tabulators and line breaks count as space.
    """
    if text.isalnum() and unicodedata.is_normalized("NFKC", text):
        return text
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFKC", text))
    if not spaced.isprintable():
        spaced = "".join(char for char in spaced if unicodedata.category(char) not in ("Cf", "Cc"))
        spaced = _SPACES.sub(" ", spaced)
    return spaced.strip()


def sentence(text: str) -> str:
    """Return what a person wrote as it was written: full-width punctuation stays, for nobody searches for it.

    Invisible and control characters go, and runs of white space become one space.
    """
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    kept = "".join(char for char in spaced if unicodedata.category(char) not in ("Cf", "Cc"))
    return _SPACES.sub(" ", kept).strip()


def normalise_name(text: str) -> str:
    """Return a person's name in one spelling: no spaces beside Chinese characters, every interpunct as ``·``.

    ``阿依．古丽``, ``阿依 • 古丽`` and ``阿依·古丽`` are the same name. A full stop after Latin letters stays one.
    """
    plain = _SPACE_AT_HAN.sub("", normalise(text))
    if plain.isalpha():
        return plain
    dotted = _INTERPUNCTS.sub(INTERPUNCT, plain)
    return _LATIN_INITIAL.sub(".", dotted).strip(INTERPUNCT)


@lru_cache(maxsize=1024)
def normalise_group(text: str) -> str:
    """Return a villagers' group in one spelling: 一组, 1组, 第1组, 第一村民小组 and 1 are all ``1组``.

    Groups with a proper name stay as they are; 三社 and 五队 become ``3社`` and ``5队``, for they are other units.
    """
    plain = normalise(text).replace(" ", "")
    found = _GROUP.match(plain)
    if found is None:
        return plain
    number = _number(found["number"])
    suffix = found["suffix"] or "组"
    if suffix.endswith("组"):
        suffix = "组"
    return f"{number}{suffix}"


def _number(text: str) -> int:
    """Return the value of Arabic digits or of a Chinese numeral below one thousand (``二十一`` → 21)."""
    if text.isdigit():
        return int(text)
    if not any(char in _HAN_UNITS for char in text):
        return int("".join(str(_HAN_DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _HAN_UNITS:
            total += (digit or 1) * _HAN_UNITS[char]
            digit = 0
        else:
            digit = _HAN_DIGITS[char]
    return total + digit
