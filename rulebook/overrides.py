"""For what a rule may differ, and what keeps the rules it began with: the rooms above register both (PRO-1, PRO-2).

The rulebook does not know policies, rosters or batches. `AppConfig.ready()` of the room that owns them tells it:

    register_scopes(selectors.policy_scopes)       (code, name) of each policy that may have rules of its own
    register_keeping(selectors.keeping_words)      what is under way under the present rule: words, count, address
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Scopes = Callable[[], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Keeping:
    """Things under way which a changed rule leaves alone: 办理中的清册, 12."""

    words: str
    count: int


# From the key of a rule and the code of a policy ("": all) to what is under way.
KeepingSource = Callable[[str, str], Iterable[Keeping]]
_scopes: list[Scopes] = []
_keeping: list[KeepingSource] = []


def register_scopes(source: Scopes) -> None:
    _scopes.append(source)


def register_keeping(source: KeepingSource) -> None:
    _keeping.append(source)


def policies() -> dict[str, str]:
    """Code and name of every policy for which a rule may differ."""
    return {code: name for source in _scopes for code, name in source()}


def name_of(code: str) -> str:
    """How a scope reads: a policy's name, or the whole county."""
    return policies().get(code, code) if code else "全县"


def keeping(key: str, policy_code: str = "") -> list[Keeping]:
    """What is under way and will not be touched by a change of `key`; kinds of which there is nothing are left out."""
    return [kept for source in _keeping for kept in source(key, policy_code) if kept.count]
