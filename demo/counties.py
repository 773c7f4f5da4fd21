"""What the demonstration of each county differs in: data, with the county's own rules and policies beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from accounts.county import Listed, listed_counties

DATA_FILE = Path(__file__).parent / "data" / "counties.json"


@dataclass(frozen=True)
class Example:
    """One county's demonstration: where it is listed, the policies of its stories, how its quota documents are
    numbered, and which of the fictional names its people have."""

    listed: Listed
    policies: Mapping[str, str]
    documents: Mapping[str, str]
    names: str
    names_share: float

    def document(self, kind: str, number: int) -> str:
        """The number of a quota document of the finance bureau."""
        return self.documents[kind].format(number)


@cache
def examples() -> dict[str, Example]:
    """The demonstrations that there are, by the short names of their counties; the first is the default."""
    data = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    return {
        name: Example(
            listed=listed,
            policies=data[name]["policies"],
            documents=data[name]["documents"],
            names=data[name]["names"]["list"],
            names_share=data[name]["names"]["share"],
        )
        for name, listed in listed_counties().items()
        if name in data
    }
