"""Typed readers of environment variables.

Every name that is read is remembered, so that a test can compare the deployment's environment with what the
application knows, and a wrong value stops the start with its name instead of a surprise later.
"""

import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})

_names: set[str] = set()


class EnvironmentValueError(ValueError):
    """An environment variable holds what its reader cannot take."""


def names_read() -> frozenset[str]:
    """All names asked for so far."""
    return frozenset(_names)


def _raw(name: str) -> str | None:
    _names.add(name)
    value = os.environ.get(name)
    return None if value is None else value.strip()


def _converted(name: str, default: T, convert: Callable[[str], T], expected: str) -> T:
    value = _raw(name)
    if value is None or value == "":
        return default
    try:
        return convert(value)
    except ValueError as wrong:
        raise EnvironmentValueError(f"环境变量 {name} 的值应为{expected}。") from wrong


def text(name: str, default: str = "") -> str:
    return _raw(name) or default


def optional(name: str) -> str | None:
    return _raw(name) or None


def flag(name: str, *, default: bool = False) -> bool:
    def convert(value: str) -> bool:
        lowered = value.lower()
        if lowered in TRUE:
            return True
        if lowered in FALSE:
            return False
        raise ValueError(lowered)

    return _converted(name, default, convert, "1 或 0")


def whole(name: str, default: int, *, least: int = 0) -> int:
    def convert(value: str) -> int:
        number = int(value)
        if number < least:
            raise ValueError(number)
        return number

    return _converted(name, default, convert, f"不小于 {least} 的整数")


def listed(name: str, default: tuple[str, ...] = ()) -> list[str]:
    value = _raw(name)
    if not value:
        return list(default)
    return [part.strip() for part in value.split(",") if part.strip()]


def structure(name: str) -> dict[str, Any] | None:
    """A JSON object, or None when the name is not set."""

    def convert(value: str) -> dict[str, Any]:
        loaded = json.loads(value)
        if not isinstance(loaded, dict):
            raise ValueError(name)
        return loaded

    nothing: dict[str, Any] | None = None
    return _converted(name, nothing, convert, " JSON 对象")
