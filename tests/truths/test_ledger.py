"""Truth 1: money is conserved, whatever the application does."""

import threading

import pytest
from django.db import connection, transaction

from lib.errors import Conflict
from subsidies import ledger
from subsidies.models import LedgerAccount, Quota, Transfer
from tests.databases import Database
from tests.factories import cast, policy, quota
from tests.refused import refused_by

Kind = LedgerAccount.Kind


@pytest.mark.req("FND-1", "FND-3")
def test_a_quota_opens_with_all_its_money_available(db: None) -> None:
    opened = quota(fen=5_000_00)
    assert ledger.balances(opened)["available"] == 5_000_00
    assert ledger.total(opened) == 5_000_00


@pytest.mark.req("FND-3")
def test_the_sum_over_all_accounts_is_the_quota_after_every_transfer(db: None) -> None:
    opened = quota(fen=5_000_00)
    ways = [
        (Kind.AVAILABLE, Kind.RESERVED, 3_000_00),
        (Kind.RESERVED, Kind.IN_TRANSIT, 2_000_00),
        (Kind.IN_TRANSIT, Kind.PAID, 1_500_00),
        (Kind.IN_TRANSIT, Kind.RETURNED, 500_00),
    ]
    for number, (source, target, fen) in enumerate(ways):
        ledger.move(opened, source, target, fen, key=f"t{number}", subject=opened, by=cast.officer)
        assert ledger.total(opened) == 5_000_00
    assert ledger.balances(opened)["paid"] == 1_500_00


def test_an_account_never_gives_more_than_it_has_and_says_what_is_missing(db: None) -> None:
    opened = quota(fen=5_000_00)
    with pytest.raises(ledger.NotEnough, match="差¥1"):
        ledger.move(opened, Kind.AVAILABLE, Kind.RESERVED, 5_001_00, key="t", subject=opened, by=cast.officer)


def test_a_key_moves_money_once(db: None) -> None:
    opened = quota(fen=5_000_00)
    first = ledger.move(opened, Kind.AVAILABLE, Kind.RESERVED, 100, key="once", subject=opened, by=cast.officer)
    again = ledger.move(opened, Kind.AVAILABLE, Kind.RESERVED, 100, key="once", subject=opened, by=cast.officer)
    assert again.pk == first.pk
    assert ledger.balances(opened)["reserved"] == 100
    with pytest.raises(Conflict):
        ledger.move(opened, Kind.AVAILABLE, Kind.RESERVED, 101, key="once", subject=opened, by=cast.officer)


def test_the_database_refuses_an_overdraft_behind_the_services_back(db: None) -> None:
    opened = quota(fen=5_000_00)
    accounts = {a.kind: a.pk for a in LedgerAccount.objects.filter(quota=opened)}
    refused_by(
        "subsidies_account_floor",
        """INSERT INTO subsidies_transfer (key, debit_id, credit_id, amount_fen, subject_type, subject_id, at)
           VALUES ('x', %s, %s, 500001, 't', 1, now())""",
        accounts["available"],
        accounts["paid"],
    )


def test_a_transfer_never_crosses_from_one_quota_to_another(db: None) -> None:
    one, other = quota(fen=100_00), quota(fen=100_00)
    debit = LedgerAccount.objects.get(quota=one, kind="available").pk
    credit = LedgerAccount.objects.get(quota=other, kind="available").pk
    refused_by(
        "subsidies_transfer_one_quota",
        """INSERT INTO subsidies_transfer (key, debit_id, credit_id, amount_fen, subject_type, subject_id, at)
           VALUES ('x', %s, %s, 100, 't', 1, now())""",
        debit,
        credit,
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE subsidies_transfer SET amount_fen = 1",
        "DELETE FROM subsidies_transfer",
        "TRUNCATE subsidies_transfer CASCADE",
        "UPDATE subsidies_ledgeraccount SET balance_fen = 1",
        "DELETE FROM subsidies_ledgeraccount",
        "INSERT INTO subsidies_ledgeraccount (quota_id, kind, opening_fen, balance_fen) VALUES (1, 'paid', 0, 0)",
    ],
)
def test_the_web_role_has_no_right_to_rewrite_the_ledger(db: None, sql: str) -> None:
    quota(fen=100_00)
    refused_by("InsufficientPrivilege", sql)


def test_even_the_owner_of_the_tables_cannot_rewrite_a_transfer(committed_db: Database, superuser: object) -> None:
    quota(fen=100_00)
    with superuser.cursor() as cursor:  # type: ignore[attr-defined]
        for sql in ("UPDATE subsidies_transfer SET amount_fen = 1", "DELETE FROM subsidies_transfer"):
            with pytest.raises(Exception, match="append-only"):
                cursor.execute(sql)


def test_a_quota_is_fixed_once_it_is_in_the_ledger(db: None) -> None:
    opened = quota(fen=100_00)
    refused_by("subsidies_quota_fixed", "UPDATE subsidies_quota SET amount_fen = 1 WHERE id = %s", opened.pk)
    refused_by("subsidies_quota_fixed", "DELETE FROM subsidies_quota WHERE id = %s", opened.pk)
    assert Quota.objects.get(pk=opened.pk).amount_fen == 100_00


def test_many_rosters_that_reserve_at_once_never_take_more_than_there_is(committed_db: Database) -> None:
    opened = quota(fen=10_00)
    officer = cast.officer
    outcomes: list[str] = []

    def reserve(number: int) -> None:
        try:
            with transaction.atomic():
                ledger.move(opened, Kind.AVAILABLE, Kind.RESERVED, 3_00, key=f"r{number}", subject=opened, by=officer)
            outcomes.append("taken")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=reserve, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["taken"] * 3
    assert ledger.balances(opened)["available"] == 1_00
    assert Transfer.objects.filter(key__startswith="r").count() == 3


def test_a_quota_number_is_entered_once(db: None) -> None:
    quota(document_number="扎财农〔2026〕特1号")
    with pytest.raises(Conflict, match="已录入"):
        quota(document_number="扎财农〔2026〕特1号")


def test_a_prescribed_policy_maps_to_one_published_item(db: None) -> None:
    one = policy("2130122")
    refused_by(
        "subsidies_policy_published_once",
        "UPDATE subsidies_policy SET published_code = %s WHERE code = '2080502'",
        one.published_code,
    )
    refused_by(
        "subsidies_policy_prescribed_mapped", "UPDATE subsidies_policy SET published_code = '' WHERE code = '2080502'"
    )
