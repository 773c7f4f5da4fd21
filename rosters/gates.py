"""What must be true before a roster may be submitted (上报): each gate reads the facts and refuses with a reason.

The rooms above register their gates in `AppConfig.ready()`: publicity the notice, disbursement the money. A gate that
the county's profile asks for and nobody registered keeps everything shut: a missing room must not open the way.
"""

from collections.abc import Callable, Iterable

from rosters.models import Roster
from subsidies import standing

Gate = Callable[[Roster], None]


def policy_is_public(roster: Roster) -> None:
    """The list and each change are public before any payout under them (POL-4)."""
    standing.check_public(roster.policy, roster.version)


_gates: dict[str, Gate] = {"policy": policy_is_public}


def gate(name: str, check: Gate) -> None:
    """Registers a gate. `check` returns if the gate is open and raises a `lib.errors.Refusal` that says why not."""
    _gates[name] = check


def check(roster: Roster, names: Iterable[str]) -> None:
    """Passes if every named gate is open; raises the refusal of the first that is not."""
    for name in names:
        if name not in _gates:
            raise LookupError(f"the profile asks for gate {name!r}, which no room has registered")
        _gates[name](roster)
