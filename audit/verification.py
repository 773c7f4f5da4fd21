"""What the three verifying commands share: a check passes, or names the first thing that is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: which truth, where, and what was found."""

    truth: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.truth}: {self.where}: {self.what}"


def first(findings: Iterable[Finding]) -> Finding | None:
    """The first finding, without computing the others."""
    found: Iterator[Finding] = iter(findings)
    return next(found, None)
