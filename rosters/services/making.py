"""Rosters and their lines, made and changed by the unit's clerk while nothing is sealed (ROS-2, ROS-3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Division, Organisation, Post, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from households.models import Household, Person
from jobs.services import store_file
from lib.errors import Conflict, Forbidden, Invalid
from lib.money import format_yuan, times
from lib.text import normalise, sentence
from rosters import chain, lines
from rosters.lines import Pick
from rosters.models import Attachment, Finding, Roster, RosterLine
from rosters.payees import check_beneficiary
from rosters.services.moving import editable, facts_of, locked, recompute, retotal
from rulebook import clock, rules
from subsidies import standing
from subsidies.closing import refuse_if_closed
from subsidies.models import Policy, PolicyVersion, Quota, Standard

ATTACHMENT_BYTES = 20 * 2**20
ATTACHMENT_KINDS = (".pdf", ".jpg", ".jpeg", ".png", ".xlsx", ".docx", ".ofd")


# --- The roster -------------------------------------------------------------------------------------------------------
@transaction.atomic
def create_roster(
    *,
    by: User,
    policy: Policy,
    quota: Quota,
    period_start: date,
    period_end: date,
    organisation: Organisation | None = None,
    title: str = "",
    method: str = Roster.Method.ACCOUNT,
) -> Roster:
    """Begins a roster of the clerk's township or school; it keeps the profile's chain and figures of this day (PRO-1).

    A school's roster lies in the township of the school.
    """
    office = _makers_post(by, organisation).organisation
    _check_period(period_start, period_end)
    _check_policy(policy, period_start, period_end)
    if quota.policy_id != policy.pk:
        raise Invalid("所选指标不是这项政策的指标，请重新选择。", code="rosters.quota_of_other", field="quota")
    refuse_if_closed(quota)
    snapshot = chain.resolved(rules.snapshot(policy_code=policy.code), office)
    chain.of_rules(snapshot)
    _check_declares(office, snapshot)
    check_method(method, office, snapshot)
    moment = clock.now()
    roster = Roster.objects.create(
        number=next_number(office.division, moment.date()),
        title=sentence(title)[:200] or title_for(office, policy, period_start, period_end),
        policy=policy,
        version=_version(policy, period_end),
        quota=quota,
        organisation=office,
        division=office.division,
        period_start=period_start,
        period_end=period_end,
        method=method,
        rules=snapshot,
        made_by=by,
        made_by_person=by.person,
        made_at=moment,
        moved_at=moment,
    )
    record(
        by=by,
        verb="roster.create",
        subject=roster,
        facts={"number": roster.number, "policy": policy.code, "quota": quota.pk, "period": [period_start, period_end]},
    )
    return roster


def _makers_post(by: User, organisation: Organisation | None) -> Post:
    """The post of a clerk who makes rosters, in the given unit if there is a choice."""
    for post in scope_of(by).posts:
        if post.role in chain.MAKERS and (organisation is None or post.organisation_id == organisation.pk):
            return post
    names = "、".join(f"“{Role(role).label}”" for role in sorted(chain.MAKERS))
    raise Forbidden(f"清册由{names}岗位编制，您没有该岗位或不在该单位。", code="accounts.post_needed")


def _check_declares(office: Organisation, kept: rules.Kept) -> None:
    """Which kinds of units declare, the county's rules say (declaring.kinds)."""
    if office.kind not in kept["declaring.kinds"]["value"]:
        raise Forbidden(
            f"按本县规定，{office.get_kind_display()}不编制发放清册，请由规定的编制单位编制。",
            code="rosters.declaring",
            rule="declaring.kinds",
        )


def check_method(method: str, office: Organisation, kept: rules.Kept) -> None:
    """Cash only where the rules allow it, and at village assemblies, which a township holds (cash.allowed)."""
    if method not in Roster.Method.values:
        raise Invalid("请选择发放方式：打卡或现金。", code="rosters.method", field="method")
    if method == Roster.Method.CASH and not kept["cash.allowed"]["value"]:
        raise Conflict(
            "按现行规定这项补贴不能发放现金，请选择“打卡”，由银行发放到一卡通账户。",
            code="rosters.cash",
            field="method",
            rule="cash.allowed",
        )
    if method == Roster.Method.CASH and office.kind != Organisation.Kind.TOWNSHIP:
        raise Conflict("现金由乡镇召开村民大会发放，学校的清册请选择“打卡”。", code="rosters.cash_unit", field="method")


def _check_period(start: date, end: date) -> None:
    if start > end:
        raise Invalid("所属期的起始日期晚于截止日期，请改正。", code="rosters.period", field="period_end")


def _check_policy(policy: Policy, start: date, end: date) -> None:
    standing.check_open(policy)
    too_early = policy.in_force_from is not None and end < policy.in_force_from
    if too_early or (policy.in_force_to is not None and start > policy.in_force_to):
        raise Invalid("所属期不在这项政策的执行期内，请核对。", code="rosters.policy_period", field="period_start")


def _version(policy: Policy, day: date) -> PolicyVersion:
    """What the policy says for the period: the newest version in effect when the period ends."""
    found = policy.versions.filter(effective_from__lte=day).order_by("-effective_from").first()
    if found is None:
        raise Invalid("这项政策在所属期内没有生效的标准，请主管部门先录入。", code="rosters.version", field="policy")
    standing.check_public(policy, found)
    return found


def next_number(division: Division, day: date) -> str:
    """152223100-202605-003: township, month, and a sequence that the township's row orders."""
    Division.objects.select_for_update(no_key=True).get(pk=division.pk)
    prefix = f"{division.code[:9]}-{day:%Y%m}-"
    last = Roster.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.rsplit('-', 1)[1]) + 1 if last else 1:04d}"


def period_words(start: date, end: date) -> str:
    """2026年, 2026年5月, 2026年第2季度, or both days."""
    whole_months = start.day == 1 and (end + timedelta(days=1)).day == 1 and start.year == end.year
    if whole_months and (start.month, end.month) == (1, 12):
        return f"{start.year}年"
    if whole_months and start.month == end.month:
        return f"{start.year}年{start.month}月"
    if whole_months and start.month % 3 == 1 and end.month == start.month + 2:
        return f"{start.year}年第{end.month // 3}季度"
    return f"{start.year}年{start.month}月{start.day}日至{end.year}年{end.month}月{end.day}日"


def title_for(office: Organisation, policy: Policy, start: date, end: date) -> str:
    whose = office.name if office.kind == Organisation.Kind.SCHOOL else office.division.name
    return f"{whose}{period_words(start, end)}{policy.name}发放清册"


def refuse_new_lines(roster: Roster) -> None:
    """A correction holds the lines that failed and nobody else."""
    if roster.kind == Roster.Kind.CORRECTION:
        raise Conflict(
            "更正清册只有发放失败退回的明细，不能增加人员；漏报的人员请另外编制清册。", code="rosters.correction"
        )


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


def _check_not_there(roster: Roster, holder: str, basis: str, except_line: int = 0) -> None:
    there = RosterLine.objects.filter(roster=roster, holder=holder, basis=basis).exclude(pk=except_line)
    number = there.values_list("number", flat=True).first()
    if number is not None:
        whom = "该户" if holder.startswith("H") else "该人员"
        raise Conflict(
            f"{whom}已在本清册第{number}号。确属不同地块、合同或机具的，请填写不同的“计发依据”。",
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
    quantity: Decimal,
    basis: str = "",
    remark: str = "",
    payee: Person | None = None,
) -> RosterLine:
    """Adds a line with a snapshot of the register. It stands last until the roster is checked, then in its village."""
    current = editable(by, roster)
    refuse_new_lines(current)
    _check_standard(current, standard)
    _check_amount(_quantity(quantity), standard)
    # As the register has it now, whatever the caller read before the lock.
    beneficiary = Person.objects.select_related("household__village", "household__head").get(pk=beneficiary.pk)
    check_beneficiary(current, beneficiary, payee)
    basis = normalise(basis)[:60]
    _check_not_there(current, _holder(current, beneficiary), basis)
    pick = Pick(beneficiary.pk, standard.pk, quantity, basis, sentence(remark)[:200])
    if lines.insert_picks(current, [pick]) != 1:
        raise Conflict("补贴对象信息刚刚有变动，请刷新后重新选择。", code="rosters.register_changed")
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


@transaction.atomic
def change_line(
    *,
    by: User,
    line: RosterLine,
    quantity: Decimal | None = None,
    standard: Standard | None = None,
    basis: str | None = None,
    remark: str | None = None,
) -> RosterLine:
    """Changes what is owed; who it is owed to is another line."""
    current = editable(by, line.roster)
    fresh = _line(current, line)
    if standard is not None:
        _check_standard(current, standard)
        fresh.standard, fresh.unit_fen = standard, standard.amount_fen
    if quantity is not None:
        fresh.quantity = _quantity(quantity)
    _check_amount(fresh.quantity, fresh.standard)
    fresh.amount_fen = times(fresh.quantity, fresh.unit_fen)
    _check_correction(fresh, basis)
    if basis is not None:
        fresh.basis = normalise(basis)[:60]
        _check_not_there(current, fresh.holder, fresh.basis, fresh.pk)
    if remark is not None:
        fresh.remark = sentence(remark)[:200]
    fresh.save(update_fields=["standard", "unit_fen", "quantity", "amount_fen", "basis", "remark"])
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
            f"{len(wanted)}条中有{len(wanted) - added}条不能列入：不在本乡镇、已迁出或注销、"
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
        SELECT h.head_id, %(standard)s::bigint, h.subsidised_mu, '', '', row_number() OVER (ORDER BY h.code)
          FROM households_household h JOIN accounts_division v ON v.id = h.village_id
         WHERE v.parent_id = %(division)s AND h.state = 'living' AND h.subsidised_mu > 0 AND h.head_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM rosters_rosterline o
                            WHERE o.roster_id = %(roster)s AND o.holder = 'H' || h.id)"""
    added = lines.insert(current, wanted, {"standard": chosen.pk, "division": current.division_id})
    without_head = Household.objects.filter(
        village__parent=current.division, state=Household.State.LIVING, subsidised_mu__gt=0, head=None
    ).count()
    recompute(current)
    facts: dict[str, Any] = {"added": added, "without_head": without_head}
    record(by=by, verb="roster.fill", subject=current, facts={**facts_of(current), **facts})
    return Filled(added, without_head)


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


# --- Attachments ------------------------------------------------------------------------------------------------------
@transaction.atomic
def add_attachment(*, by: User, roster: Roster, kind: str, upload: UploadedFile[Any]) -> Attachment:
    """Keeps a scan with the hash of its content (ROS-9), by a post of the roster's unit or its department."""
    current = locked(roster)
    if not chain.in_unit(by, current) and current.policy.department_id not in scope_of(by).department_ids:
        raise Forbidden("附件由编制单位或主管部门上传。", code="rosters.attachment_post")
    if kind not in Attachment.Kind.values:
        raise Invalid("请选择附件类别。", code="rosters.attachment_kind", field="kind")
    name = upload.name or ""
    if not name.lower().endswith(ATTACHMENT_KINDS):
        raise Invalid(
            "附件应为 PDF、OFD、图片（JPG、PNG）、Excel（xlsx）或 Word（docx）文件。",
            code="rosters.attachment_type",
            field="file",
        )
    if (upload.size or 0) > ATTACHMENT_BYTES:
        raise Invalid("附件不能超过20MB，请压缩后再上传。", code="rosters.attachment_size", field="file")
    if not upload.size:
        raise Invalid("文件是空的，请重新选择。", code="rosters.attachment_empty", field="file")
    stored = store_file(content=upload, name=name, by=by)
    attachment = Attachment.objects.create(roster=current, kind=kind, file=stored, added_by=by, added_at=clock.now())
    facts = {"attachment": attachment.pk, "kind": kind, "sha256": bytes(stored.sha256).hex()}
    record(by=by, verb="roster.attach", subject=current, facts=facts)
    return attachment
