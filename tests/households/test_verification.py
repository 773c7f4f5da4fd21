"""Comparing people with the police register by files: who is asked about, what an answer does, what is refused."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from accounts.models import TrailEntry
from households import services as register
from households.models import IdentityAnswers, IdentityCheck, IdentityRun, Person
from households.services.changing.people import GivenIdentity
from households.verification import listing, selectors, services
from households.verification.answering import Answer, store_told
from households.verification.people import people_by_standing
from jobs import services as jobs
from jobs.models import Job
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories import at, cast, id_number
from tests.factories_households import household, person
from tests.factories_requests import changed
from tests.factories_verification import REASON, SOURCE, answered, asked, compared, number_of
from tests.races import race, refusals
from tests.refused import refused_by
from tests.ruled import ruled
from tests.uploads import paper

State = IdentityAnswers.State


def family() -> list[Person]:
    return list(household(members=[("妻子", "甲二"), ("儿子", "甲三")], with_accounts=False).members.order_by("id"))


def standing(one: Person) -> str:
    return selectors.standing_of(one)


def begin(**more: object) -> IdentityRun:
    given = {"by": cast.clerk, "township": cast.township, "way": "file", "who": "waiting", "source": SOURCE}
    return services.begin_run(**{**given, "reason": REASON, **more})  # type: ignore[arg-type]


@pytest.mark.req("REG-4")
def test_the_new_are_asked_about_and_a_file_confirms_them_with_time_source_and_run(db: None) -> None:
    people = family()
    household(cast.villages2[0], name="乙一", with_accounts=False)
    run = begin()
    assert (run.people, run.state, len(bytes(run.digest))) == (3, "open", 32)
    assert [standing(one) for one in people] == ["asked"] * 3

    answers = answered(run, [(one.name, number_of(one), "一致") for one in people])

    assert (answers.state, answers.rows, answers.taken, run.state) == (State.TAKEN_IN, 3, 3, "done")
    head = Person.objects.get(pk=people[0].pk)
    check = head.identity_checks.get()
    assert (check.outcome, check.run, check.answered_at) == ("match", run, head.verified_at)
    assert head.verified_source == f"{SOURCE}（文件交换）"
    assert standing(head) == "match"
    entry = TrailEntry.objects.get(verb="identity.take_in")
    assert '"taken":3' in entry.facts
    assert "甲" not in entry.facts
    with pytest.raises(Conflict, match="没有需要核查的人员"):
        begin()


@pytest.mark.req("REG-4")
def test_every_outcome_says_what_is_to_be_done_and_only_a_match_verifies(db: None) -> None:
    people = [*family(), person(household(name="甲四", with_accounts=False), "甲五")]
    for one in people[1:]:
        compared(one)
    run = asked(people)
    words = ["不一致", "查无此人", "已死亡", "户口注销"]
    rows = [(one.name, number_of(one), word) for one, word in zip(people, words, strict=True)]
    answers = answered(run, [(*rows[0], "姓名、性别"), rows[1], (*rows[2], None, "2026-03-01"), rows[3]])
    assert (answers.taken, answers.bad_rows) == (4, 0)
    assert [standing(one) for one in people] == ["mismatch", "mismatch", "gone", "gone"]
    assert not Person.objects.filter(verified_at__isnull=False).exists()
    first, third = run.checks.get(person=people[0]), run.checks.get(person=people[2])
    assert (first.items, third.died_on) == (["name", "sex"], date(2026, 3, 1))
    assert people[1].identity_checks.count() == 2, "the earlier answer stays"
    # Nobody is stopped by an answer alone.
    assert set(Person.objects.values_list("state", flat=True)) == {"alive"}


@pytest.mark.req("REG-4")
def test_every_awkward_row_is_named_and_the_file_stays_out_whole(db: None) -> None:
    people, stranger = family(), household(cast.villages2[0], name="乙一", with_accounts=False).head
    assert stranger is not None
    other = asked([stranger])
    run = asked(people)
    known = [(one.name, number_of(one)) for one in people]
    rows = [
        (*known[0], "一致"),  # 2: sound
        (*known[1], "大概一致"),  # 3
        (*known[2], "一致"),  # 4: twice
        (*known[2], "一致"),  # 5
        ("别名", known[0][1], "一致"),  # 6: another name, and twice
        ("乙一", number_of(stranger), "一致"),  # 7: of another run
        ("路人", id_number(), "一致"),  # 8: of no run
        (known[1][0], "15999919800101001", "一致"),  # 9: not a number
        ("路人", id_number(), "一致", "姓名", "2099-01-01"),  # 10
    ]
    answers = answered(run, rows)
    assert (answers.state, answers.taken, answers.bad_rows) == (State.REFUSED, 0, 9)
    found = {(error.row, error.rule) for error in answers.errors.all()}
    assert {
        (2, "identity.double"), (3, "identity.outcome"), (4, "identity.double"), (5, "identity.double"),
        (6, "identity.name"), (7, "identity.foreign"), (8, "identity.foreign"), (10, "identity.items"),
        (10, "identity.died_on"),
    } <= found  # fmt: skip
    assert any(row == 9 for row, _ in found)
    assert f"第 {other.pk} 批" in answers.errors.get(row=7, rule="identity.foreign").message
    assert not IdentityCheck.objects.exclude(outcome="").exists()
    assert not Person.objects.filter(verified_at__isnull=False).exists()
    assert not any(known[0][1][-6:] in error.message for error in answers.errors.all())


@pytest.mark.req("REG-4")
def test_the_same_file_twice_changes_nothing_and_another_answer_is_an_error(db: None) -> None:
    people = family()
    run = asked(people)
    rows = [(people[0].name, number_of(people[0]), "一致")]
    assert answered(run, rows).taken == 1
    before = list(IdentityCheck.objects.order_by("pk").values())
    content = IdentityAnswers.objects.get().file.file
    with pytest.raises(Conflict, match="上传过"):
        answered(run, crypto.unseal(content.read()))
    both = answered(run, [*rows, (people[1].name, number_of(people[1]), "一致")])
    assert (both.state, both.taken, both.repeated) == (State.TAKEN_IN, 1, 1)
    changed = answered(run, [(people[0].name, number_of(people[0]), "死亡")])
    assert (changed.state, [error.rule for error in changed.errors.all()]) == (State.REFUSED, ["identity.answered"])
    after = list(IdentityCheck.objects.filter(person=people[0]).values())
    assert after == [row for row in before if row["person_id"] == people[0].pk]


@pytest.mark.req("REG-4")
def test_another_name_takes_the_confirmation_away_and_asks_anew(db: None) -> None:
    people = family()
    for one in people:
        compared(one)
    wife = people[1]
    late = asked([wife])
    changed(wife.household, "identity", GivenIdentity(wife.pk, "甲贰", number_of(wife)))
    wife.refresh_from_db()
    assert (wife.verified_at, wife.verified_source, standing(wife)) == (None, "", "asked")
    # The answer about the former name is kept and confirms nobody.
    assert store_told(late, [Answer(1, "match")], by=cast.clerk) == 1
    wife.refresh_from_db()
    assert (wife.verified_at, standing(wife)) == (None, "waiting")
    assert begin().people == 1


@pytest.mark.req("REG-4")
def test_a_county_may_have_people_compared_again_after_some_months(db: None) -> None:
    people = family()
    compared(people[0])
    ruled({"identity.valid": "3"})
    assert standing(people[0]) == "match"
    at("2026-08-07T09:00")
    assert standing(people[0]) == "waiting"
    assert begin().people == 3


@pytest.mark.req("REG-4", "ACL-3")
def test_the_list_holds_whole_numbers_for_who_asked_for_it_only_and_lies_sealed(db: None) -> None:
    people = family()
    run = asked(people)
    job = listing.ask_for_list(by=cast.clerk, run=run, form="xlsx")
    assert jobs.run(job.pk) == Job.State.DONE
    data, name = listing.fetch_list(by=cast.clerk, run=run, job_pk=job.pk)
    rows = list(load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [row[:3] for row in rows[1:]] == [(n, one.name, number_of(one)) for n, one in enumerate(people, start=1)]
    assert name.endswith(".xlsx")
    job.refresh_from_db()
    assert job.file is not None
    assert number_of(people[0]).encode() not in job.file.file.read()
    with pytest.raises(NotFound):
        listing.fetch_list(by=cast.station, run=run, job_pk=job.pk)
    told = TrailEntry.objects.filter(verb__in=["identity.list", "identity.list_fetch"]).count()
    assert told == 2
    # What comes back filled in is taken as it is.
    csv_job = listing.ask_for_list(by=cast.clerk, run=run, form="csv")
    jobs.run(csv_job.pk)
    text = listing.fetch_list(by=cast.clerk, run=run, job_pk=csv_job.pk)[0].decode("utf-8-sig")
    filled = text.replace(",,,\r\n", ",一致,,\r\n")
    assert answered(run, filled.encode("gb18030")).taken == 3


@pytest.mark.req("REG-4", "ACL-1")
def test_a_township_asks_about_its_own_and_the_county_about_all(db: None) -> None:
    family()
    household(cast.villages2[0], name="乙一", with_accounts=False)
    for stranger in (cast.clerk2, cast.leader, cast.auditor, cast.farm_reviewer):
        with pytest.raises(Forbidden):
            begin(by=stranger)
    with pytest.raises(Forbidden):
        begin(township=None)
    run = begin(by=cast.officer, township=None)
    assert run.people == 4
    with pytest.raises(NotFound):
        selectors.get_run(cast.clerk, run.pk)
    with pytest.raises(Forbidden):
        answered(run, [("甲一", id_number(), "一致")], by=cast.clerk)
    with pytest.raises(Invalid):
        begin(reason="核查159999198001010015")


@pytest.mark.req("REG-4")
def test_a_run_that_is_ended_asks_again_about_whom_nothing_came_back(db: None) -> None:
    people = family()
    run = asked(people)
    answered(run, [(people[0].name, number_of(people[0]), "一致")])
    assert (services.close_run(by=cast.station, run=run, reason="其余改用接口核查").state) == "closed"
    assert [standing(one) for one in people] == ["match", "waiting", "waiting"]
    with pytest.raises(Conflict):
        answered(run, [(people[1].name, number_of(people[1]), "一致")])
    with pytest.raises(Conflict):
        services.close_run(by=cast.station, run=run, reason="再次结束")
    assert begin().people == 2


# --- Reported dead ----------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-4", "REG-9")
def test_a_reported_death_is_registered_or_refuted_with_a_paper_and_stops_nobody_by_itself(db: None) -> None:
    people = family()
    for one in people[:2]:
        compared(one, "dead", died_on=date(2026, 2, 1))
    register.mark_dead(by=cast.clerk, person=people[0], on=date(2026, 2, 1))
    assert standing(people[0]) == ""
    with pytest.raises(Forbidden):
        services.refute_death(by=cast.officer, person=people[1], reason="本人到场", paper=paper())
    with pytest.raises(Invalid):
        services.refute_death(by=cast.clerk, person=people[1], reason="本人到场", paper=paper("证明.exe"))
    kept = services.refute_death(by=cast.clerk, person=people[1], reason="村干部入户见到本人", paper=paper())
    assert (kept.answer.person, standing(people[1])) == (people[1], "refuted")
    with pytest.raises(Conflict):
        services.refute_death(by=cast.clerk, person=people[1], reason="村干部入户见到本人", paper=paper())
    with pytest.raises(Conflict):
        services.refute_death(by=cast.clerk, person=people[2], reason="本人到场", paper=paper())
    refused_by("InsufficientPrivilege", "UPDATE households_deathrefutation SET reason = 'x'")
    # A later answer of the register counts again.
    compared(people[1], "dead")
    assert standing(people[1]) == "gone"


# --- What the database holds ------------------------------------------------------------------------------------------
@pytest.mark.req("REG-4")
@pytest.mark.parametrize(
    ("truth", "statement"),
    [
        ("households_identitycheck_frozen", "UPDATE households_identitycheck SET outcome = 'dead' WHERE current"),
        ("households_identitycheck_frozen", "UPDATE households_identitycheck SET name = '乙' WHERE waiting"),
        ("households_identitycheck_frozen", "UPDATE households_identitycheck SET died_on = now() WHERE outcome <> ''"),
        ("households_identitycheck_kept", "DELETE FROM households_identitycheck"),
        ("households_identityrun_frozen", "UPDATE households_identityrun SET source = '自己' WHERE state = 'open'"),
        ("households_identityrun_arrows", "UPDATE households_identityrun SET reason = '' WHERE state = 'done'"),
        ("households_identityrun_kept", "DELETE FROM households_identityrun"),
        ("households_verified_by_answer", "UPDATE households_person SET verified_at = now() WHERE name = '甲二'"),
    ],
)
def test_what_was_asked_and_answered_stays(truth: str, statement: str, db: None) -> None:
    people = family()
    compared(people[0])
    asked(people[1:])
    refused_by("InsufficientPrivilege" if statement.startswith("DELETE") else truth, statement)


@pytest.mark.req("REG-4")
def test_two_runs_at_once_ask_about_nobody_twice(committed_db: object) -> None:
    family()
    outcomes = race(begin, lambda: begin(by=cast.station))
    lost = refusals(outcomes)
    assert len(lost) <= 1
    assert IdentityCheck.objects.filter(waiting=True).count() == 3
    assert people_by_standing(cast.clerk).filter(standing="asked").count() == 3  # type: ignore[misc]
