"""Lists of supplied lists as a table (accounts.listings)."""

from accounts.listings import Listing, plain, register_listings, word
from rosters.supplies.models import Supply

register_listings(
    Listing(
        "rosters.supplies",
        "部门名单",
        "rosters:supplies",
        (
            plain("政策", "policy__name"),
            plain("所属期起", "period_start"),
            plain("所属期止", "period_end"),
            plain("提供部门", "organisation__name"),
            plain("行数", "rows"),
            plain("分到乡镇的行数", "sorted_rows"),
            word("状态", "state", Supply.State.choices),
            plain("经办人", "made_by__full_name"),
            plain("提供时间", "made_at"),
            plain("下达时间", "issued_at"),
        ),
    )
)
