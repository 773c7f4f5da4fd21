"""The practice bank plays the other side; the collector takes in what it answers (design §7)."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from disbursement import practice
from disbursement.collecting import collect
from disbursement.models import Batch, Payment
from disbursement.practice import files_in
from disbursement.tasks import collect_results
from rulebook import clock
from tests.factories_disbursement import answer, approved_roster, fresh, released_batch, sent_batch


@pytest.fixture(autouse=True)
def empty_boxes() -> None:
    """Each test has the bank's folders to itself."""
    for box in ("out", "in", "done", "rejected"):
        for name in files_in(f"bank/B01/{box}"):
            default_storage.delete(f"bank/B01/{box}/{name}")


@pytest.mark.req("PAY-2", "PAY-3")
@pytest.mark.parametrize("layout", ["psbc-txt", "xlsx"])
def test_the_practice_bank_pays_and_the_collector_takes_it_in_once(db: None, layout: str) -> None:
    batch = sent_batch(approved_roster(homes=3, layout=layout))
    call_command("practice_bank", "--once", "--failures", "0%", verbosity=0)
    assert collect_results() == 1
    assert fresh(batch).status == Batch.Status.ANSWERED
    assert fresh(batch).paid_fen == batch.total_fen
    assert files_in("bank/B01/in") == []
    assert len(files_in("bank/B01/done")) == 1
    call_command("practice_bank", "--once", verbosity=0)
    assert files_in("bank/B01/in") == []


def test_what_fails_follows_from_the_seed_and_comes_with_codes_of_the_table(db: None) -> None:
    batch = sent_batch(approved_roster(homes=5))
    practice.work(failures=1.0, seed=3)
    (name,) = files_in("bank/B01/in")
    with default_storage.open(f"bank/B01/in/{name}") as handle:
        first = handle.read()
    default_storage.delete(f"bank/B01/in/{name}")
    practice.work(failures=1.0, seed=3)
    with default_storage.open(f"bank/B01/in/{name}") as handle:
        assert handle.read().split(b"\r\n")[1].split(b"|")[5] == first.split(b"\r\n")[1].split(b"|")[5]
    collect()
    assert fresh(batch).failed_count == 5
    assert set(Payment.objects.filter(batch=batch).values_list("disposal", flat=True)) == {"open"}


def test_a_file_that_comes_again_is_taken_in_once(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    content = answer(batch)
    for name in (f"R{batch.number}.txt", f"R{batch.number}-2.txt"):
        default_storage.save(f"bank/B01/in/{name}", ContentFile(content))
    assert sorted(found.outcome for found in collect()) == ["again", "taken"]
    assert fresh(batch).results.count() == 1
    assert files_in("bank/B01/in") == []


def test_a_wrong_file_goes_to_rejected_with_its_reason_beside(db: None) -> None:
    batch = sent_batch(approved_roster(homes=1))
    default_storage.save(f"bank/B01/in/R{batch.number}.txt", ContentFile(b"nonsense"))
    default_storage.save("bank/B01/in/stray.txt", ContentFile(b"nonsense"))
    assert {found.outcome for found in collect()} == {"rejected"}
    names = files_in("bank/B01/rejected")
    assert f"R{batch.number}.txt" in names
    with default_storage.open(f"bank/B01/rejected/R{batch.number}.txt.原因.txt") as handle:
        assert "没有改动任何数据" in handle.read().decode()
    assert fresh(batch).status == Batch.Status.SENT


def test_an_answer_that_is_faster_than_the_delivery_waits(db: None) -> None:
    batch = released_batch(approved_roster(homes=1))
    default_storage.save(f"bank/B01/in/R{batch.number}.txt", ContentFile(answer(batch)))
    assert [found.outcome for found in collect()] == ["waiting"]
    assert files_in("bank/B01/in") == [f"R{batch.number}.txt"]


def test_half_a_file_is_left_until_it_is_whole(db: None) -> None:
    batch = sent_batch(approved_roster(homes=2))
    (name,) = files_in("bank/B01/out")
    with default_storage.open(f"bank/B01/out/{name}") as handle:
        content = handle.read()
    default_storage.delete(f"bank/B01/out/{name}")
    default_storage.save(f"bank/B01/out/{name}", ContentFile(content[: len(content) // 2]))
    assert practice.work() == []
    default_storage.delete(f"bank/B01/out/{name}")
    default_storage.save(f"bank/B01/out/{name}", ContentFile(content))
    assert [done.name for done in practice.work()] == [name]
    assert fresh(batch).status == Batch.Status.SENT


def test_there_is_no_practice_bank_in_a_real_installation(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "practising", lambda: False)
    with pytest.raises(CommandError, match="演练"):
        call_command("practice_bank", "--once")
