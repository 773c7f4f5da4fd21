"""Template tags and filters of every page: `{% load portal %}`.

Filters turn a stored value into what people read and answer an absent value (None, "") with an empty string, so that
templates write `{{ line.amount_fen|yuan|default:"—" }}`. They never query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet, BoundField
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from lib import merkle, money
from lib.periods import period_words

register = template.Library()

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Mistake:
    """One entry of the error summary: the field's label, what is wrong, and the id of the input to jump to."""

    label: str
    message: str
    target: str


# -- money and figures --------------------------------------------------------------------------------------------


@register.filter
def yuan(fen: int | str | None) -> str:
    """Fen to ¥1,234.56."""
    return "" if fen is None or fen == "" else money.format_yuan(int(fen))


@register.filter
def capitals(fen: int | str | None) -> str:
    """Fen to Chinese capitals, 壹仟贰佰叁拾肆元伍角陆分."""
    return "" if fen is None or fen == "" else money.capitals(int(fen))


@register.filter
def quantity(value: Decimal | int | str | None) -> str:
    """A quantity without trailing zeros: 12.50 → 12.5, 100 → 100, never 1E+2."""
    number = _decimal(value)
    if number is None:
        return ""
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


@register.filter
def thousands(value: Decimal | int | str | None) -> str:
    """Groups of three digits: 1234567 → 1,234,567; decimals are kept as they come."""
    number = _decimal(value)
    return "" if number is None else f"{number:,f}"


def _decimal(value: Decimal | int | str | None) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


# -- time ---------------------------------------------------------------------------------------------------------


@register.filter
def cn_date(value: date | datetime | None) -> str:
    """2026年5月6日, an aware moment read in Shanghai."""
    if not isinstance(value, date):
        return ""
    day = _local(value) if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def cn_datetime(value: datetime | None) -> str:
    """2026年5月6日 14:03, an aware moment read in Shanghai."""
    if not isinstance(value, datetime):
        return cn_date(value)
    moment = _local(value)
    return f"{cn_date(moment)} {moment:%H:%M}"


@register.filter
def period(found: Any) -> str:
    """The period of a roster, a line, a supply: whatever has its two days."""
    return period_words(found.period_start, found.period_end)


@register.filter
def unbroken(text: str) -> str:
    """The text with spaces that no line breaks at, for a date and time that belong together."""
    return str(text).replace(" ", "\N{NO-BREAK SPACE}")


def _local(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(SHANGHAI)


# -- fingerprints and people --------------------------------------------------------------------------------------


@register.filter
def short_fp(digest: bytes | memoryview | None) -> str:
    """A fingerprint as people compare it, A1B2-C3D4-…; the database hands binary columns over as memoryview."""
    return merkle.short(bytes(digest)) if digest else ""


@register.filter
def full_fp(digest: bytes | memoryview | None) -> str:
    """The whole fingerprint in hex, for the title of its short form and for copying."""
    return bytes(digest).hex().upper() if digest else ""


# -- addresses ----------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: object) -> str:
    """The current query string with changes: `{% query_with tab="done" %}`; None or "" takes a key away.

    A change of anything but the page goes back to the first page.
    """
    query = _query(context)
    if "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_hidden(context: Context, keep: str) -> SafeString:
    """Hidden inputs for the keys of the query (named in one string, "tab size") that a GET form must carry along."""
    query = _query(context)
    pairs = [(key, value) for key in keep.split() for value in query.getlist(key)]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


def _query(context: Context) -> QueryDict:
    # `include … only` drops the variable but keeps the attribute of the RequestContext.
    request = context.get("request") or getattr(context, "request", None)
    return request.GET.copy() if isinstance(request, HttpRequest) else QueryDict(mutable=True)


# -- what the parts need ------------------------------------------------------------------------------------------


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The page numbers to show around the present one; None stands for a gap."""
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in elided]


@register.filter
def mistakes(source: BaseForm | BaseFormSet[Any] | Iterable[Any] | None) -> list[Mistake]:
    """What is wrong with a form, a formset, or a list of texts or {label, message, target}, in the page's order."""
    if not source:
        return []
    if isinstance(source, BaseForm):
        return _form_mistakes(source)
    if isinstance(source, BaseFormSet):
        whole = [Mistake("", str(text), "") for text in source.non_form_errors()]
        return whole + [entry for form in source.forms for entry in _form_mistakes(form)]
    return [_mistake(entry) for entry in source]


def _form_mistakes(form: BaseForm) -> list[Mistake]:
    whole = [Mistake("", str(text), "") for text in form.non_field_errors()]
    for field in form:
        target = "" if field.is_hidden else field_target(field)
        whole += [Mistake(str(field.label), str(text), str(target)) for text in field.errors]
    return whole


@register.filter
def field_target(field: BoundField) -> str:
    """The id the error summary jumps to: the input, or the group around several of them (see parts/_field.html)."""
    grouped = field.use_fieldset and getattr(field.field.widget, "input_type", "") != "file"
    return f"{field.auto_id}_group" if grouped else str(field.id_for_label or field.auto_id)


def _mistake(entry: Any) -> Mistake:
    if isinstance(entry, Mistake):
        return entry
    if isinstance(entry, dict):
        return Mistake(
            str(entry.get("label", "")), str(entry.get("message", "")), str(entry.get("target", "")).lstrip("#")
        )
    return Mistake("", str(entry), "")


@register.filter
def digits_of(value: object) -> str:
    """A number as machines read it in an attribute, whatever the locale groups or rounds."""
    return str(value if value is not None else 0)
