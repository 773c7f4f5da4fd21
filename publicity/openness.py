"""What the county makes public of its own accord (publicity.kinds): each kind has its section, the others have none.

A single notice stays at its address, which is printed on the village board, whatever the lists show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from accounts.models import Organisation
from lib.errors import NotFound
from publicity.selectors import public_policies
from rulebook import clock, rules
from rulebook.catalogue import BY_KEY
from rulebook.models import Profile
from subsidies.models import BasisDocument, Policy, PolicyVersion

KEY, ONE_LIST = "publicity.kinds", "publicity.one_list"
BASIS, LIST, GUIDE, DECLARATIONS, PAYOUTS, CHANNELS = "basis", "list", "guide", "declarations", "payouts", "channels"
# Where each kind is, and what it tells, in words for villagers.
_PLACES = {
    BASIS: ("public:documents", "每项补贴依据哪些文件，文号和日期"),
    LIST: ("public:policies", "现在有哪些补贴，谁能享受，标准多少"),
    GUIDE: ("public:guides", "怎么申报，要带什么，找谁办"),
    DECLARATIONS: ("public:notices", "正在公示和公示期满的名单"),
    PAYOUTS: ("public:payouts", "哪个村、哪项补贴发了多少"),
    CHANNELS: ("public:channels", "咨询、监督举报打哪个电话"),
}
View = Callable[..., HttpResponseBase]


def kinds() -> frozenset[str]:
    return frozenset(rules.value(KEY))


def has_one_list() -> bool:
    return bool(rules.value(ONE_LIST))


def opens(kind: str) -> Callable[[View], View]:
    """A page of one kind: where the county does not make it public, it is not there."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
            if kind not in kinds():
                raise NotFound
            return view(request, *args, **more)

        return guarded

    return decorate


def sections(public: frozenset[str]) -> list[dict[str, str]]:
    """The kinds that are public here, in the order of the catalogue, for the front page."""
    return [
        {"key": key, "title": title, "url": reverse(_PLACES[key][0]), "words": _PLACES[key][1]}
        for key, title in BY_KEY[KEY].options
        if key in public
    ]


# --- Policies as they stand -------------------------------------------------------------------------------------------
def current_versions() -> QuerySet[PolicyVersion]:
    """Of each public policy the version that applies today."""
    told = PolicyVersion.objects.filter(published_at__isnull=False, effective_from__lte=clock.today())
    newest = told.filter(policy__in=public_policies().order_by().values("pk"))
    newest = newest.order_by("policy_id", "-effective_from").distinct("policy_id")
    found = PolicyVersion.objects.filter(pk__in=newest.values("pk")).select_related("policy__department")
    return found.order_by("policy__department__name", "policy__code")


@dataclass(frozen=True)
class Basis:
    """A document with every policy that stands on it; `document` is one whose file can be had."""

    title: str
    number: str
    issued_on: date | None
    policies: tuple[Policy, ...]
    document: BasisDocument | None


def basis_documents() -> list[Basis]:
    """The documents of the policies that are public, each once, the newest first."""
    rows = BasisDocument.objects.filter(version__in=current_versions().order_by().values("pk"))
    found: dict[tuple[str, str], list[BasisDocument]] = {}
    for row in rows.select_related("version__policy", "file").order_by("version__policy__code", "pk"):
        found.setdefault((row.title, row.number), []).append(row)
    told = [_basis(same) for same in found.values()]
    return sorted(told, key=lambda basis: (-(basis.issued_on or date.min).toordinal(), basis.title))


def _basis(same: list[BasisDocument]) -> Basis:
    """What several policies' entries of one document tell together."""
    policies = tuple({row.version.policy_id: row.version.policy for row in same}.values())
    issued = next((row.issued_on for row in same if row.issued_on), None)
    return Basis(same[0].title, same[0].number, issued, policies, next((row for row in same if row.file_id), None))


def basis_document(pk: int) -> BasisDocument:
    """A document with a file, of a policy that is public as it stands."""
    rows = BasisDocument.objects.filter(version__in=current_versions().order_by().values("pk"))
    document = rows.select_related("file").filter(pk=pk, file__isnull=False).first()
    if document is None:
        raise NotFound
    return document


def regulation() -> Profile | None:
    """The county's own regulation, under which everything here is paid."""
    return Profile.objects.filter(in_force=True).first()


# --- Whom to ask ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Office:
    """A department with its own telephone and those of its policies."""

    name: str
    phone: str
    policies: tuple[Policy, ...]


def finance_offices() -> list[Organisation]:
    offices = Organisation.objects.filter(kind=Organisation.Kind.FINANCE_BUREAU, active=True)
    return list(offices.exclude(phone="").order_by("code"))


def departments() -> list[Office]:
    found: dict[Organisation, list[Policy]] = {}
    for policy in public_policies():
        found.setdefault(policy.department, []).append(policy)
    return [Office(office.name, office.phone, tuple(policies)) for office, policies in found.items()]


def without_telephone() -> QuerySet[Organisation]:
    """Whom the page of telephones should name and cannot: an office of the county, a township or a school without one.

    A finance station answers at its township's telephone, a department without policies at nobody's.
    """
    kinds = (Organisation.Kind.FINANCE_BUREAU, Organisation.Kind.TOWNSHIP, Organisation.Kind.SCHOOL)
    paying = Q(pk__in=public_policies().order_by().values("department"))
    return Organisation.objects.filter(Q(kind__in=kinds) | paying, active=True, phone="")


def units() -> list[Organisation]:
    """Townships, their finance stations and schools that have a telephone."""
    wanted = (Organisation.Kind.TOWNSHIP, Organisation.Kind.FINANCE_STATION, Organisation.Kind.SCHOOL)
    found = Organisation.objects.filter(kind__in=wanted, active=True).exclude(phone="")
    return list(found.order_by("division__code", "kind", "code"))
