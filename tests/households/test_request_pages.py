"""Requests, history and the end of the first collection as people meet them on their pages."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.workbench import todos_for
from households import services
from households.imports.services import accept_import, begin_import
from households.models import Household, RegisterImport, RegisterRequest
from households.services.changing.given import MeansRow
from households.services.changing.homes import GivenMeans
from households.services.changing.people import GivenContact, GivenLeavers
from jobs import services as jobs
from lib import crypto
from lib.errors import Forbidden
from tests.factories import cast, id_number
from tests.factories_households import household
from tests.factories_requests import asked, changed, collected, newcomer
from tests.households.sheets import checked, row, workbook
from tests.households.test_changes import second_sign_in
from tests.uploads import paper

pytestmark = pytest.mark.django_db


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def with_papers(**given: Any) -> dict[str, Any]:
    return {"reason": "按户口簿变更", "certificate": paper("申请.pdf"),
            "originals": [paper("身份证.jpg"), paper("户口簿.pdf")], **given}  # fmt: skip


def family() -> Household:
    return household(name="甲一", members=[("妻子", "甲二"), ("儿子", "甲三")])


def ids(home: Household) -> dict[str, int]:
    return dict(home.members.values_list("name", "pk"))


def post(home: Household, kind: str, **given: Any) -> RegisterRequest:
    answer = signed_in("clerk").post(reverse("households:request_new", args=[home.pk, kind]), with_papers(**given))
    assert answer.status_code == 302, answer.content.decode()
    return RegisterRequest.objects.latest("pk")


@pytest.mark.req("REG-3")
@pytest.mark.parametrize(
    "kind", ["cancel", "head", "identity", "member_in", "member_out", "contact", "means", "split", "merge"]
)
def test_each_kind_is_asked_for_on_its_page_and_agreed_to_on_the_requests(kind: str) -> None:
    home = family()
    key = ids(home)
    other = household(name="甲九")
    kept = other.members.get()
    forms: dict[str, dict[str, Any]] = {
        "cancel": {"cause": "全户迁出"},
        "head": {"head": key["甲二"], f"relation_{key['甲一']}": "丈夫", f"relation_{key['甲三']}": "儿子"},
        "identity": {"person": key["甲三"], "name": "甲叁", "id_number": id_number()},
        "member_in": {"name_2": "甲四", "id_number_2": id_number(), "relation_2": "孙子", "phone_2": "13800000001"},
        "member_out": {"people": [key["甲三"]], "cause": "婚嫁迁出"},
        "contact": {"group": "3组", "address": "东街", f"phone_{key['甲一']}": "13800000002"},
        "means": {"contracted_mu": "12.5", "subsidised_mu": "11", "kind_1": "livestock", "quantity_1": "20",
                  "unit_1": "只", "item_1": "绵羊"},
        "split": {f"relation_{key['甲三']}": "本人", "contracted_mu": "2"},
        "merge": {"double": key["甲三"], "name": kept.name, "id_number": crypto.decrypt(kept.id_cipher)},
    }  # fmt: skip
    chosen = signed_in("clerk").get(reverse("households:request_choose", args=[home.pk])).content.decode()
    assert reverse("households:request_new", args=[home.pk, kind]) in chosen
    request = post(home, kind, **forms[kind])
    assert request.originals.count() == 2

    station = signed_in("station")
    url = reverse("households:request", args=[request.pk])
    page = station.get(url).content.decode()
    for line in ("变更前", "变更后", "同意变更", "身份证.jpg", "申请.pdf"):
        assert line in page
    answer = station.post(url, {"decision": "approve", "opinion": "相符"})
    assert answer.status_code == 302, answer.content.decode()
    request.refresh_from_db()
    assert request.state == RegisterRequest.State.APPROVED
    assert station.get(url).status_code == 200
    assert signed_in("clerk").get(reverse("households:history", args=[home.pk])).status_code == 200


@pytest.mark.req("REG-3")
def test_a_refusal_stands_at_its_row_with_the_input_kept() -> None:
    home = family()
    given = with_papers(name_1="甲四", id_number_1=id_number(), relation_1="孙子", name_3="甲五",
                        id_number_3="159999197001010011", relation_3="孙女")  # fmt: skip
    page = signed_in("clerk").post(reverse("households:request_new", args=[home.pk, "member_in"]), given)
    words = page.content.decode()
    assert page.status_code == 200
    assert 'id="id_id_number_3_error"' in words
    assert 'value="甲四"' in words
    assert not RegisterRequest.objects.exists()
    sheep = with_papers(contracted_mu="12.5", kind_2="livestock", quantity_2="1.5")
    page = signed_in("clerk").post(reverse("households:request_new", args=[home.pk, "means"]), sheep)
    assert 'id="id_quantity_2_error"' in page.content.decode()
    missing = signed_in("clerk").post(reverse("households:request_new", args=[home.pk, "cancel"]), {"reason": "迁出"})
    assert "请选择文件" in missing.content.decode()


@pytest.mark.req("REG-3", "ACL-1")
def test_pages_are_for_the_township_and_numbers_for_who_compares_them() -> None:
    home = family()
    number = id_number()
    request = asked(home, "member_in", [newcomer("甲四", number=number)])
    urls = [
        reverse("households:request", args=[request.pk]),
        reverse("households:request_file", args=[request.pk, 0]),
        reverse("households:history", args=[home.pk]),
        reverse("households:request_choose", args=[home.pk]),
        reverse("households:request_numbers", args=[request.pk]),
    ]
    for name in ("clerk2", "farm_reviewer", "bank"):
        client = signed_in(name)
        assert [client.get(url).status_code for url in urls] == [404] * len(urls), name
    auditor = signed_in("auditor")
    assert [auditor.get(url).status_code for url in urls] == [200, 200, 200, 403, 404]
    station = signed_in("station")
    assert number not in station.get(urls[0]).content.decode()
    shown = station.post(urls[4], {"reason": "与原件核对"})
    assert number in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]


@pytest.mark.req("REG-3")
def test_the_station_finds_what_waits_and_the_clerk_what_came_back() -> None:
    home = family()
    request = asked(home, "contact", GivenContact("2组", "", {}))

    def cards(username: str) -> dict[str, int]:
        return {todo.title: todo.count for todo in todos_for(getattr(cast, username))}

    assert cards("station")["信息变更待审核"] == 1
    assert cards("clerk").get("信息变更待审核", 0) == 0
    page = signed_in("station").get(reverse("households:requests")).content.decode()
    assert "变更电话、住址" in page
    services.refuse_register_change(by=cast.station, request=request, opinion="缺盖章")
    assert cards("clerk")["信息变更未通过"] == 1
    back = signed_in("clerk").get(reverse("households:requests"), {"tab": "todo"}).content.decode()
    assert "变更电话、住址" in back
    asked(home, "contact", GivenContact("2组", "", {}))
    assert cards("clerk").get("信息变更未通过", 0) == 0


@pytest.mark.req("REG-3")
def test_what_changed_meanwhile_stands_on_the_request() -> None:
    home = family()
    request = asked(home, "contact", GivenContact("2组", "", {}))
    services.mark_missing(by=cast.clerk, person=home.members.get(name="甲三"), reason="外出多年")
    page = signed_in("station").get(reverse("households:request", args=[request.pk])).content.decode()
    assert "甲三的状态由“正常”变为“失踪”" in page


@pytest.mark.req("REG-3")
def test_the_page_of_a_day_shows_that_day() -> None:
    home = family()
    changed(home, "contact", GivenContact("2组", "东街", {}))
    clerk = signed_in("clerk")
    url = reverse("households:history", args=[home.pk])
    assert "东街" in clerk.get(url).content.decode()
    assert "还没有登记" in clerk.get(url, {"on": "2020-01-01"}).content.decode()
    wrong = clerk.get(url, {"on": "2020-13-01"})
    assert wrong.status_code == 200


@pytest.mark.req("REG-3")
def test_the_clerk_takes_a_request_back_on_its_page() -> None:
    request = asked(family(), "cancel", "全户迁出")
    url = reverse("households:request", args=[request.pk])
    assert "撤回这份申请" in signed_in("clerk").get(url).content.decode()
    signed_in("clerk").post(url, {"decision": "end", "reason": "选错了"})
    request.refresh_from_db()
    assert request.state == RegisterRequest.State.ENDED
    assert "选错了" in signed_in("station").get(url).content.decode()


@pytest.mark.req("REG-3")
def test_a_new_household_is_asked_for_once_the_register_is_built() -> None:
    home = family()
    clerk = signed_in("clerk")
    assert "增加成员" in clerk.get(reverse("households:detail", args=[home.pk])).content.decode()
    station = signed_in("station")
    page = station.get(reverse("households:collection")).content.decode()
    assert "确认音德尔镇建库完成：1 户" in page
    assert station.post(reverse("households:collection"), {"township": cast.township.pk}).status_code == 302
    assert "已完成" in clerk.get(reverse("households:collection")).content.decode()
    assert "增加成员" not in clerk.get(reverse("households:detail", args=[home.pk])).content.decode()

    url = reverse("households:request_new_home")
    assert clerk.get(reverse("households:new")).headers["Location"] == url
    given = with_papers(village=cast.villages[0].pk, name_1="甲七", id_number_1=id_number(), relation_1="本人",
                        name_2="甲八", id_number_2=id_number(), relation_2="妻子", contracted_mu="5")  # fmt: skip
    clerk.post(url, given)
    request = RegisterRequest.objects.get(kind="new")
    station.post(reverse("households:request", args=[request.pk]), {"decision": "approve", "opinion": ""})
    request.refresh_from_db()
    assert request.result is not None
    assert request.result.members.count() == 2


@pytest.mark.req("REG-3", "REG-6")
def test_after_the_collection_a_file_needs_the_villages_papers_and_the_stations_word() -> None:
    family()
    early = checked([row(7)])
    collected()
    clerk, station = signed_in("clerk"), signed_in("station")
    refused = clerk.post(reverse("households:import_accept", args=[early.pk]))
    assert refused.status_code in (302, 403, 409)
    assert Household.objects.count() == 1

    url = reverse("households:imports")
    upload = paper("底册.xlsx", workbook([row(1), row(2, head=1)]))
    assert "请选择文件" in clerk.post(url, {"township": cast.township.pk, "upload": upload}).content.decode()
    upload.seek(0)
    clerk.post(url, {"township": cast.township.pk, "upload": upload, "certificate": paper("各村申请.pdf")})
    batch = checked_now()
    page = clerk.get(reverse("households:import", args=[batch.pk])).content.decode()
    assert "财政所其他人员" in page
    assert "确认入库" not in page
    assert {todo.title: todo.count for todo in todos_for(cast.station)}["批量变更待审核入库"] == 1
    assert "确认入库" in station.get(reverse("households:import", args=[batch.pk])).content.decode()
    assert station.get(reverse("households:import_certificate", args=[batch.pk])).status_code == 200
    station.post(reverse("households:import_accept", args=[batch.pk]))
    batch.refresh_from_db()
    assert (batch.state, batch.accepted_by) == ("taken_in", cast.station)
    assert Household.objects.count() == 2


def checked_now() -> RegisterImport:
    batch = RegisterImport.objects.latest("pk")
    assert batch.job is not None
    jobs.run(batch.job.pk)
    batch.refresh_from_db()
    return batch


def test_means_and_requests_stand_on_the_households_page() -> None:
    home = family()
    changed(home, "means", GivenMeans([MeansRow("grassland", Decimal(80))], Decimal("12.5"), Decimal("12.5")))
    changed(home, "member_out", GivenLeavers([ids(home)["甲三"]], "迁往外县"))
    page = signed_in("clerk").get(reverse("households:detail", args=[home.pk])).content.decode()
    assert "草场 80亩" in page
    assert "成员迁出" in page


@pytest.mark.req("REG-3", "ACL-2")
def test_who_uploaded_a_file_does_not_take_it_in_under_another_sign_in() -> None:
    family()
    collected()
    file = paper("底册.xlsx", workbook([row(1)]))
    begin_import(by=cast.clerk, upload=file, township=cast.township, certificate=paper("各村申请.pdf"))
    batch, same = checked_now(), second_sign_in()
    with pytest.raises(Forbidden) as caught:
        accept_import(by=same, batch=batch)
    assert caught.value.code == "households.two_people"
    accept_import(by=cast.station, batch=batch)
