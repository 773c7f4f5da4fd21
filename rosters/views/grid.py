"""The grid's page, and what its script asks for. Refusals come as {code, message} for the script to show."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from lib.errors import Invalid, NotFound, Refusal
from lib.templatetags.portal import cn_datetime
from rosters import grid, services
from rosters.models_rest import RestShare
from rosters.services.gridding import Checked, Open
from rosters.services.making import refuse_new_lines
from rosters.views.common import crumbs, own_roster, person, unit_of

Answer = Callable[..., dict[str, Any]]
NUMERIC = frozenset({"decimal", "integer", "money"})
# Beyond this many changed rows a check of them alone is no quicker than one of all.
MOST_ROWS_ALONE = 300
SKIPPED = {"blank": "空行", "header": "重复的表头", "total": "合计行", "footer": "落款"}


def _answers(view: Answer) -> Callable[..., HttpResponse]:
    """A view whose answer is JSON, its refusals too."""

    @wraps(view)
    def answering(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return JsonResponse(view(request, pk), json_dumps_params={"ensure_ascii": False})
        except NotFound:
            raise
        except Refusal as refusal:
            told = {"code": refusal.code, "message": refusal.message}
            return JsonResponse(told, status=refusal.http_status, json_dumps_params={"ensure_ascii": False})

    return answering


def _order(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except RequestDataTooBig as fault:
        raise Invalid("一次粘贴的内容过大，请分几次粘贴，或者用“从文件导入”。", code="rosters.grid_large") from fault
    except ValueError as fault:
        raise Invalid("请求没有读懂，请刷新页面后重试。", code="rosters.grid_shape") from fault
    if not isinstance(found, dict):
        raise Invalid("请求没有读懂，请刷新页面后重试。", code="rosters.grid_shape")
    return found


def _text(order: dict[str, Any], key: str) -> str:
    value = order.get(key, "")
    return value if isinstance(value, str) else ""


def _number(order: dict[str, Any], key: str) -> int:
    value = order.get(key, 0)
    return value if isinstance(value, int) else -1


def _state(found: Open) -> dict[str, Any]:
    saved = f"{found.saved_by.full_name} {cn_datetime(found.saved_at)}" if found.saved_by else ""
    return {"token": found.token, "change": found.change, "saved": saved, "replace": found.replace}


def _checked(found: Checked) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "good": found.good,
        "bad": found.bad_rows,
        "notes": [list(note) for note in found.notes],
        "shown": [[index, cells] for index, cells in found.shown.items() if cells],
    }


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    roster = own_roster(person(request), pk)
    refuse_new_lines(roster)
    context = {
        "roster": roster,
        "crumbs": crumbs(roster),
        "unit": unit_of(roster),
        "columns": grid.of(roster).columns,
        "tiers": roster.version.standards.order_by("code"),
        "most": grid.MOST,
        "rest": RestShare.objects.filter(roster=roster).first(),
        "numeric": NUMERIC,
    }
    return render(request, "rosters/grid.html", context)


@require_GET
@_answers
def rows(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The table as it stands, with what is wrong in it."""
    user = person(request)
    roster = own_roster(user, pk)
    found = services.open_grid(by=user, roster=roster)
    return {**_state(found), "rows": found.rows, "check": _checked(services.check_grid(by=user, roster=roster))}


@require_POST
@_answers
def change(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Keeps what was typed, and checks the rows that changed (`rows`: their indices)."""
    user, order = person(request), _order(request)
    roster = own_roster(user, pk)
    found = services.change_grid(
        by=user,
        roster=roster,
        token=_text(order, "token"),
        change=_text(order, "change"),
        splices=grid.splices_of(grid.of(roster), order.get("splices")),
    )
    asked = order.get("rows", [])
    wanted = {index for index in asked if isinstance(index, int)} if isinstance(asked, list) else set()
    if not wanted:
        return _state(found)
    alone = wanted if len(wanted) <= MOST_ROWS_ALONE else None
    checked = services.check_grid(by=user, roster=roster, wanted=alone)
    return {**_state(found), "alone": sorted(alone) if alone else None, "check": _checked(checked)}


@require_POST
@_answers
def paste(request: HttpRequest, pk: int) -> dict[str, Any]:
    user, order = person(request), _order(request)
    roster = own_roster(user, pk)
    found, pasted = services.paste_grid(
        by=user,
        roster=roster,
        token=_text(order, "token"),
        change=_text(order, "change"),
        text=_text(order, "text"),
        row=_number(order, "row"),
        column=_number(order, "column"),
    )
    answer = {**_state(found), "check": _checked(services.check_grid(by=user, roster=roster))}
    if pasted is None:
        return {**answer, "rows": found.rows}
    return {**answer, "splice": list(pasted.splice), "told": _told(pasted)}


def _told(pasted: grid.Pasted) -> list[str]:
    """What the paste did by itself, in sentences."""
    count = len(pasted.splice[2])
    told = [f"已粘贴{count:,}行，" + ("按表头对应各列。" if pasted.header else "没有表头，从所选单元格起依次填入。")]
    told += [f"跳过{SKIPPED.get(reason, reason)}{number:,}行。" for reason, number in pasted.skipped.items()]
    if pasted.unknown:
        told.append(f"没有用到的列：{'、'.join(pasted.unknown[:8])}。")
    if pasted.beyond:
        told.append(f"右边有{pasted.beyond}列超出表格，没有粘贴。")
    return told + [f"{mend.column}：{mend.label}{mend.count:,}处。" for mend in pasted.mended]


@require_POST
@_answers
def check(request: HttpRequest, pk: int) -> dict[str, Any]:
    user = person(request)
    return {"check": _checked(services.check_grid(by=user, roster=own_roster(user, pk)))}


@require_POST
@_answers
def save(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Into the roster in one request: the way to go on, or what is still wrong."""
    user, order = person(request), _order(request)
    only_good = order.get("good") is True
    roster, found = services.save_grid(
        by=user,
        roster=own_roster(user, pk),
        token=_text(order, "token"),
        only_good=only_good,
        over_changed=order.get("over") is True,
    )
    if found.bad_rows and not only_good:
        return {"check": _checked(found)}
    messages.success(request, f"已保存{found.good:,}行，并运行了检查，结果见下。")
    if found.bad_rows:
        messages.warning(request, f"有错误的{found.bad_rows:,}行没有写入，留在表格里等您改正。")
    return {"done": reverse("rosters:detail", args=[roster.pk])}


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    services.drop_grid(by=user, roster=own_roster(user, pk))
    messages.info(request, "已放弃表格草稿，清册的明细没有改动。")
    return redirect("rosters:detail", pk=pk)
