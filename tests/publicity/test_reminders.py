"""Who answers for a clock gets a message when it nears and when it has passed."""

from datetime import timedelta

import pytest

from accounts.models import Organisation, User
from lib import crypto
from publicity.models import SmsMessage
from rulebook import clock, deadlines
from rulebook.models import Deadline
from subsidies.models import Quota
from tests.databases import Database
from tests.factories import cast, quota


def reach(username: str, phone: str) -> None:
    User.objects.filter(username=username).update(phone=phone)


def started(code: str = "B01", kind: str = "bank.payout") -> Deadline:
    return deadlines.start(kind, quota(), started_at=clock.now(), responsible=cast.organisation(code))


def messages() -> list[tuple[str, str, str]]:
    """Kind, telephone and text of each message, oldest first."""
    return [
        (row.kind, crypto.decrypt(bytes(row.phone_cipher)), crypto.decrypt(bytes(row.text_cipher)))
        for row in SmsMessage.objects.order_by("pk")
    ]


@pytest.mark.req("PAY-4", "PUB-8")
def test_the_bank_is_told_that_its_clock_nears_and_that_it_has_passed(committed_db: Database) -> None:
    reach("bank", "13800000001")
    deadline = started()
    assert deadline.due_at is not None
    subject, due = str(Quota.objects.get(pk=deadline.subject_id)), deadlines.due_words(deadline.due_at)
    clock.move_by(timedelta(hours=19), by=None)
    for _ in range(2):
        deadlines.sweep()
    assert messages() == [("clock_near", "13800000001", f"时限“银行发放的期限”将到期：{subject}，请在{due}前办结。")]
    clock.move_by(timedelta(hours=6), by=None)
    for _ in range(2):
        deadlines.sweep()
    assert [kind for kind, _, _ in messages()] == ["clock_near", "clock_passed"]
    assert "已逾期" in messages()[1][2]
    assert SmsMessage.objects.filter(state="waiting").count() == 2


@pytest.mark.req("PAY-4")
@pytest.mark.parametrize(
    ("code", "username"),
    [("CZJ", "officer"), ("BM-agriculture", "farm_head"), ("152223100000-ZF", "clerk"), ("B01", "bank")],
)
def test_every_kind_of_organisation_is_told(db: None, code: str, username: str) -> None:
    reach(username, "13800000002")
    started(code)
    clock.move_by(timedelta(hours=25), by=None)
    deadlines.sweep()
    assert [(kind, phone) for kind, phone, _ in messages()] == [("clock_passed", "13800000002")]


def test_everybody_in_office_there_with_a_mobile_telephone_is_told_and_nobody_else(db: None) -> None:
    reach("officer", "13800000003")
    reach("officer2", "13800000004")
    reach("finance_head", "0482-6123456")  # a desk
    reach("finance_reviewer", "八八六")
    reach("bank", "13800000005")  # another organisation
    User.objects.filter(username="officer2").update(is_active=False)
    started("CZJ")
    clock.move_by(timedelta(hours=25), by=None)
    assert deadlines.sweep() == 1
    assert [phone for _, phone, _ in messages()] == ["13800000003"]


def test_a_clock_that_runs_anew_is_told_of_anew(db: None) -> None:
    reach("bank", "13800000006")
    subject, bank = quota(), Organisation.objects.get(code="B01")
    for _ in range(2):
        deadlines.start("bank.payout", subject, started_at=clock.now(), responsible=bank)
        clock.move_by(timedelta(hours=19), by=None)
        deadlines.sweep()
    assert [kind for kind, _, _ in messages()] == ["clock_near", "clock_near"]


def test_a_notice_that_ends_by_itself_is_no_reminder(db: None) -> None:
    reach("clerk", "13800000007")
    started("152223100000-ZF", kind="notice.window")
    Deadline.objects.update(due_at=clock.now() + timedelta(days=2), near_at=clock.now() + timedelta(days=1))
    clock.move_by(timedelta(days=1, hours=2), by=None)
    deadlines.sweep()
    assert messages() == []
