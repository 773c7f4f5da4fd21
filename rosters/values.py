"""A value of a template's column: as it lies on the line, as it stands in a cell, as people read it."""

from datetime import date
from decimal import Decimal
from typing import Any

from lib import crypto, masking
from lib.money import format_yuan, to_yuan
from subsidies.columns import Extra


def stored(extra: Extra, value: Any) -> str:
    """A value as it lies on the line; of a secret its digest."""
    if extra.kind == "money":
        return str(int(Decimal(value) * 100))
    if extra.numeric:
        plain = f"{Decimal(value):f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if extra.secret:
        return crypto.digest("id" if extra.kind == "id" else "secret", str(value)).hex()
    return value.isoformat() if isinstance(value, date) else str(value)


def as_typed(extra: Extra, text: str) -> str:
    """A stored value as it stands in a cell."""
    return f"{to_yuan(int(text))}" if extra.kind == "money" else text


def in_words(extra: Extra, text: str) -> str:
    """A stored value for people: 12.5亩, ¥1,200.00, 2026年3月."""
    if extra.kind == "money":
        return format_yuan(int(text))
    if extra.kind == "month":
        return f"{int(text[:4])}年{int(text[5:])}月"
    if extra.kind == "date":
        return f"{int(text[:4])}年{int(text[5:7])}月{int(text[8:])}日"
    return f"{text}{extra.unit}"


def hidden(extra: Extra, number: str) -> str:
    """A secret number as lists show it. A certificate's last digits may tell of health, so its first ones stay."""
    if extra.kind == "id":
        return masking.id_number(number, masking.Audience.LIST)
    return number[:4] + "*" * (len(number) - 4)
