"""The whole way of the money: arrived, batched, released, sent, answered, mended, paid again."""

import pytest

from disbursement import exchange
from disbursement.models import Batch, Payment
from disbursement.services import make_reissue, release_batch
from rosters.models import Roster
from subsidies import ledger
from tests.factories import cast
from tests.factories_disbursement import answer, approved_roster, arrival_of, draft_batch, fresh, take
from tests.factories_households import account_change
from tests.factories_rosters import fresh as fresh_roster
from tests.factories_rosters import settle


def places(roster: Roster) -> dict[str, int]:
    """Where the money of the roster's quota is; all places together are the quota at every moment."""
    settle()
    assert ledger.total(roster.quota) == roster.quota.amount_fen
    return ledger.balances(roster.quota)


@pytest.mark.req("FND-3", "PAY-1", "PAY-3", "PAY-5")
def test_money_is_at_one_place_at_every_step_until_the_last_line_is_paid(db: None) -> None:
    roster = approved_roster(homes=3)
    total = roster.total_fen
    assert places(roster)["reserved"] == total

    batch = draft_batch(roster)
    assert (batch.payment_count, batch.total_fen) == (3, total)
    assert places(roster)["reserved"] == total

    batch = release_batch(by=cast.officer2, batch=batch, total_fen_seen=total)
    assert places(roster)["in_transit"] == total
    assert fresh_roster(roster).status == Roster.Status.PAYING
    assert set(batch.payments.values_list("status", flat=True)) == {"pending"}

    batch = exchange.deliver(batch)
    assert batch.status == Batch.Status.SENT
    assert set(batch.payments.values_list("status", flat=True)) == {"sent"}

    take(batch, answer(batch, fails={2: "17"}))
    batch = fresh(batch)
    failed = Payment.objects.get(batch=batch, number=2)
    assert batch.status == Batch.Status.ANSWERED
    assert (batch.paid_count, batch.failed_count, batch.failed_fen) == (2, 1, failed.amount_fen)
    there = places(roster)
    assert (there["paid"], there["returned"], there["in_transit"]) == (total - failed.amount_fen, failed.amount_fen, 0)
    assert (failed.reason, failed.disposal) == ("F04", Payment.Disposal.OPEN)
    assert fresh_roster(roster).status == Roster.Status.PAYING

    account_change(failed.payee, kind="activate", approved=True)
    failed.refresh_from_db()
    assert failed.disposal == Payment.Disposal.MENDED

    second = make_reissue(by=cast.officer, arrival=arrival_of(roster), payments=[failed])
    again = second.payments.get()
    assert (again.attempt, again.previous_id, again.payee_id) == (2, failed.pk, failed.payee_id)
    assert bytes(again.account_digest) == bytes(failed.account_digest)
    second = exchange.deliver(release_batch(by=cast.officer2, batch=second, total_fen_seen=second.total_fen))
    assert places(roster)["in_transit"] == failed.amount_fen
    take(second, answer(second))
    assert places(roster)["paid"] == total
    assert fresh_roster(roster).status == Roster.Status.CLOSED
