"""Filters of notices: `{% load notices %}`."""

from datetime import datetime

import segno
from django import template
from django.utils.safestring import SafeString, mark_safe

from publicity import boards
from publicity.models import Notice, NoticeLine
from publicity.words import end_words
from rosters import shapes
from rosters.shapes import Shape

register = template.Library()

# Three and a half centimetres on paper: a cheap telephone reads it at arm's length.
QR_PIXELS = 132


@register.filter
def window_end(moment: datetime | None) -> str:
    """2026年5月11日24:00: a day ends with itself."""
    return end_words(moment) if moment else ""


@register.filter
def unit_name(notice: Notice) -> str:
    """The township or the school under whose name a notice hangs."""
    return boards.unit_name(notice)


@register.filter
def columns_of(notice: Notice) -> Shape | None:
    """What the notice's policy tells beside quantity and amount; None where it has no such columns."""
    shape = shapes.of(notice.roster)
    return shape if any(extra.notice for extra in shape.template.columns) else None


@register.filter
def told_by(line: NoticeLine, shape: Shape) -> list[tuple[str, str]]:
    """Title and text of a line's own columns that the public may read."""
    return shape.shown(line.extra)


@register.simple_tag
def qr_code(address: str) -> SafeString:
    """The address as an SVG QR code in the page: no request, no style."""
    drawn: str = segno.make(address, error="m").svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )
    sized = drawn.replace("<svg ", f'<svg width="{QR_PIXELS}" height="{QR_PIXELS}" ', 1)
    return mark_safe(sized)  # noqa: S308 - segno writes paths and the numbers of their size, nothing of the address
