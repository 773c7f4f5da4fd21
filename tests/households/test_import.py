"""The register from Excel: what is found wrong, what is taken in, and that it is whole or nothing."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import TrailEntry
from households import services as register
from households.imports import services, staging
from households.imports.columns import copy_columns
from households.models import BankAccount, Household, Person, RegisterImport
from jobs import services as jobs
from jobs.models import Job
from lib.errors import Conflict, Forbidden
from tests.factories import account_number, cast
from tests.factories_households import account, household, person
from tests.households.sheets import card_of, checked, id_of, row, upload

pytestmark = pytest.mark.django_db
State = RegisterImport.State


def found(batch: RegisterImport) -> set[tuple[int, str]]:
    return {(error.row, error.rule) for error in batch.errors.all()}


def staged(batch: RegisterImport) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM households_stagedrow WHERE import_id = %s", [batch.pk])
        return int(cursor.fetchone()[0])


@pytest.mark.req("REG-6", "REG-1")
def test_households_members_and_cards_are_taken_in_as_the_preview_said() -> None:
    batch = checked(
        [row(1, phone="13812345678"), row(2, head=1, account=None, bank_name=None), row(3, village="红旗村")]
    )
    assert (batch.state, batch.rows, batch.good_rows) == (State.READY, 3, 3)
    assert batch.summary["totals"] == {"households": 2, "people": 3, "accounts": 2, "bad_rows": 0}
    assert not Person.objects.exists()

    batch = services.accept_import(by=cast.clerk, batch=batch)

    assert batch.state == State.TAKEN_IN
    assert batch.summary["taken_in"] == {"households": 2, "people": 3, "accounts": 2}
    home = Household.objects.get(head__name="甲1")
    assert (home.village.name, home.group, str(home.contracted_mu)) == ("团结村委会", "1组", "10.50")
    assert home.code == f"{home.village.code}00001"
    assert list(home.members.order_by("id").values_list("name", "relation")) == [("甲1", "本人"), ("甲2", "儿子")]
    assert Household.objects.get(head__name="甲3").village.name == "红旗嘎查委会"
    assert BankAccount.objects.get(person__name="甲1").tail == card_of(1)[-4:]
    assert staged(batch) == 0
    entry = TrailEntry.objects.get(verb="register.import.accept")
    assert '"people":3' in entry.facts
    assert "甲" not in entry.facts


FIRST = 3  # Excel's number of the first row of data


def awkward(code: str) -> list[tuple[str, dict[str, object]]]:
    """Rows and the rule that each breaks; `code` is a registered household's."""
    return [
        ("", row(1)),
        ("register.village", row(2, village="没有这个村")),
        ("register.village", row(25, village="光明")),  # 光明社区 and 光明村
        ("register.head_missing", row(3, head=4)),  # neither in the file nor in the register
        ("register.head_bad", row(22, head=2)),  # sound, but its head's row is not
        ("register.head_bad", row(26, head=500)),  # the head belongs to the other township
        ("register.head_name", row(16, head=1, head_name="甲错")),
        ("register.head_relation", row(14, relation="妻子")),  # the head itself
        ("register.head_relation", row(15, head=1, relation="本人")),  # another than the head
        ("choice.unknown", row(5, relation="邻居")),
        ("register.one_village", row(17, head=1, village="东风村")),  # another than the head's
        ("id.check_digit", row(6, member_id="159999195001010010")),
        ("cell.number", row(24, member_id=159999195001010010)),
        ("register.same_person", row(8)),
        ("register.same_person", row(8, account=card_of(88))),
        ("register.known_person", row(500)),  # in the other township
        ("register.known_person", row(601, head=1)),  # in this one
        ("account.check_digit", row(7, account="6288880000000000001")),
        ("register.card_without_bank", row(9, bank_name=None)),
        ("register.bank_without_card", row(10, account=None)),
        ("register.same_card", row(11, account=card_of(12))),
        ("register.same_card", row(12)),
        ("register.known_card", row(13, account=card_of(501))),
        ("register.area", row(18, head=1, contracted_mu=3)),
        ("register.area_range", row(23, contracted_mu=-1)),
        ("register.code", row(19, household_code="X-1")),  # one code, two heads
        ("register.code", row(20, household_code="X-1")),
        ("register.code", row(21, household_code=code)),
    ]


@pytest.fixture
def registered() -> tuple[Household, Household]:
    """A household of the other township with people 500 and card 501, and one of this with person 601."""
    other = household(cast.villages2[0], name="乙一", with_accounts=False)
    account(person(other, "乙二", relation="妻子", id_number=id_of(500)), number=card_of(501))
    own = household(name="甲600", with_accounts=False)
    person(own, "甲601", relation="妻子", id_number=id_of(601))
    return other, own


@pytest.mark.req("REG-6", "REG-2")
def test_every_awkward_row_is_found_with_its_excel_row_and_a_way_to_mend_it(
    registered: tuple[Household, Household],
) -> None:
    other, own = registered
    rows = awkward(other.code)
    batch = checked([given for _, given in rows])
    wanted = {(number, rule) for number, (rule, _) in enumerate(rows, FIRST) if rule}
    errors = found(batch)
    assert not wanted - errors
    assert {number for number, _ in errors} == {number for number, _ in wanted}
    assert (batch.rows, batch.good_rows) == (len(rows), 1)
    messages = {error.row: error.message for error in batch.errors.all()}
    at = {str(given["name"]): number for number, (_, given) in enumerate(rows, FIRST)}
    assert cast.township2.name in messages[at["甲500"]]
    assert own.code in messages[at["甲601"]]
    for secret in (id_of(500), id_of(601), other.code, card_of(501), "乙"):
        assert secret not in " ".join(messages.values())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("团结村", "团结村委会"),
        ("团结村村民委员会", "团结村委会"),
        ("团结", "团结村委会"),
        ("红旗嘎查", "红旗嘎查委会"),
        ("红旗村民委员会", "红旗嘎查委会"),
        ("152223100200", "团结村委会"),
        ("152223100200-团结村", "团结村委会"),
        ("绰尔社区", "绰尔社区居委会"),
        ("东升社区", "东升社区居委会"),
        ("东升村", "东升村委会"),
        ("152223100200-东升村", None),
        ("没有这个村", None),
    ],
)
def test_a_village_is_found_by_its_names_and_never_by_guessing(typed: str, name: str | None) -> None:
    batch = checked([row(1, village=typed)])
    if name is None:
        assert found(batch) == {(3, "register.village")}
    else:
        services.accept_import(by=cast.clerk, batch=batch)
        assert Household.objects.get().village.name == name


@pytest.mark.req("REG-6")
def test_with_rows_in_error_all_is_refused_unless_only_good_ones_are_wanted() -> None:
    batch = checked([row(1), row(2, village="没有这个村"), row(3, head=2)])

    with pytest.raises(Conflict, match="2 行有错误"):
        services.accept_import(by=cast.clerk, batch=batch, only_good=False)
    assert not Household.objects.exists()

    services.accept_import(by=cast.clerk, batch=batch, only_good=True)
    assert list(Person.objects.values_list("name", flat=True)) == ["甲1"]
    assert batch.errors.count() == 2


@pytest.mark.req("REG-6")
def test_a_register_that_changed_after_the_preview_takes_in_nothing_until_checked_again() -> None:
    batch = checked([row(1), row(2)])
    person(household(cast.villages2[0], name="乙一"), "甲2", relation="妻子", id_number=id_of(2))

    with pytest.raises(Conflict, match="重新检查"):
        services.accept_import(by=cast.clerk, batch=batch)
    assert not Person.objects.filter(name="甲1").exists()

    batch = services.recheck_import(by=cast.clerk, batch=batch)
    assert batch.job is not None
    jobs.run(batch.job.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.good_rows, found(batch)) == (State.READY, 1, {(4, "register.known_person")})
    services.accept_import(by=cast.clerk, batch=batch)
    assert Person.objects.filter(name="甲1").exists()


def test_members_join_a_household_that_is_in_the_register_already() -> None:
    home = household(name="甲1", with_accounts=False)
    assert home.head is not None
    first = checked([row(1)])
    services.accept_import(by=cast.clerk, batch=first)

    second = checked([row(2, head=1)])
    assert second.summary["totals"]["households"] == 0
    services.accept_import(by=cast.clerk, batch=second)

    assert Household.objects.get(head__name="甲1", members__name="甲2").members.count() == 2


def test_codes_are_kept_where_given_and_counted_on_where_not() -> None:
    taken = household(next(v for v in cast.villages if v.name == "团结村委会"), with_accounts=False)
    batch = checked([row(1), row(2, household_code=f"{taken.village.code}00007"), row(3)])
    services.accept_import(by=cast.clerk, batch=batch)
    codes = dict(Household.objects.exclude(pk=taken.pk).values_list("head__name", "code"))
    assert [codes[f"甲{n}"][-5:] for n in (1, 2, 3)] == ["00008", "00007", "00009"]


def test_an_import_is_taken_in_once_and_a_dropped_one_never() -> None:
    batch = checked([row(1)])
    services.accept_import(by=cast.clerk, batch=batch)
    for act in (services.accept_import, services.drop_import, services.recheck_import):
        with pytest.raises(Conflict):
            act(by=cast.clerk, batch=batch)

    other = services.drop_import(by=cast.clerk, batch=checked([row(2)]))
    assert (other.state, staged(other)) == (State.DROPPED, 0)
    with pytest.raises(Conflict):
        services.accept_import(by=cast.clerk, batch=other)


@pytest.mark.req("ACL-1")
def test_only_the_clerk_of_the_township_imports() -> None:
    batch = checked([row(1)])
    for user in (cast.clerk2, cast.station, cast.officer, cast.admin):
        with pytest.raises(Forbidden):
            upload([row(2)], by=user)
        for act in (services.accept_import, services.drop_import, services.recheck_import):
            with pytest.raises(Forbidden):
                act(by=user, batch=batch)


def test_an_unreadable_file_says_why_and_leaves_nothing_behind() -> None:
    file = SimpleUploadedFile("底册.xlsx", b"%PDF-1.7 not a table")
    batch = services.begin_import(by=cast.clerk, upload=file, township=cast.township)
    assert batch.job is not None

    assert jobs.run(batch.job.pk) == Job.State.FAILED

    batch.refresh_from_db()
    batch.job.refresh_from_db()
    assert batch.state == State.UNREADABLE
    assert "PDF" in batch.job.error
    assert batch.summary["refusal"] == batch.job.error


def test_rows_lost_from_the_staging_table_are_noticed() -> None:
    batch = checked([row(1), row(2)])
    staging.forget(batch.pk)
    with pytest.raises(Conflict, match="重新检查"):
        services.accept_import(by=cast.clerk, batch=batch)


def test_a_copy_file_goes_the_same_way_as_an_upload() -> None:
    source = checked([row(1), row(2, head=1)])
    columns = ", ".join(copy_columns())
    batch = staging.begin_staged(by=cast.clerk, township=cast.township, name="演示底册")

    lines = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY (SELECT {columns} FROM households_stagedrow WHERE import_id = {source.pk}) TO STDOUT", lines
        )
    lines.seek(0)

    assert staging.stage_rows(batch.pk, lines) == 2
    batch = staging.check_staged(batch.pk)
    assert batch.state == State.READY
    staging.take_in_staged(batch=batch, by=cast.clerk, only_good=False)

    assert list(Person.objects.order_by("id").values_list("name", flat=True)) == ["甲1", "甲2"]
    assert Household.objects.get().head == Person.objects.get(name="甲1")


@pytest.mark.req("ACL-6")
def test_no_number_of_an_import_lies_in_clear_in_any_table() -> None:
    batch = checked([row(1, phone="13812345678"), row(2, village="没有这个村"), row(3, member_id=id_of(3)[:-1])])
    numbers = [*(id_of(n) for n in (1, 2, 3)), *(card_of(n) for n in (1, 2, 3)), "13812345678", id_of(3)[:-1]]
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT table_name FROM information_schema.tables
                    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"""
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
                dump = cursor.fetchone()[0]
                for secret in numbers:
                    assert secret not in dump, table
                    assert secret.encode().hex() not in dump, table
        if batch.state == State.READY:
            batch = services.accept_import(by=cast.clerk, batch=batch)


@pytest.mark.req("REG-8")
def test_a_card_registered_by_import_is_changed_like_any_other() -> None:
    services.accept_import(by=cast.clerk, batch=checked([row(1)]))
    change = register.request_account_change(
        by=cast.clerk,
        person=Person.objects.get(),
        kind="replace",
        reason="换卡",
        bank_name="农行",
        number=account_number(),
    )
    register.approve_account_change(by=cast.station, change=change)
    assert BankAccount.objects.filter(in_use=True).count() == 1
