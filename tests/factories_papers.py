"""Papers that change who is paid, for tests, walked through the services.

delegates_allowed()                                   # the county's rules as CQ§24 has them
delegation(owner, friend, approved=True)              # 民政局 agreed: all its policies, a year from today
dead(head); succession(head, son, approved=True)
reference(person_of_the_second_township, consented=True)
"""

from datetime import date, timedelta
from typing import Any

from accounts.models import User
from households import services
from households.models import Delegation, Person, Succession, VirtualMember
from jobs.models import StoredFile
from jobs.services import store_file
from lib import crypto
from rulebook import clock
from tests.factories import cast
from tests.ruled import ruled

SCAN = b"%PDF-1.4 scan"


def scan(name: str = "证明.pdf", by: User | None = None) -> StoredFile:
    return store_file(content=SCAN, name=name, by=by or cast.clerk)


def delegates_allowed(**more: Any) -> None:
    ruled({"delegation.allowed": True, "delegation.approval": "department"}, **more)


def delegation(
    beneficiary: Person, delegate: Person, *, approved: bool = False, office: str = "care", **more: Any
) -> Delegation:
    """Asked for by the clerk; `approved`: checked by the station and agreed to by the department's head."""
    code = {"care": "BM-civil_affairs", "farm": "BM-agriculture"}[office]
    today = clock.today()
    given: dict[str, Any] = {
        "policy_codes": [],
        "reason": "行动不便，子女代领",
        "valid_from": today,
        "valid_to": today + timedelta(days=364),
        "consents": services.Consents(scan("本人同意.pdf"), scan("代领人同意.pdf"), scan("佐证.pdf")),
        **more,
    }
    made = services.request_delegation(
        by=cast.clerk, beneficiary=beneficiary, delegate=delegate, department=cast.organisation(code), **given
    )
    if approved:
        made = services.check_delegation(by=cast.station, delegation=made)
        made = services.approve_delegation(by=getattr(cast, f"{office}_head"), delegation=made)
    return made


def dead(person: Person, *, on: date | None = None, by: User | None = None) -> Person:
    return services.mark_dead(by=by or cast.clerk, person=person, on=on or clock.today())


def succession(deceased: Person, heir: Person, *, approved: bool = False) -> Succession:
    made = services.request_succession(
        by=cast.clerk,
        deceased=deceased,
        heir=heir,
        relation="儿子",
        relation_proof=scan("户口簿.pdf"),
        certificate=scan("死亡证明.pdf"),
    )
    return services.approve_succession(by=cast.station, succession=made) if approved else made


def reference(person: Person, *, consented: bool = False, reason: str = "在我乡镇承包土地") -> VirtualMember:
    """音德尔镇 refers to a person of 新林镇."""
    made = services.request_reference(
        by=cast.clerk,
        host=cast.township,
        name=person.name,
        id_number=crypto.decrypt(person.id_cipher),
        reason=reason,
    )
    return services.consent_reference(by=cast.station2, reference=made) if consented else made
