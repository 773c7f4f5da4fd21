"""A whole import of the register is taken back while nobody changed or used any of it."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.subjects import kind_of
from households import gone
from households.imports import services
from households.imports.undoing import naming_columns, undo_import
from households.models import BankAccount, Household, IdentityRun, Means, Person, RegisterHistory, RegisterImport
from lib.errors import Conflict, Forbidden, Refusal, refusal_of
from lib.foreign_keys import ask_now
from publicity.models import LookupCode
from rosters.lines import Pick
from rosters.services import fill_lines
from rulebook import clock
from tests.databases import Database
from tests.factories import cast, id_number, standard
from tests.factories_households import household
from tests.factories_requests import collected
from tests.factories_rosters import draft_roster
from tests.households.sheets import checked, row, run, upload
from tests.races import race, refusals, somebody_waits
from tests.refused import refused_by
from tests.uploads import paper

pytestmark = pytest.mark.req("REG-6", "REG-3")


def taken_in() -> RegisterImport:
    rows = [row(1, planted_mu=5), row(2, head=1, account=None, bank_name=None), row(3)]
    return services.accept_import(by=cast.clerk, batch=checked(rows))


def test_all_that_an_import_created_goes_and_history_keeps_that_it_was(db: None) -> None:
    other = household()
    batch = taken_in()
    assert (Person.objects.count(), Means.objects.count()) == (4, 1)

    batch = undo_import(by=cast.clerk, batch=batch)

    assert (batch.state, batch.undone_by) == ("undone", cast.clerk)
    assert list(Household.objects.all()) == [other]
    assert not Person.objects.exclude(household=other).exists()
    assert not BankAccount.objects.exclude(person__household=other).exists()
    assert not Means.objects.exists()
    gone = RegisterHistory.objects.filter(act="remove", paper_id=batch.pk)
    assert sorted(gone.values_list("subject", flat=True)) == sorted(
        ["household"] * 2 + ["person"] * 3 + ["account"] * 2 + ["means"]
    )
    assert '"people":3' in TrailEntry.objects.get(verb="register.import.undo").facts
    with pytest.raises(Conflict, match="不需要撤销"):
        undo_import(by=cast.clerk, batch=batch)
    # The same people may come again.
    assert services.accept_import(by=cast.clerk, batch=checked([row(1), row(3)])).state == "taken_in"


def test_members_of_a_household_that_was_there_go_and_it_stays(db: None) -> None:
    services.accept_import(by=cast.clerk, batch=checked([row(1)]))
    batch = services.accept_import(by=cast.clerk, batch=checked([row(2, head=1)]))
    undo_import(by=cast.clerk, batch=batch)
    assert [person.name for person in Household.objects.get().members.all()] == ["甲1"]


def test_what_was_changed_since_keeps_the_import_with_its_reason(db: None) -> None:
    batch = taken_in()
    Household.objects.filter(head__name="甲3").update(address="红旗嘎查十号")
    with pytest.raises(Conflict, match="入库之后底册又有变更：甲3户"):
        undo_import(by=cast.clerk, batch=batch)
    assert Person.objects.count() == 3


def test_who_stands_in_a_roster_keeps_the_import_with_its_reason(db: None) -> None:
    batch = taken_in()
    roster = draft_roster(homes=0)
    head = Person.objects.get(name="甲1")
    fill_lines(by=cast.clerk, roster=roster, picks=[Pick(head.pk, standard().pk, Decimal(3))])
    with pytest.raises(Conflict, match=r"甲1.*已用在“清册明细”中"):
        undo_import(by=cast.clerk, batch=batch)
    assert Person.objects.count() == 3


def test_after_the_first_collection_the_finance_station_undoes_what_came_by_paper(db: None) -> None:
    family = taken_in()
    collected()
    with pytest.raises(Conflict, match="建库期间的导入"):
        undo_import(by=cast.station, batch=family)
    batch = upload([row(7)], certificate=paper("各村申请.pdf"))
    services.accept_import(by=cast.station, batch=run(batch))
    with pytest.raises(Forbidden):
        undo_import(by=cast.clerk, batch=batch)
    undo_import(by=cast.station, batch=batch)
    assert not Person.objects.filter(name="甲7").exists()


def test_the_database_lets_no_import_leave_its_way_or_anything_behind(db: None) -> None:
    batch = taken_in()
    at = f"WHERE id = {batch.pk}"
    refused_by("households_import_arrows", f"UPDATE households_registerimport SET state = 'ready' {at}")
    refused_by("households_import_frozen", f"UPDATE households_registerimport SET history_until = 1 {at}")
    refused_by(
        "households_import_undone",
        f"UPDATE households_registerimport SET state = 'undone' {at}",
    )


@pytest.mark.parametrize("first", ["undo", "line"])
def test_an_undone_import_and_a_new_line_do_not_cross(committed_db: Database, first: str) -> None:
    batch = taken_in()
    roster = draft_roster(homes=0)
    head = Person.objects.get(name="甲1")
    pick = Pick(head.pk, standard().pk, Decimal(3))
    acts: dict[str, Callable[[], object]] = {
        "undo": lambda: undo_import(by=cast.clerk, batch=batch),
        "line": lambda: fill_lines(by=cast.clerk, roster=roster, picks=[pick]),
    }
    done = threading.Event()

    def before() -> None:
        with transaction.atomic():
            acts.pop(first)()
            done.set()
            time.sleep(0.4)

    def after() -> None:
        done.wait(20)
        acts.popitem()[1]()

    (lost,) = refusals(race(before, after))
    undone = RegisterImport.objects.get(pk=batch.pk).state == "undone"
    assert undone is (first == "undo")
    assert roster.lines.count() == (0 if undone else 1)
    assert Person.objects.filter(name="甲1").exists() is not undone
    assert ("不在本乡镇底册" if undone else "已用在“清册明细”中") in lost.message


def names(batch: RegisterImport, paper: str) -> tuple[str, dict[str, object]]:
    """A page on which somebody names people of the import, and what is filled in there."""
    home = Household.objects.get(head__name="甲1")
    if paper == "member":
        given: dict[str, object] = {"name": "甲二", "id_number": id_number(), "relation": "妻子"}
        return reverse("households:person_new", args=[home.pk]), given
    run = {"township": cast.township.pk, "who": "all", "way": "file", "source": "公安局", "reason": "建库核查"}
    return reverse("households:identity_new"), run


@pytest.mark.parametrize("paper", ["member", "run"])
def test_who_names_people_while_they_are_taken_back_reads_why(committed_db: Database, paper: str) -> None:
    batch = taken_in()
    page, given = names(batch, paper)
    client = Client()
    client.force_login(cast.clerk)
    done = threading.Event()

    def undo() -> None:
        with transaction.atomic():
            undo_import(by=cast.clerk, batch=batch)
            done.set()
            somebody_waits()

    def name() -> tuple[int, str]:
        done.wait(20)
        answer = client.post(page, given)
        return answer.status_code, answer.content.decode()

    _, answered = race(undo, name)
    assert isinstance(answered, tuple), answered
    # A form says so on top and keeps what was filled in.
    assert answered[0] == (200 if paper == "member" else 409)
    assert "刚刚移出了底册" in answered[1]
    assert not Person.objects.filter(name__startswith="甲").exists()
    assert not IdentityRun.objects.exists()


def named(person: int) -> Refusal | None:
    """How people are told that somebody cannot be named because the foreign key does not find the row."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():  # noqa: PT012
        LookupCode.objects.create(person_id=person, code_digest=b"", made_at=clock.now(), expires_at=clock.now())
        ask_now([LookupCode._meta.db_table])
    return refusal_of(caught.value)


def test_only_what_went_with_its_import_is_told_as_gone(db: None) -> None:
    batch = taken_in()
    there, taken = household().members.get(), Person.objects.get(name="甲1")
    undo_import(by=cast.clerk, batch=batch)
    assert gone.one(Person.objects.all(), there.pk) == there
    with pytest.raises(Conflict, match="刚刚移出了底册"):
        gone.each(Person.objects.all(), [there.pk, taken.pk])
    told = named(taken.pk)
    assert told is not None
    assert told.code == "households.gone"


def test_a_wrong_key_in_the_register_stays_a_fault_of_the_system(db: None) -> None:
    nobody = 10**9
    with pytest.raises(ObjectDoesNotExist) as caught:
        gone.one(Household.objects.all(), nobody)
    assert refusal_of(caught.value) is None
    assert refusal_of(Person.DoesNotExist()) is None
    assert named(nobody) is None


def test_a_code_that_a_villager_asked_for_keeps_the_import_with_its_reason(db: None) -> None:
    batch = taken_in()
    person = Person.objects.get(name="甲1")
    LookupCode.objects.create(person=person, code_digest=b"", made_at=clock.now(), expires_at=clock.now())
    with pytest.raises(Conflict, match="甲1已用在“群众查询的验证码”中"):
        undo_import(by=cast.clerk, batch=batch)


def test_whatever_keeps_an_import_has_a_name_that_people_know() -> None:
    named = {model._meta.label: kind_of(model) for _, model, _ in naming_columns()}
    assert [label for label, words in named.items() if words.isascii()] == []
    assert named["households.RegisterUpdateRow"] == "批量更新文件的行"


def test_undoing_asks_once_or_says_why_not(db: None) -> None:
    batch = taken_in()
    client = Client()
    client.force_login(cast.clerk)
    shown, undo = (reverse(f"households:{name}", args=[batch.pk]) for name in ("import", "import_undo"))
    assert undo in client.get(shown).content.decode()
    assert "农户 2 户、人员 3 人、账户 2 个" in client.get(undo).content.decode()
    Household.objects.filter(head__name="甲3").update(address="红旗嘎查十号")
    assert "甲3户" in client.get(undo).content.decode()
    with pytest.raises(Forbidden):
        undo_import(by=cast.clerk2, batch=batch)
