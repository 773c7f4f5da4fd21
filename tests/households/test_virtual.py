"""Virtual households (ZLT§18): referred to, never copied, with the owner's consent and nothing shown that it holds."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.workbench import todos_for
from households import papers, services
from households.models import Household, Person, VirtualMember
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories import cast, id_number
from tests.factories_households import household
from tests.factories_papers import reference
from tests.refused import refused_by
from tests.ruled import ruled

pytestmark = [pytest.mark.django_db, pytest.mark.req("REG-5")]
State = VirtualMember.State


def elsewhere(**more: object) -> Person:
    found = household(cast.villages2[0], name="乙一", **more).head  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_owner_is_asked_and_consents_and_no_record_is_made() -> None:
    person = elsewhere()
    before = Person.objects.count()
    paper = reference(person)
    assert paper.rules["virtual_households"]["value"] is True
    assert [card.count for card in todos_for(cast.station2) if card.title == "虚拟户引用待答复"] == [1]
    assert not papers.references_waiting(cast.station).exists()
    paper = services.consent_reference(by=cast.station2, reference=paper, opinion="属实")
    assert (paper.state, Person.objects.count()) == (State.CONSENTED, before)


def test_where_the_rules_forbid_it_the_rule_is_named() -> None:
    ruled({"virtual_households": False})
    with pytest.raises(Conflict, match="不允许跨乡镇引用") as refused:
        reference(elsewhere())
    assert refused.value.rule == "virtual_households"


def test_name_and_number_must_both_agree_and_the_message_is_required() -> None:
    person = elsewhere()
    number = crypto.decrypt(person.id_cipher)
    for name, digits in (("乙二", number), ("乙一", id_number())):
        with pytest.raises(Invalid, match="都相符"):
            services.request_reference(
                by=cast.clerk, host=cast.township, name=name, id_number=digits, reason="承包土地"
            )
    with pytest.raises(Invalid) as refused:
        reference(person, reason=" ")
    assert refused.value.field == "reason"
    own = household(name="甲一").head
    assert own is not None
    with pytest.raises(Conflict, match="就在本乡镇"):
        reference(own)
    reference(person)
    with pytest.raises(Conflict, match="不必重复"):
        reference(person)


@pytest.mark.req("ACL-1")
def test_only_the_owner_answers_and_either_side_ends_it() -> None:
    paper = reference(elsewhere())
    for user in (cast.clerk, cast.station, cast.clerk2, cast.officer):
        with pytest.raises(Forbidden):
            services.consent_reference(by=user, reference=paper)
    with pytest.raises(Invalid):
        services.refuse_reference(by=cast.station2, reference=paper, opinion="")
    services.consent_reference(by=cast.station2, reference=paper)
    with pytest.raises(Conflict, match="不能再答复"):
        services.refuse_reference(by=cast.station2, reference=paper, opinion="反悔")
    with pytest.raises(Forbidden):
        services.end_reference(by=cast.leader, reference=paper, reason="不再需要")
    assert services.end_reference(by=cast.station2, reference=paper, reason="已迁户").state == State.ENDED
    again = reference(paper.person)
    assert services.end_reference(by=cast.clerk, reference=again, reason="不再需要").state == State.ENDED


@pytest.mark.req("REG-2")
def test_who_is_referred_to_stays_in_the_register() -> None:
    person = elsewhere()
    paper = reference(person, consented=True)
    moved = "UPDATE households_person SET state = 'moved' WHERE id = %s"
    refused_by("households_referred_stays", moved, person.pk)
    home = household(name="丙一")
    taken = "UPDATE households_person SET household_id = %s WHERE id = %s"
    refused_by("households_referred_stays", taken, home.pk, person.pk)
    cancelled = "UPDATE households_household SET state = 'cancelled' WHERE id = %s"
    refused_by("households_referred_stays", cancelled, person.household_id)
    services.end_reference(by=cast.clerk, reference=paper, reason="不再需要")
    Person.objects.filter(pk=person.pk).update(state="moved")
    Household.objects.filter(pk=person.household_id).update(state="cancelled")


@pytest.mark.req("ACL-2")
def test_the_database_keeps_the_paper() -> None:
    paper = reference(elsewhere())
    table = "UPDATE households_virtualmember SET "
    refused_by("households_reference_checked", table + "state = 'consented' WHERE id = %s", paper.pk)
    same = table + "state = 'consented', checked_by_person_id = made_by_person_id WHERE id = %s"
    refused_by("households_reference_two_people", same, paper.pk)
    refused_by("households_virtualmember_frozen", table + "host_id = %s WHERE id = %s", cast.township2.pk, paper.pk)
    services.refuse_reference(by=cast.station2, reference=paper, opinion="查无此事")
    refused_by("households_virtualmember_arrows", table + "state = 'consented' WHERE id = %s", paper.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        VirtualMember.objects.filter(pk=paper.pk).update(state="requested")


@pytest.mark.req("ACL-3")
def test_the_host_sees_name_and_masked_number_and_nothing_else() -> None:
    person = elsewhere()
    client = Client()
    client.force_login(cast.clerk)
    given = {"host": cast.township.pk, "name": "乙一", "id_number": crypto.decrypt(person.id_cipher), "reason": "承包"}
    client.post(reverse("households:reference_new"), given)
    paper = VirtualMember.objects.get()
    page = client.get(reverse("households:reference", args=[paper.pk])).content.decode()
    listed = client.get(reverse("households:references")).content.decode()
    for seen in (page, listed):
        assert "乙一" in seen
        assert crypto.decrypt(person.id_cipher) not in seen
        assert person.accounts.get().tail not in seen
        assert person.household.village.name not in seen
        assert reverse("households:detail", args=[person.household_id]) not in seen
    assert client.get(reverse("households:detail", args=[person.household_id])).status_code == 404
    with pytest.raises(NotFound):
        services.reveal(by=cast.clerk, person=person, field="account", reason="核对")
    owner = Client()
    owner.force_login(cast.station2)
    owner.post(reverse("households:reference", args=[paper.pk]), {"decision": "approve", "opinion": "属实"})
    paper.refresh_from_db()
    assert paper.state == State.CONSENTED
    stranger = Client()
    stranger.force_login(cast.farm_head)
    assert stranger.get(reverse("households:reference", args=[paper.pk])).status_code == 404
