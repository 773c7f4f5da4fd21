"""The lists of this room as tables (accounts.listings)."""

from collections.abc import Iterator
from typing import Any

from accounts.listings import Listing, in_chunks, register_listings, titles
from accounts.scope import portal_today
from accounts.views.people import posts_of
from lib.sheets.write import Value


def _people(found: Any) -> Iterator[tuple[Value, ...]]:
    today = portal_today()
    for some in in_chunks(found):
        for person in some:
            posts = [row["post"] for row in posts_of(person, today) if row["living"]]
            yield (
                person.full_name,
                person.username,
                "、".join(map(str, posts)) or "无岗位",
                "、".join(dict.fromkeys(post.get_duty_group_display() for post in posts)),
                person.phone,
                person.last_login,
                "启用" if person.is_active else "停用",
            )


register_listings(
    Listing(
        "accounts.people",
        "人员与岗位",
        "accounts:people",
        titles("姓名", "用户名", "现任岗位", "岗位类别", "联系电话", "最近登录", "状态"),
        rows=_people,
    ),
)
