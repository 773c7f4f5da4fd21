"""Clocks that passed are on the record of who answered for them, who says why, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock, deadlines
from rulebook.breaches import explain_breach
from rulebook.models import Breach
from tests.cast_data import PEOPLE
from tests.factories import cast, quota

COUNTY = {"finance_reviewer", "finance_head", "officer", "officer2", "auditor"}
BEARERS = {
    "152223100000-ZF": {"clerk", "leader", "station"},
    "BM-agriculture": {"farm_reviewer", "farm_head", "dept_officer1", "dept_officer2"},
    "B01": {"bank"},
    "CZJ": set[str](),
}


def breached(code: str = "B01") -> Breach:
    subject = quota()
    deadlines.start("bank.payout", subject, started_at=clock.now(), responsible=cast.organisation(code))
    clock.move_by(timedelta(hours=25), by=None)
    deadlines.sweep()
    return Breach.objects.latest("pk")


def page(username: str, path: str, **query: Any) -> str:
    client = Client()
    client.force_login(getattr(cast, username))
    return client.get(path, query).content.decode()


@pytest.mark.req("PAY-4")
def test_the_organisation_explains_its_breach_once_and_the_trail_knows(db: None) -> None:
    breach = breached()
    explain_breach(by=cast.bank, breach=breach, explanation=" 系统停机检修两小时，已于次日上午发放。 ")
    breach.refresh_from_db()
    assert breach.explanation == "系统停机检修两小时，已于次日上午发放。"
    assert (breach.explained_by, breach.explained_at is not None) == (cast.bank, True)
    assert TrailEntry.objects.get(verb="breach.explain").actor == cast.bank
    assert "检修" not in TrailEntry.objects.get(verb="breach.explain").facts
    with pytest.raises(Conflict, match="已有情况说明"):
        explain_breach(by=cast.bank, breach=breach, explanation="另一种说法")


@pytest.mark.parametrize("username", ["officer", "clerk", "auditor", "admin", "farm_head"])
def test_nobody_explains_for_another_organisation(db: None, username: str) -> None:
    breach = breached()
    with pytest.raises(Forbidden, match="您不在该单位任职"):
        explain_breach(by=getattr(cast, username), breach=breach, explanation="代为说明")


@pytest.mark.parametrize(("text", "words"), [("  ", "请写明"), ("长" * 301, "不超过300字")])
def test_an_explanation_says_something_and_not_too_much(db: None, text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        explain_breach(by=cast.bank, breach=breached(), explanation=text)


@pytest.mark.req("PAY-4", "ACL-1")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_breaches_are_seen_by_the_organisation_the_township_and_the_county(db: None, username: str) -> None:
    made = {code: breached(code) for code in BEARERS}
    shown = page(username, "/rules/breaches/")
    client = Client()
    client.force_login(getattr(cast, username))
    for code, people in BEARERS.items():
        sees = username in people | COUNTY
        assert (f"/rules/breaches/{made[code].pk}/" in shown) == sees, code
        assert client.get(f"/rules/breaches/{made[code].pk}/").status_code == (200 if sees else 404), code


@pytest.mark.req("PAY-4")
def test_an_unexplained_breach_waits_on_the_workbench_until_it_is_explained_on_its_page(db: None) -> None:
    breach = breached()
    assert "逾期待说明情况" in page("bank", "/workbench/")
    assert "逾期待说明情况" not in page("officer", "/workbench/")
    listed = page("officer", "/rules/breaches/", told="no")
    assert "1件未说明" in listed
    assert "说明情况</a>" not in listed
    assert "说明情况</a>" in page("bank", "/rules/breaches/")
    client = Client()
    client.force_login(cast.bank)
    path = f"/rules/breaches/{breach.pk}/"
    assert "error-summary" in client.post(path, {"explanation": ""}).content.decode()
    answer = client.post(path, {"explanation": "网点停电。"}, follow=True).content.decode()
    assert "已登记情况说明" in answer
    assert "网点停电。" in page("auditor", "/rules/breaches/", organisation=breach.organisation_id, told="yes")
    assert "逾期待说明情况" not in page("bank", "/workbench/")
