"""Which policies there are to delegate: this room does not know subsidies, so the room above both says it."""

from collections.abc import Callable
from typing import NamedTuple


class OfferedPolicy(NamedTuple):
    code: str
    name: str
    department_id: int


Source = Callable[[], list[OfferedPolicy]]
_sources: list[Source] = []


def offer_policies(source: Source) -> None:
    _sources.append(source)


def offered_policies(department_id: int | None = None) -> list[OfferedPolicy]:
    """All policies that may be named, or those of one department."""
    found = [policy for source in _sources for policy in source()]
    return [policy for policy in found if department_id is None or policy.department_id == department_id]
