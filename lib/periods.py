"""How a period that payments are for is called."""

from datetime import date, timedelta


def period_words(start: date, end: date) -> str:
    """2026年, 2026年5月, 2026年第2季度, 2026年3月至4月, or both days."""
    whole_months = start.day == 1 and (end + timedelta(days=1)).day == 1
    if not whole_months:
        return f"{start.year}年{start.month}月{start.day}日至{end.year}年{end.month}月{end.day}日"
    if start.year != end.year:
        return f"{start.year}年{start.month}月至{end.year}年{end.month}月"
    if (start.month, end.month) == (1, 12):
        return f"{start.year}年"
    if start.month == end.month:
        return f"{start.year}年{start.month}月"
    if start.month % 3 == 1 and end.month == start.month + 2:
        return f"{start.year}年第{end.month // 3}季度"
    return f"{start.year}年{start.month}月至{end.month}月"
