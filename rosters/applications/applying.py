"""Applications made, completed and withdrawn: by villagers in public pages, or by a clerk with the signed form."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from households import transit
from households.models import Person
from households.units import open_villages
from jobs.uploads import SCANS, check_paper, keep_paper
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.text import normalise, sentence
from rosters import shapes
from rosters.applications import checking
from rosters.applications.models import Application, ApplicationPaper, ApplicationTerm
from rosters.applications.terms import refuse_closed
from rosters.shapes import Shape
from rulebook import clock
from subsidies import standing
from subsidies.columns import Template
from subsidies.models import Standard

State, Kind = Application.State, ApplicationPaper.Kind
Upload = UploadedFile[Any]
MOST_PAPERS = 5


@transaction.atomic
def submit_application(
    *,
    by: User | None,
    term: ApplicationTerm,
    applicant: Person,
    beneficiary: Person,
    standard: Standard,
    quantity: Decimal | None = None,
    basis: str = "",
    extra: Mapping[str, str] | None = None,
    note: str = "",
    consent: bool = False,
    papers: Sequence[Upload] = (),
    form: Upload | None = None,
) -> Application:
    """Takes an application, checked at once against the register.

    `by` is None when the villager applies alone, who consents to the use of the own data; a clerk of the township or
    village applies on the villager's behalf with the signed form. `extra` is what was typed into the columns of the
    policy's template, by key; a quantity may follow from them.
    """
    transit.hold_people()
    term = ApplicationTerm.objects.select_related("policy__department").get(pk=term.pk)
    refuse_closed(term)
    applicant = _fresh(applicant)
    if by is not None:
        require_entry(by, applicant)
    _check_papers(term, by, consent, papers, form)
    owed = checking.beneficiary_of(term.policy, applicant, _fresh(beneficiary))
    _check_people(term, applicant, owed)
    what = _what(term, owed, standard=standard, quantity=quantity, basis=basis, typed=extra or {})
    holder = checking.holder_of(term.policy, owed)
    village = owed.household.village
    # Whoever applies for the same at the same moment waits here and is then told.
    number = _next_number(village.parent_id or village.pk)
    checking.refuse_double(term, holder, what["basis"])
    application = Application.objects.create(
        number=number,
        term=term,
        policy=term.policy,
        period_start=term.period_start,
        period_end=term.period_end,
        division_id=village.parent_id or village.pk,
        village=village,
        household=owed.household,
        applicant=applicant,
        beneficiary=owed,
        holder=holder,
        **what,
        note=sentence(note)[:300],
        entered_by=by,
        entered_by_person=by.person if by else None,
        made_at=clock.now(),
    )
    _keep(application, by, papers, form)
    facts = {"application_term": term.pk, "applicant": applicant.pk, "person": owed.pk, "online": by is None}
    record(by=by, verb="application.submit", subject=application, facts=facts)
    return application


def _what(
    term: ApplicationTerm,
    owed: Person,
    *,
    standard: Standard,
    quantity: Decimal | None,
    basis: str,
    typed: Mapping[str, str],
) -> dict[str, Any]:
    """What is asked for, by the fields of an application; refused where the policy does not give it."""
    shape = shapes.of_version(standing.version_on(term.policy, term.period_end))
    held, ciphers = shape.read(typed, today=clock.today())
    much = shape.owed(held, quantity)
    _check_standard(term, standard, owed, much)
    basis = _checked_basis(term, shape, basis)
    shape.check_required(held, basis)
    return {"basis": basis, "standard": standard, "quantity": much, "extra": held, "extra_ciphers": ciphers}


def _check_people(term: ApplicationTerm, applicant: Person, owed: Person) -> None:
    for person, whose in ((applicant, "申报人"), (owed, "享受人")):
        checking.check_person(person, whose)
    checking.check_account(term.policy, owed)
    checking.refuse_excluded(term, owed)


def basis_title(term: ApplicationTerm, template: Template) -> str:
    """What the number that tells entitlements apart is called, where term or template asks for one."""
    return term.basis_title or (template.basis.title if template.basis.required else "")


def _checked_basis(term: ApplicationTerm, shape: Shape, text: str) -> str:
    title = basis_title(term, shape.template)
    basis = normalise(text)[:60] if title else ""
    if title and not basis:
        raise Invalid(f"请填写{title}。", code="applications.basis", field="basis")
    return basis


def _fresh(person: Person) -> Person:
    found = Person.objects.select_related("household__village", "household__head__household").filter(pk=person.pk)
    fresh = found.first()
    if fresh is None:
        raise NotFound
    return fresh


def require_entry(by: User, applicant: Person) -> None:
    """A clerk of the applicant's township, or of the village where the county's rules let villages enter."""
    village = applicant.household.village
    scope = scope_of(by)
    if scope.holds(Role.TOWNSHIP_CLERK, division_id=village.parent_id) or village.pk in open_villages(scope):
        return
    raise Forbidden("代为申报由申报人所在乡镇（村）的经办办理，您没有该岗位。", code="accounts.post_needed")


def _check_papers(
    term: ApplicationTerm, by: User | None, consent: bool, papers: Sequence[Upload], form: Upload | None
) -> None:
    if by is None and not consent:
        raise Invalid("请阅读并勾选同意后再提交。", code="applications.consent", field="consent")
    if by is not None and form is None:
        raise Invalid("请上传申报人签字的申报表。", code="applications.form", field="form")
    if term.papers and not papers:
        raise Invalid(f"请上传材料：{term.papers}", code="applications.papers", field="papers")
    check_uploads(papers)
    if form is not None:
        check_paper(form, field="form", kinds=SCANS)


def check_uploads(papers: Sequence[Upload]) -> None:
    if len(papers) > MOST_PAPERS:
        raise Invalid(f"最多上传{MOST_PAPERS}份材料，请合并后再传。", code="applications.papers", field="papers")
    for paper in papers:
        check_paper(paper, field="papers", kinds=SCANS)


def _check_standard(term: ApplicationTerm, standard: Standard, owed: Person, quantity: Decimal) -> None:
    if standard.version_id != standing.version_on(term.policy, term.period_end).pk:
        raise Invalid("所选档次不是这项政策现在的标准，请重新选择。", code="rosters.standard", field="standard")
    checking.check_standard(term, standard, owed, quantity)


def _next_number(township: int) -> str:
    """SB152223100-26-00017: township, year, and a sequence that the township's row orders."""
    division = Division.objects.select_for_update(no_key=True).get(pk=township)
    prefix = f"SB{division.code[:9]}-{clock.today():%y}-"
    last = Application.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True)
    newest = last.first()
    return f"{prefix}{int(newest.rsplit('-', 1)[1]) + 1 if newest else 1:05d}"


def _keep(application: Application, by: User | None, papers: Sequence[Upload], form: Upload | None = None) -> None:
    given = [(Kind.FORM, form, "form")] if form is not None else []
    given += [(Kind.PROOF, paper, "papers") for paper in papers]
    for kind, upload, field in given:
        ApplicationPaper.objects.create(
            application=application,
            kind=kind,
            file=keep_paper(upload, by=by, field=field, kinds=SCANS),
            added_at=clock.now(),
        )


def locked(application: Application) -> Application:
    """The application as it is now, its row locked."""
    found = Application.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "applicant__household__village", "beneficiary", "policy", "term", "village"
    )
    return found.get(pk=application.pk)


def own(by: User | None, person: Person | None, application: Application) -> None:
    """The applicant in person, or a clerk who may enter for that person."""
    if by is None:
        if person is None or application.applicant_id != person.pk:
            raise NotFound
        return
    require_entry(by, application.applicant)


def moved(application: Application, state: "Application.State", verb_words: str) -> None:
    """Refuses a step that has no arrow, in words."""
    if state not in Application.TRANSITIONS[application.state]:
        raise Conflict(
            f"申报{application.number}现在是“{application.get_state_display()}”，不能{verb_words}，请刷新页面后再看。",
            code="applications.arrow",
        )


@transaction.atomic
def supply_missing(
    *, by: User | None, application: Application, person: Person | None = None, papers: Sequence[Upload]
) -> Application:
    """Hands in what the township asked for; the application waits for it again."""
    current = locked(application)
    own(by, person, current)
    moved(current, State.SUBMITTED, "补交材料")
    if not papers:
        raise Invalid("请上传要补交的材料。", code="applications.papers", field="papers")
    check_uploads(papers)
    _keep(current, by, papers)
    current.state, current.supplied_at = State.SUBMITTED, clock.now()
    current.save(update_fields=["state", "supplied_at"])
    record(by=by, verb="application.supply", subject=current, facts={"papers": len(papers)})
    return current


@transaction.atomic
def withdraw_application(*, by: User | None, application: Application, person: Person | None = None) -> Application:
    """Takes an application back as long as it stands in no roster."""
    current = locked(application)
    own(by, person, current)
    moved(current, State.WITHDRAWN, "撤回")
    if current.takes.filter(released=False).exists():
        raise Conflict(
            "这份申报已经列入发放清册，不能撤回。确需撤回的，请联系乡镇经办先从清册中删除。",
            code="applications.in_roster",
        )
    current.state, current.withdrawn_by, current.withdrawn_at = State.WITHDRAWN, by, clock.now()
    current.save(update_fields=["state", "withdrawn_by", "withdrawn_at"])
    record(by=by, verb="application.withdraw", subject=current)
    return current
