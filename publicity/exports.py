"""The lists of this room as tables (accounts.listings)."""

from accounts.listings import Column, Listing, plain, register_listings, word, yuan
from accounts.models import Organisation
from publicity.models import Notice, Objection
from publicity.words import end_words


def _unit(kind: str, organisation: str, division: str) -> str:
    """Under whose name a notice hangs (`boards.unit_name`)."""
    return organisation if kind == Organisation.Kind.SCHOOL else division


def _maker(path: str = "") -> Column:
    return Column("编制单位", tuple(f"{path}{end}" for end in ("organisation__kind", "organisation__name",
                                                           "division__name")), _unit)  # fmt: skip


register_listings(
    Listing(
        "publicity.waiting",
        "待公示的清册",
        "publicity:notices",
        (
            plain("清册编号", "number"),
            plain("清册", "title"),
            _maker(),
            plain("补贴", "policy__name"),
            plain("人（户）数", "line_count"),
            yuan("金额", "total_fen"),
            plain("进入本环节", "moved_at"),
        ),
    ),
    Listing(
        "publicity.notices",
        "公示",
        "publicity:notices",
        (
            plain("公示", "title"),
            _maker("roster__"),
            word("方式", "channel", Notice.Channel.choices),
            plain("张贴", "posted_at"),
            plain("张贴人", "posted_by__full_name"),
            Column("期满", ("ends_at",), end_words),
            plain("人（户）数", "line_count"),
            yuan("金额", "total_fen"),
            plain("待核实异议", "open_objections"),
            word("状态", "state", Notice.State.choices),
        ),
    ),
    Listing(
        "publicity.objections",
        "异议",
        "publicity:objections",
        (
            plain("受理编号", "number"),
            plain("公示", "notice__title"),
            word("来源", "source", Objection.Source.choices),
            plain("序号", "line_number"),
            plain("内容", "content"),
            plain("提出时间", "made_at"),
            plain("办理人", "handled_by__full_name"),
            plain("办结时间", "handled_at"),
            plain("办理结果", "result"),
            word("状态", "state", Objection.State.choices),
        ),
    ),
    Listing(
        "publicity.one_lists",
        "各村的一张单",
        "publicity:one_lists",
        (plain("村（社区）", "name"), plain("人数", "people"), yuan("合计", "fen")),
    ),
)
