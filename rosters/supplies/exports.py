"""Lists of supplied lists as a table (accounts.listings)."""

from accounts.listings import Listing, plain, register_listings, word
from rosters.supplies.models import Supply, SupplyKey

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
    ),
    Listing(
        "rosters.supply_keys",
        "系统对接密钥",
        "rosters:supply_keys",
        (
            plain("系统名称", "name"),
            plain("密钥编号", "public_id"),
            plain("所属部门", "organisation__name"),
            plain("有效期至", "expires_on"),
            plain("最近使用", "last_used_at"),
            plain("申请人", "asked_by__full_name"),
            plain("审批人", "decided_by__full_name"),
            word("状态", "state", SupplyKey.State.choices),
        ),
    ),
)
