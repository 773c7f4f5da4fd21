"""Every kind of change by its code."""

from households.services.changing import bulk, homes, parting, people
from households.services.changing.kind import ChangeKind

_ALL: tuple[ChangeKind, ...] = (
    homes.NewHome(), homes.Cancel(), people.NewHead(), people.Identity(), people.MembersIn(), people.MembersOut(),
    people.Contact(), homes.Land(), parting.Split(), parting.Merge(), bulk.Bulk(),
)  # fmt: skip
BY_CODE: dict[str, ChangeKind] = {one.kind: one for one in _ALL}
