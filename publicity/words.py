"""How times of a notice read to people."""

from datetime import datetime, timedelta
from math import ceil

from rulebook import clock
from rulebook.deadlines import due_words


def end_words(moment: datetime) -> str:
    """2026年5月11日24:00 rather than 2026年5月12日00:00: a day ends with itself."""
    local = moment.astimezone(clock.SHANGHAI)
    last_day = local - timedelta(microseconds=1)
    return f"{last_day.year}年{due_words(local).replace(' ', '')}"


def span_words(span: timedelta) -> str:
    """What is still missing, never less than a minute: 1分钟, 3小时20分钟, 2天5小时."""
    minutes = max(1, ceil(span.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{left}分钟" if left else f"{hours}小时"
    return f"{left}分钟"
