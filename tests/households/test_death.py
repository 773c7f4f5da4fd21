"""Deaths and heirs (REG-9, ZLT§16): recorded on a paper, told to those who must know, inherited where the rules say."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from households import papers, services
from households.models import Death, DeathNotice, Person, Succession
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock
from tests.factories import cast
from tests.factories_households import household
from tests.factories_papers import SCAN, dead, scan, succession
from tests.refused import refused_by
from tests.ruled import ruled

pytestmark = [pytest.mark.django_db, pytest.mark.req("REG-9")]
State = Succession.State


def family() -> tuple[Person, Person]:
    home = household(members=[("儿子", "甲二")])
    assert home.head is not None
    return home.head, home.members.get(name="甲二")


def test_a_death_is_told_to_the_township_its_station_and_the_bureau_and_each_takes_note() -> None:
    head, _ = family()
    dead(head)
    notices = DeathNotice.objects.filter(death__person=head)
    assert {notice.organisation.code for notice in notices} == {"152223100000-ZF", "152223100000-CZS", "CZJ"}
    for user in (cast.leader, cast.station, cast.finance_head):
        assert [card.count for card in todos_for(user) if card.title == "死亡通报待签收"] == [1]
    assert not [card for card in todos_for(cast.station2) if card.title == "死亡通报待签收"]

    mine = papers.deaths_unseen(cast.station).get()
    with pytest.raises(Forbidden, match="被通报单位"):
        services.note_death(by=cast.clerk2, notice=mine)
    services.note_death(by=cast.station, notice=mine)
    with pytest.raises(Conflict, match="已经签收"):
        services.note_death(by=cast.station, notice=mine)
    assert not papers.deaths_unseen(cast.station).exists()
    assert papers.deaths_unseen(cast.finance_head).exists()
    assert TrailEntry.objects.filter(verb="death.note").exists()


@pytest.mark.req("PRO-3")
def test_where_the_rules_only_stop_the_payment_nobody_is_told() -> None:
    ruled({"death.identity": "stop"})
    head, _ = family()
    dead(head)
    assert Death.objects.filter(person=head).exists()
    assert not DeathNotice.objects.exists()


def test_a_death_rests_on_a_paper_unless_another_register_said_so() -> None:
    head, son = family()
    today = clock.today()
    with pytest.raises(Invalid) as refused:
        services.mark_dead(by=cast.clerk, person=head, on=today, source="certificate")
    assert refused.value.field == "evidence"
    with pytest.raises(Invalid) as refused:
        services.mark_dead(by=cast.clerk, person=head, on=today, source="rumour")
    assert refused.value.field == "source"
    with pytest.raises(Invalid):
        services.mark_dead(by=cast.clerk, person=head, on=today + timedelta(days=1))
    head.refresh_from_db()
    assert head.state == Person.State.ALIVE
    services.mark_dead(by=cast.clerk, person=head, on=today, source="cremation", evidence=scan())
    assert head.death.evidence is not None
    services.mark_dead(by=cast.station, person=son, on=today, source="police")


def test_the_missing_leave_and_may_be_found() -> None:
    head, _ = family()
    with pytest.raises(Forbidden):
        services.mark_missing(by=cast.clerk2, person=head, reason="下落不明")
    with pytest.raises(Invalid):
        services.mark_missing(by=cast.clerk, person=head, reason="")
    assert services.mark_missing(by=cast.clerk, person=head, reason="外出未归满两年").state == Person.State.MISSING
    with pytest.raises(Conflict):
        services.mark_missing(by=cast.clerk, person=head, reason="再次")
    assert services.mark_found(by=cast.station, person=head, reason="本人已返回").state == Person.State.ALIVE
    with pytest.raises(Conflict, match="没有登记失踪"):
        services.mark_found(by=cast.station, person=head, reason="本人已返回")


# --- Heirs ------------------------------------------------------------------------------------------------------------
def test_an_heir_is_asked_for_by_the_clerk_and_agreed_to_by_the_station() -> None:
    head, son = family()
    dead(head)
    paper = succession(head, son)
    assert [card.count for card in todos_for(cast.station) if card.title == "继承转录待审核"] == [1]
    for user in (cast.clerk, cast.station2, cast.leader):
        with pytest.raises(Forbidden):
            services.approve_succession(by=user, succession=paper)
    paper = services.approve_succession(by=cast.station, succession=paper, opinion="证明属实")
    assert (paper.state, paper.rules["death.production"]["value"]) == (State.APPROVED, "heir")
    with pytest.raises(Conflict):
        services.refuse_succession(by=cast.station, succession=paper, opinion="反悔")
    with pytest.raises(Conflict, match="已有继承人"):
        succession(head, son)
    assert services.end_succession(by=cast.station, succession=paper, reason="已变更户主").state == State.ENDED
    assert succession(head, son).state == State.REQUESTED


@pytest.mark.req("PRO-3")
def test_where_nothing_passes_to_heirs_the_rule_is_named() -> None:
    ruled({"death.production": "stop"})
    head, son = family()
    dead(head)
    with pytest.raises(Conflict, match="不转录给继承人") as refused:
        succession(head, son)
    assert refused.value.rule == "death.production"


def test_the_deceased_must_be_dead_the_heir_alive_and_another() -> None:
    head, son = family()
    with pytest.raises(Conflict, match="没有登记死亡"):
        succession(head, son)
    dead(head)
    with pytest.raises(Invalid, match="不能是死亡人员本人"):
        succession(head, head)
    paper = succession(head, son)
    dead(son)
    with pytest.raises(Conflict, match="继承人已死亡"):
        services.approve_succession(by=cast.station, succession=paper)
    assert services.refuse_succession(by=cast.station, succession=paper, opinion="继承人已死亡").state == State.REFUSED


@pytest.mark.req("ACL-2")
def test_the_database_keeps_the_paper_and_two_people() -> None:
    head, son = family()
    dead(head)
    paper = succession(head, son)
    table = "UPDATE households_succession SET "
    same = table + "state = 'approved', checked_by_person_id = made_by_person_id WHERE id = %s"
    refused_by("households_succession_two_people", same, paper.pk)
    refused_by("households_succession_checked", table + "state = 'approved' WHERE id = %s", paper.pk)
    refused_by("households_succession_frozen", table + "heir_id = %s WHERE id = %s", head.pk, paper.pk)
    services.refuse_succession(by=cast.station, succession=paper, opinion="证明不全")
    refused_by("households_succession_arrows", table + "state = 'requested' WHERE id = %s", paper.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM households_succession WHERE id = %s", paper.pk)


def test_from_the_death_on_the_page_to_the_heir_on_the_page() -> None:
    head, son = family()
    clerk, station = Client(), Client()
    clerk.force_login(cast.clerk)
    station.force_login(cast.station)
    form = reverse("households:death", args=[head.pk])
    given = {"on": clock.today().isoformat(), "source": "certificate"}
    assert "请上传所选依据的证明材料" in clerk.post(form, given).content.decode()
    clerk.post(form, {**given, "evidence": SimpleUploadedFile("证明.pdf", SCAN)})
    assert "继承转录" in clerk.get(reverse("households:detail", args=[head.household_id])).content.decode()

    told = station.get(reverse("households:deaths")).content.decode()
    assert head.name in told
    station.post(reverse("households:death_seen", args=[papers.deaths_unseen(cast.station).get().pk]))
    assert not papers.deaths_unseen(cast.station).exists()
    assert station.get(reverse("households:death_file", args=[head.death.pk])).status_code == 200

    asked = {"name": son.name, "id_number": crypto.decrypt(son.id_cipher), "relation": "儿子"}
    scans = {name: SimpleUploadedFile(f"{name}.pdf", SCAN) for name in ("relation_proof", "certificate")}
    clerk.post(reverse("households:succession_new", args=[head.pk]), {**asked, **scans})
    page = reverse("households:succession", args=[Succession.objects.get().pk])
    assert "原补贴对象保留在清册中" in station.get(page).content.decode()
    assert "不同意的原因" in station.post(page, {"decision": "refuse", "opinion": ""}).content.decode()
    station.post(page, {"decision": "approve", "opinion": "属实"})
    assert Succession.objects.get().state == State.APPROVED
    other = Client()
    other.force_login(cast.clerk2)
    assert other.get(page).status_code == 404
