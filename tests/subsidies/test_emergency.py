"""Emergency and relief items outside 一卡通 are on the register, with the reason and the channel (POL-6)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from subsidies import selectors, services
from subsidies.models import EmergencyPayout
from tests.factories import cast, policy
from tests.refused import refused_by
from tests.ruled import ruled
from tests.uploads import paper

State = EmergencyPayout.State


def entered(**more: Any) -> EmergencyPayout:
    given: dict[str, Any] = {
        "by": cast.care_reviewer, "department": cast.organisation("BM-civil_affairs"), "item": "洪涝灾害应急生活救助",
        "reason": "灾情紧急，部分群众卡折遗失", "channel": "cash", "amount_fen": 30_000_00, "people_count": 60,
        "period_start": date(2026, 5, 1), "period_end": date(2026, 5, 3), "document_title": "应急救助方案",
        "document_number": "示例〔2026〕3号", "upload": paper(), **more,
    }  # fmt: skip
    return services.enter_emergency(**given)


@pytest.mark.req("POL-6")
def test_the_department_enters_and_the_bureau_confirms(db: None) -> None:
    entry = entered(policy=policy("2081902"))
    assert [todo.count for todo in todos_for(cast.finance_head) if todo.title == "应急救助发放待确认"] == [1]
    done = services.confirm_emergency(by=cast.finance_reviewer, entry=entry)
    assert (done.state, done.decided_by) == (State.CONFIRMED, cast.finance_reviewer)
    assert set(TrailEntry.objects.filter(subject_type="subsidies.emergencypayout").values_list("verb", flat=True)) == {
        "emergency.enter",
        "emergency.confirm",
    }
    with pytest.raises(Conflict):
        services.return_emergency(by=cast.finance_head, entry=entry, opinion="重复")


@pytest.mark.req("POL-6")
def test_where_the_rules_allow_no_other_channel_nothing_is_entered(db: None) -> None:
    ruled({"emergency.other_channels": False})
    with pytest.raises(Conflict) as caught:
        entered()
    assert caught.value.rule == "emergency.other_channels"
    assert not EmergencyPayout.objects.exists()


@pytest.mark.req("POL-6")
@pytest.mark.parametrize(
    "wrong",
    [
        {"item": " "}, {"reason": ""}, {"document_title": ""}, {"channel": "pigeon"}, {"channel": "other"},
        {"amount_fen": 0}, {"people_count": 0}, {"period_end": date(2026, 4, 1)},
        {"period_start": date(2026, 5, 7), "period_end": date(2026, 5, 8)}, {"upload": paper("x.exe")},
    ],
)  # fmt: skip
def test_an_entry_says_what_why_how_and_how_much(db: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        entered(**wrong)


@pytest.mark.req("POL-6", "ACL-2")
def test_departments_enter_their_own_and_only_the_bureau_decides(db: None) -> None:
    for stranger in (cast.farm_head, cast.clerk, cast.auditor):
        with pytest.raises(Forbidden):
            entered(by=stranger)
    with pytest.raises(Invalid, match="不由本部门主管"):
        entered(policy=policy("2130122"))
    entry = entered()
    for stranger in (cast.care_head, cast.officer, cast.auditor):
        with pytest.raises(Forbidden):
            services.confirm_emergency(by=stranger, entry=entry)
    with pytest.raises(Invalid, match="写明原因"):
        services.return_emergency(by=cast.finance_head, entry=entry, opinion="")
    assert services.return_emergency(by=cast.finance_head, entry=entry, opinion="金额有误").state == State.RETURNED
    own = entered(by=cast.finance_reviewer, department=cast.organisation("CZJ"))
    with pytest.raises(Forbidden, match="登记人"):
        services.confirm_emergency(by=cast.finance_reviewer, entry=own)


@pytest.mark.req("POL-6")
def test_the_database_keeps_an_entry_as_it_was_and_two_people_apart(db: None) -> None:
    entry = entered()
    decide = "UPDATE subsidies_emergencypayout SET state = 'confirmed', decided_by_person_id = %s, decided_at = now()"
    refused_by("subsidies_emergency_two_people", decide, cast.care_reviewer.person_id)
    refused_by("subsidies_emergency_final", "UPDATE subsidies_emergencypayout SET amount_fen = 1")
    refused_by("InsufficientPrivilege", "DELETE FROM subsidies_emergencypayout")
    services.confirm_emergency(by=cast.finance_head, entry=entry)
    refused_by(
        "subsidies_emergency_final",
        "UPDATE subsidies_emergencypayout SET state = 'returned'",
    )


@pytest.mark.req("ACL-1")
def test_the_register_is_seen_by_the_county_and_by_each_department_its_own(db: None) -> None:
    entry = entered()
    for reader in (cast.care_head, cast.finance_head, cast.auditor):
        assert list(selectors.emergencies_visible_to(reader)) == [entry]
    assert not selectors.emergencies_visible_to(cast.farm_head).exists()
    with pytest.raises(NotFound):
        selectors.emergencies_visible_to(cast.clerk)


@pytest.mark.req("POL-6")
def test_it_is_entered_and_confirmed_on_the_pages(db: None) -> None:
    client = Client()
    client.force_login(cast.care_reviewer)
    given = {"department": cast.organisation("BM-civil_affairs").pk, "item": "临时救助", "policy": "", "reason": "急难",
             "channel": "transfer", "channel_note": "", "amount_fen": "5,000.00", "people_count": "5",
             "period_start": "2026-05-01", "period_end": "2026-05-02", "document_title": "救助审批表",
             "document_number": ""}  # fmt: skip
    wrong = client.post("/policies/emergency/new/", {**given, "file": paper("a.exe")}).content.decode()
    assert "文件类型不能上传" in wrong
    assert "急难" in wrong
    response = client.post("/policies/emergency/new/", {**given, "file": paper()})
    entry = EmergencyPayout.objects.get()
    assert response.headers["Location"] == f"/policies/emergency/{entry.pk}/"
    page = client.get(f"/policies/emergency/{entry.pk}/").content.decode()
    assert "伍仟元整" in page
    assert "核对后确认" not in page
    finance = Client()
    finance.force_login(cast.finance_head)
    refused = finance.post(f"/policies/emergency/{entry.pk}/decide/", {"decision": "return", "opinion": ""})
    assert "写明原因" in refused.content.decode()
    assert finance.post(f"/policies/emergency/{entry.pk}/decide/", {"decision": "confirm"}).status_code == 302
    assert "已确认" in finance.get("/policies/emergency/").content.decode()
    assert client.get(f"/policies/emergency/{entry.pk}/file/").getvalue().startswith(b"%PDF")
