"""Ways from a clock or a refusal to the rule behind it: `{% load rules %}`.

Only people who are signed in read 适用规则, so that nothing is drawn for anybody else, nor on the public's pages.
"""

from typing import Any

from django import template
from django.forms import BaseForm
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rulebook import catalogue

register = template.Library()
PUBLIC = "/public/"


def _staff(context: Context) -> bool:
    # `include … only` drops the variable but keeps the attribute of the RequestContext.
    request = context.get("request") or getattr(context, "request", None)
    if not isinstance(request, HttpRequest) or request.path.startswith(PUBLIC):
        return False
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_authenticated)


@register.simple_tag(takes_context=True)
def clock_rule(context: Context, url: str | None) -> SafeString:
    """A small link beside a clock to the rule that it counts by."""
    if not url or not _staff(context):
        return SafeString("")
    return format_html('<a class="clock-rule" href="{}" title="看这个时限的规定和依据">规定</a>', url)


@register.simple_tag(takes_context=True)
def rule_way(context: Context, source: Any = "") -> SafeString:
    """Under a refusal: the rule from which it follows, or the way to all of them.

    `source` is the key of a rule, or the form that shows the refusal (`accounts.forms.add_refusal`).
    """
    if not _staff(context) or (isinstance(source, BaseForm) and not hasattr(source, "refused_by")):
        # What is only typed wrong follows from no rule.
        return SafeString("")
    keys = getattr(source, "refused_by", []) if isinstance(source, BaseForm) else [source]
    known = [catalogue.BY_KEY[key] for key in keys if isinstance(key, str) and key in catalogue.BY_KEY]
    page = reverse("rulebook:rules")
    if not known:
        return format_html('<p class="rule-way"><a href="{}">查看适用规则</a></p>', page)
    entry = known[0]
    return format_html('<p class="rule-way">依据：<a href="{}#{}">适用规则“{}”</a></p>', page, entry.key, entry.title)
