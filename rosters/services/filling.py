"""The lines of a roster, one by one and in sets, while nothing is sealed (ROS-2, ROS-3)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Organisation, User
from accounts.trail import record
from households.models import Household, Person
from lib.errors import Conflict, Invalid
from lib.money import format_yuan, times
from lib.text import normalise, sentence
from rosters import backpay, lines, shapes
from rosters.lines import Pick
from rosters.models import Finding, Roster, RosterLine
from rosters.payees import check_beneficiary
from rosters.services.making import refuse_new_lines
from rosters.services.moving import editable, facts_of, recompute, retotal
from rosters.shapes import Shape
from rulebook import clock
from subsidies.models import Policy, Standard


# --- Single lines -----------------------------------------------------------------------------------------------------
def _quantity(quantity: Decimal) -> Decimal:
    if not quantity.is_finite() or quantity <= 0:
        raise Invalid("数量应大于零。", code="rosters.quantity", field="quantity")
    if quantity != round(quantity, 2):
        raise Invalid("数量最多保留两位小数。", code="rosters.quantity", field="quantity")
    if quantity >= 10**10:
        raise Invalid("数量过大，请核对。", code="rosters.quantity", field="quantity")
    return quantity


def _check_amount(quantity: Decimal, standard: Standard) -> None:
    if times(quantity, standard.amount_fen) <= 0:
        raise Invalid("数量太小，算出的金额不足一分。", code="rosters.amount", field="quantity")


def _check_standard(roster: Roster, standard: Standard) -> None:
    if standard.version_id != roster.version_id:
        raise Invalid("所选标准不属于本清册适用的政策版本，请重新选择。", code="rosters.standard", field="standard")


def _holder(roster: Roster, beneficiary: Person) -> str:
    if roster.policy.unit == Policy.Unit.HOUSEHOLD:
        return f"H{beneficiary.household_id}"
    return f"P{beneficiary.pk}"


def _check_not_there(roster: Roster, shape: Shape, holder: str, basis: str, except_line: int = 0) -> None:
    there = RosterLine.objects.filter(roster=roster, holder=holder, basis=basis).exclude(pk=except_line)
    number = there.values_list("number", flat=True).first()
    if number is not None:
        whom = "该户" if holder.startswith("H") else "该人员"
        raise Conflict(
            f"{whom}已在本清册第{number}号。确属不同地块、合同或机具的，"
            f"请填写不同的“{shape.template.basis.title or '计发依据'}”。",
            code="rosters.double",
            field="basis",
        )


@transaction.atomic
def add_line(
    *,
    by: User,
    roster: Roster,
    beneficiary: Person,
    standard: Standard,
    quantity: Decimal | None = None,
    basis: str = "",
    remark: str = "",
    payee: Person | None = None,
    extra: Mapping[str, str] | None = None,
) -> RosterLine:
    """Adds a line with a snapshot of the register. It stands last until the roster is checked, then in its village.

    `extra` is what was typed into the columns of the policy's template, by key; a quantity may follow from them.
    """
    current = editable(by, roster)
    refuse_new_lines(current)
    _check_standard(current, standard)
    shape = shapes.of(current)
    held, ciphers = shape.read(extra or {}, today=clock.today())
    quantity = shape.owed(held, quantity)
    _check_amount(_quantity(quantity), standard)
    # As the register has it now, whatever the caller read before the lock.
    found = Person.objects.select_related("household__village", "household__head").filter(pk=beneficiary.pk).first()
    if found is None:
        raise _register_changed()
    beneficiary = found
    check_beneficiary(current, beneficiary, payee)
    basis = backpay.spelled(normalise(basis))[:60]
    if extra is not None:
        shape.check_required(held, basis)
    _check_not_there(current, shape, _holder(current, beneficiary), basis)
    told = sentence(remark)[:200]
    pick = Pick(beneficiary.pk, standard.pk, quantity, basis, told, json.dumps(held), json.dumps(ciphers))
    if lines.insert_picks(current, [pick]) != 1:
        raise _register_changed()
    line = RosterLine.objects.filter(roster=current).order_by("-number")[0]
    retotal(current)
    record(
        by=by,
        verb="roster.line_add",
        subject=current,
        facts={
            "line": line.pk,
            "person": beneficiary.pk,
            "amount_fen": line.amount_fen,
            "total_fen": current.total_fen,
        },
    )
    return line


def _register_changed() -> Conflict:
    return Conflict("补贴对象信息刚刚有变动，请刷新后重新选择。", code="rosters.register_changed")


@transaction.atomic
def change_line(
    *,
    by: User,
    line: RosterLine,
    quantity: Decimal | None = None,
    standard: Standard | None = None,
    basis: str | None = None,
    remark: str | None = None,
    extra: Mapping[str, str] | None = None,
) -> RosterLine:
    """Changes what is owed; who it is owed to is another line. `extra` replaces the template's columns as a whole."""
    current = editable(by, line.roster)
    fresh = _line(current, line)
    shape = shapes.of(current)
    if extra is not None:
        fresh.extra, fresh.extra_ciphers = shape.read(extra, today=clock.today(), before=fresh)
        quantity = shape.owed(fresh.extra, quantity)
    if standard is not None:
        _check_standard(current, standard)
        fresh.standard, fresh.unit_fen = standard, standard.amount_fen
    if quantity is not None:
        fresh.quantity = _quantity(quantity)
    _check_amount(fresh.quantity, fresh.standard)
    fresh.amount_fen = times(fresh.quantity, fresh.unit_fen)
    _check_correction(fresh, basis)
    if basis is not None:
        fresh.basis = backpay.spelled(normalise(basis))[:60]
        _check_not_there(current, shape, fresh.holder, fresh.basis, fresh.pk)
        fresh.once_key = lines.once_key(shape.template.basis.once, fresh.basis)
    if extra is not None:
        shape.check_required(fresh.extra, fresh.basis)
    if remark is not None:
        fresh.remark = sentence(remark)[:200]
    fresh.save(
        update_fields=[
            "standard", "unit_fen", "quantity", "amount_fen", "basis", "remark", "extra", "extra_ciphers", "once_key",
        ]
    )  # fmt: skip
    retotal(current)
    facts = {"line": fresh.pk, "amount_fen": fresh.amount_fen, "before_fen": line.amount_fen}
    record(by=by, verb="roster.line_change", subject=current, facts={**facts, "total_fen": current.total_fen})
    return fresh


def _check_correction(line: RosterLine, basis: str | None) -> None:
    """A line that declares again may owe less, never more, and stays what it was."""
    if line.corrects is None:
        return
    if line.amount_fen > line.corrects.amount_fen:
        raise Invalid(
            f"更正后的金额不能超过原来的{format_yuan(line.corrects.amount_fen)}；应当多发的，请另外编制清册。",
            code="rosters.correction_amount",
            field="quantity",
        )
    if basis is not None and normalise(basis)[:60] != line.basis:
        raise Invalid("更正清册的计发依据与原清册一致，不能改动。", code="rosters.correction", field="basis")


@transaction.atomic
def remove_line(*, by: User, line: RosterLine) -> None:
    current = editable(by, line.roster)
    fresh = _line(current, line)
    facts = {"line": fresh.pk, "person": fresh.beneficiary_id, "amount_fen": fresh.amount_fen}
    Finding.objects.filter(line=fresh).delete()
    fresh.delete()
    retotal(current)
    record(by=by, verb="roster.line_remove", subject=current, facts={**facts, "total_fen": current.total_fen})


def _line(roster: Roster, line: RosterLine) -> RosterLine:
    fresh = RosterLine.objects.select_related("standard").filter(roster=roster, pk=line.pk).first()
    if fresh is None:
        raise Conflict("这一行已被删除，请刷新页面。", code="rosters.line_gone")
    return fresh


# --- Lines in sets ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filled:
    """What a filling brought: lines added, households that could not be lines for want of a head's record."""

    added: int
    without_head: int


@transaction.atomic
def fill_lines(*, by: User, roster: Roster, picks: Iterable[Pick]) -> int:
    """Adds many lines at once from (person, standard, quantity, basis, remark); all of them or none.

    The quick way for an application's results or data shared by another system: one statement for the lines, one for
    numbers and totals, one entry of the trail; some 10,000 lines a second.
    """
    current = editable(by, roster)
    refuse_new_lines(current)
    wanted = list(picks)
    added = lines.insert_picks(current, wanted)
    if added != len(wanted):
        raise Invalid(
            f"{len(wanted)}条中有{len(wanted) - added}条不能列入：不在本乡镇底册、已迁出或注销、"
            "没有户主档案，或标准不属于本清册适用的政策版本。",
            code="rosters.fill",
        )
    recompute(current)
    record(by=by, verb="roster.fill", subject=current, facts={**facts_of(current), "added": added})
    return added


@transaction.atomic
def fill_from_register(*, by: User, roster: Roster, standard: Standard | None = None) -> Filled:
    """One line for each living household of the township with a subsidised area that has none yet (按户, 按亩)."""
    current = editable(by, roster)
    refuse_new_lines(current)
    if current.organisation.kind != Organisation.Kind.TOWNSHIP:
        raise Invalid("由底册按面积生成的清册由乡镇编制。", code="rosters.not_land", field="standard")
    chosen = standard or _land_standard(current)
    _check_standard(current, chosen)
    if current.policy.unit != Policy.Unit.HOUSEHOLD or chosen.per != "亩":
        raise Invalid(
            "只有按户、按亩计发的补贴可以由底册的补贴面积生成清册。", code="rosters.not_land", field="standard"
        )
    wanted = """
        SELECT h.head_id, %(standard)s::bigint, h.subsidised_mu, '', '', row_number() OVER (ORDER BY h.code),
               {extra}, '{}'::jsonb
          FROM households_household h JOIN accounts_division v ON v.id = h.village_id
         WHERE v.parent_id = %(division)s AND h.state = 'living' AND h.subsidised_mu > 0 AND h.head_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM rosters_rosterline o
                            WHERE o.roster_id = %(roster)s AND o.holder = 'H' || h.id)"""
    params = {"standard": chosen.pk, "division": current.division_id}
    added = lines.insert(current, wanted.replace("{extra}", _fed(shapes.of(current))), params, extras=True)
    without_head = Household.objects.filter(
        village__parent=current.division, state=Household.State.LIVING, subsidised_mu__gt=0, head=None
    ).count()
    recompute(current)
    facts: dict[str, Any] = {"added": added, "without_head": without_head}
    record(by=by, verb="roster.fill", subject=current, facts={**facts_of(current), **facts})
    return Filled(added, without_head)


_MEANS = "(SELECT nullif(sum(m.quantity), 0) FROM households_means m WHERE m.household_id = h.id AND m.kind = '{0}')"


def _source(feed: str) -> str:
    """Where the register has what a column is fed with, as SQL over the household h."""
    part, _, name = feed.partition(".")
    return "h.contracted_mu" if part == "household" else _MEANS.format(name)


def _fed(shape: Shape) -> str:
    """What the register has for the template's columns. What the quantity is computed from is only taken over where it
    comes to the registered area; else the area stands alone."""
    fed = {one.key: _source(one.feed) for one in shape.template.columns if one.feed}
    if not fed:
        return "'{}'::jsonb"
    pairs = ", ".join(f"'{key}', trim_scale({source})::text" for key, source in fed.items())
    found = f"jsonb_strip_nulls(jsonb_build_object({pairs}))"
    formula = shape.template.of_quantity
    if formula is None:
        return found
    computed = shape.computed(lambda one: f"({fed.get(one.key, 'NULL')}::numeric)")
    names = ", ".join(f"'{name}'" for name in formula.names)
    return f"CASE WHEN {computed} = h.subsidised_mu THEN {found} ELSE {found} - ARRAY[{names}] END"


def _land_standard(roster: Roster) -> Standard:
    found = list(Standard.objects.filter(version_id=roster.version_id, per="亩")[:2])
    if len(found) != 1:
        raise Invalid("本政策没有或有多个按亩的标准，请先选定标准。", code="rosters.standard", field="standard")
    return found[0]


@transaction.atomic
def refresh_lines(*, by: User, roster: Roster) -> int:
    """Takes over what has changed in the register (names, heads, accounts in use); returns how many lines changed."""
    current = editable(by, roster)
    changed = lines.refresh(current)
    recompute(current)
    record(by=by, verb="roster.refresh", subject=current, facts={**facts_of(current), "changed": changed})
    return changed
