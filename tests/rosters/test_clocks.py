"""A roster's list shows the clock that runs out first, whichever room keeps it."""

import pytest

from publicity.models import Notice
from rosters.clocks import of_rosters
from tests.factories_disbursement import approved_roster, sent_batch
from tests.factories_publicity import let_window_pass, posted


@pytest.mark.req("PAY-4")
def test_a_roster_on_the_board_shows_when_the_notice_ends_and_then_no_more(db: None) -> None:
    notice = posted()
    shown = of_rosters([notice.roster_id])[notice.roster_id]
    assert shown["due_at"] == notice.ends_at
    let_window_pass(notice)
    assert Notice.objects.get().state == Notice.State.ENDED
    assert of_rosters([notice.roster_id]) == {}


@pytest.mark.req("PAY-4")
def test_a_roster_in_a_batch_with_the_bank_shows_the_banks_clock(db: None) -> None:
    first = approved_roster(homes=1)
    sent_batch(first)
    shown = of_rosters([first.pk])
    assert "银行" in shown[first.pk]["remaining"]
