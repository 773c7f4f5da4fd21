"""Every file of the corpus, uploaded by a clerk on the page: the right rows, or a sentence; never an error of ours."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from jobs.services import run
from lib import crypto
from rosters.models import Roster, RosterImport
from tests.corpus.files import CASES, Case, Faulty, Refused, Taken
from tests.factories import cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster

NAMES = {0: "甲一", 1: "甲二", 2: "甲三"}
AREA, MONEY = 10.5, 1032.78
# What the page says above the form, each in a line of its own.
SUMMARY = re.compile(r'<li><a href="#[^"]*">([^<]*)</a></li>')


def people(case: Case) -> list[list[Any]]:
    """The three rows of the roster, as the register has its people."""
    rows = []
    for place in range(3):
        home = household(name=case.names.get(place, NAMES[place]))
        assert home.head is not None
        number = crypto.decrypt(home.head.id_cipher)
        rows.append([place + 1, home.village.name, "1组", home.head.name, number, AREA, MONEY, "补报"])
    return rows


def staged(batch: RosterImport) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rosters_stagedline WHERE batch_id = %s", [batch.pk])
        return int(cursor.fetchone()[0])


def uploaded(client: Client, roster: Roster, case: Case, data: bytes) -> tuple[RosterImport | None, str]:
    """The import, once its job has run, and what the clerk then reads."""
    file = SimpleUploadedFile(case.file, data)
    answer = client.post(reverse("rosters:import", args=[roster.pk]), {"file": file, "replace": "1"})
    batch = RosterImport.objects.filter(roster=roster).first()
    if batch is None:
        assert answer.status_code == 200
        return None, answer.content.decode()
    assert answer.status_code == 302
    assert batch.job is not None
    run(batch.job.pk)
    batch.refresh_from_db()
    page = client.get(reverse("rosters:import_batch", args=[roster.pk, batch.pk]))
    assert page.status_code == 200
    return batch, page.content.decode()


@pytest.mark.req("REG-6", "ROS-1")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_ends_in_the_right_rows_or_in_a_sentence(db: None, case: Case) -> None:
    roster = draft_roster(homes=0)
    rows = people(case)
    client = Client()
    client.force_login(cast.clerk)
    batch, page = uploaded(client, roster, case, case.made(rows))
    assert not roster.lines.exists()
    if isinstance(case.ends, Refused):
        refused(batch, page, case.ends)
        return
    assert batch is not None, SUMMARY.findall(page)
    found = frozenset((error.row, error.rule) for error in batch.errors.all())
    told = [(error.row, error.rule, error.message) for error in batch.errors.all()]
    if isinstance(case.ends, Taken):
        assert (batch.state, batch.rows, batch.good_rows) == ("ready", case.ends.rows, case.ends.rows), told
        assert client.post(reverse("rosters:import_accept", args=[roster.pk, batch.pk])).status_code == 302
        assert sorted(line.beneficiary_name for line in roster.lines.all()) == sorted(row[3] for row in rows)
        assert {line.amount_fen for line in roster.lines.all()} == {103_278}
    else:
        assert isinstance(case.ends, Faulty)
        assert (batch.good_rows, found) == (case.ends.good, case.ends.faults), told
        assert all(message.strip() for _, _, message in told)
        report = client.get(reverse("rosters:import_errors", args=[roster.pk, batch.pk]))
        assert report.status_code == 200


def test_the_corpus_is_large_and_every_kind_of_end_is_in_it() -> None:
    assert len(CASES) >= 60
    assert {type(case.ends) for case in CASES} == {Taken, Faulty, Refused}
    assert len({case.name for case in CASES}) == len(CASES)


def refused(batch: RosterImport | None, page: str, ends: Refused) -> None:
    """A sentence with what to do, on the page; nothing of the file is kept beside the file itself."""
    said = " ".join(SUMMARY.findall(page)) if batch is None else batch.summary.get("message", "")
    assert ends.words in said, said
    if batch is not None:
        assert batch.state == "unreadable"
        assert any(mark in said for mark in ("请", "不能")), said
        assert said in page
        assert staged(batch) == 0
        assert not batch.errors.exists()
