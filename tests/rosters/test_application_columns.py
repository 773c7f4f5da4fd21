"""An application asks for the columns of the policy's template, and its line has them (ROS-1); the decision by SMS."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from households.models import Person
from lib import crypto
from lib.errors import Invalid
from publicity.models import SmsMessage
from rosters import services as roster_services
from rosters.applications import services
from rosters.applications.models import Application
from rosters.models import Roster
from subsidies.services import propose_change, publish_policy
from tests.factories import cast, id_number, policy, quota, standard
from tests.factories_applications import YEAR, accepted, applied, approved, open_term_for
from tests.factories_households import household
from tests.factories_policies import SINCE, agreed, terms, with_papers
from tests.factories_publicity import head_of, reachable_home
from tests.publicity.test_lookup import NAME, signed_in
from tests.rosters.test_columns import NUMBER, care
from tests.rosters.test_pages import as_
from tests.uploads import paper

pytestmark = pytest.mark.req("ROS-1")
LAND, MACHINE = "2130122", "2130123"
TRACTOR = {"machine_class": "轮式拖拉机", "model": "东方红804", "price": "86000"}


@pytest.fixture
def villager(db: None) -> Person:
    return head_of(reachable_home(cast.villages[0], NAME, id_number(sequence=901)))


def roster(code: str) -> Roster:
    return roster_services.create_roster(by=cast.clerk, policy=policy(code), quota=quota(code), **YEAR)


def test_a_villager_fills_in_the_policys_columns_and_the_line_has_them(villager: Person, client: Client) -> None:
    term = open_term_for(LAND)
    signed_in(client)
    page = reverse("public:apply_form", args=[term.pk])
    assert "承包面积(亩)" in client.get(page).content.decode()
    given = {"standard": standard(LAND).pk, "consent": "on", "x_contracted": "十二亩", "x_moved_out": "1.5"}
    kept = client.post(page, given).content.decode()
    assert "承包面积：" in kept
    assert 'value="十二亩"' in kept
    assert (
        "算出的是10.5，与填写的不一致"
        in client.post(page, {**given, "x_contracted": "12", "quantity": "12"}).content.decode()
    )
    client.post(page, {**given, "x_contracted": "12"})
    one = Application.objects.get()
    assert (one.quantity, one.extra) == (Decimal("10.5"), {"contracted": "12", "moved_out": "1.5"})
    assert "承包面积" in client.get(reverse("public:application", args=[one.number])).content.decode()
    assert "流转转出面积" in as_("clerk").get(reverse("rosters:application", args=[one.pk])).content.decode()
    approved(one)
    made = roster(LAND)
    assert services.fill_from_applications(by=cast.clerk, roster=made) == services.Taken(1, 1, 0)
    line = made.lines.get()
    assert (line.quantity, line.extra) == (one.quantity, one.extra)
    roster_services.run_checks(by=cast.clerk, roster=made)
    assert not made.findings.filter(rule__startswith="formula").exists()


def test_a_clerk_gives_what_the_template_requires(db: None) -> None:
    term, who = open_term_for(MACHINE), head_of(household())

    def given(**more: Any) -> Application:
        return applied(term, who=who, by=cast.clerk, tier="01", quantity=Decimal(1), **more)

    for more, field in (
        ({"extra": TRACTOR}, "basis"),
        ({"basis": "A1"}, "x_machine_class"),
        ({"basis": "A1", "extra": {**TRACTOR, "bought_on": "昨天"}}, "x_bought_on"),
    ):
        with pytest.raises(Invalid) as refused:
            given(**more)
        assert refused.value.field == field
    page = f"{reverse('rosters:application_new')}?term={term.pk}&person={who.pk}"
    form = {"beneficiary": who.pk, "standard": standard(MACHINE, "01").pk, "quantity": "1", "basis": "A1"}
    own = {f"x_{key}": text for key, text in TRACTOR.items()}
    assert "出厂编号" in as_("clerk").get(page).content.decode()
    as_("clerk").post(page, {**form, **own, "form": paper("申报表.jpg")})
    one = Application.objects.get()
    assert (one.basis, one.extra["price"], one.extra["model"]) == ("A1", "8600000", "东方红804")
    with pytest.raises(IntegrityError, match="rosters_application_frozen"), transaction.atomic():
        Application.objects.filter(pk=one.pk).update(extra={})


def test_secret_numbers_are_enciphered_from_the_application_to_the_line(db: None) -> None:
    made = care()
    term = open_term_for("ZLT00002")
    extra = {"certificate": NUMBER, "grade": "一级", "fee": "100.5"}
    tier = made.version.standards.get()
    one = approved(applied(term, who=head_of(household()), standard=tier, quantity=Decimal(3), extra=extra))
    assert one.extra["half"] == "5025", "what follows from a formula is told with it"
    assert NUMBER not in str(one.extra) + str(one.extra_ciphers)
    assert services.fill_from_applications(by=cast.clerk, roster=made).added == 1
    line = made.lines.get()
    assert crypto.decrypt(bytes.fromhex(line.extra_ciphers["certificate"])) == NUMBER
    shown = as_("clerk").get(reverse("rosters:application", args=[one.pk])).content.decode()
    assert NUMBER not in shown
    assert "残疾证号" in shown


def test_columns_that_a_newer_template_has_not_stay_with_the_application(db: None) -> None:
    term = open_term_for(LAND)
    one = approved(applied(term, who=head_of(household()), quantity=None, extra={"contracted": "9"}))
    found = policy(LAND)
    change = propose_change(
        by=cast.farm_reviewer,
        policy=found,
        content=terms(found, template="generic"),
        effective_from=SINCE,
        reason="改用通用表样",
    )
    agreed(with_papers(change, cast.farm_reviewer))
    publish_policy(by=None, policy=found)
    made = roster(LAND)
    assert services.fill_from_applications(by=cast.clerk, roster=made).added == 1
    line = made.lines.get()
    assert (line.quantity, line.extra, one.extra) == (Decimal(9), {}, {"contracted": "9"})


@pytest.mark.req("PUB-8")
def test_the_applicant_hears_the_decision_by_sms_with_the_reason(villager: Person) -> None:
    def told() -> list[str]:
        found = SmsMessage.objects.filter(kind="applied", person=villager).order_by("id")
        return [crypto.decrypt(message.text_cipher) for message in found]

    first = accepted(applied(open_term_for(LAND), who=villager))
    assert told() == []
    services.refuse_applications(by=cast.station, ids=[first.pk], reason="地块已流转他人。")
    second = approved(applied(first.term, who=villager))
    refused, passed = told()
    assert refused.startswith(
        f"{NAME}您好，您申报的2026年耕地地力保护补贴（{first.number}）没有通过审核，原因：地块已流转他人。"
    )
    assert second.number in passed
    assert "已审核通过" in passed
    assert first.policy.consult_phone in passed
    silent = approved(applied(first.term, who=head_of(household())))
    assert not SmsMessage.objects.filter(key__startswith=f"applied:{silent.pk}:").exists(), "no telephone, no message"
