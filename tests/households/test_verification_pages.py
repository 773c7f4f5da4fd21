"""The pages of the comparisons with the police register, from the township's desk to the file of answers."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.workbench import menu_for, todos_for
from households.models import DeathRefutation, IdentityAnswers, IdentityRun, Person
from jobs import services as jobs
from jobs.models import Job
from tests.factories import cast
from tests.factories_households import household
from tests.factories_verification import REASON, SOURCE, asked, compared, number_of, sheet
from tests.uploads import paper

pytestmark = pytest.mark.django_db


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(client: Client, name: str, *keys: int, **query: str | int) -> str:
    response = client.get(reverse(f"households:{name}", args=keys), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.req("REG-4")
def test_the_clerk_asks_sends_the_list_brings_the_answers_and_sees_what_is_left() -> None:
    home = household(members=[("妻子", "甲二")], with_accounts=False)
    head, wife = home.members.order_by("id")
    client = signed_in("clerk")
    assert "发起核查" in page(client, "identity")
    given = {"township": cast.township.pk, "who": "waiting", "way": "file", "source": SOURCE, "reason": REASON}
    answer = client.post(reverse("households:identity_new"), given)
    run = IdentityRun.objects.get()
    assert answer.headers["Location"] == reverse("households:identity_run", args=[run.pk])

    client.post(reverse("households:identity_list", args=[run.pk]), {"form": "xlsx"})
    job = Job.objects.get(kind="households.identity_list")
    jobs.run(job.pk)
    fetched = client.get(reverse("households:identity_list_file", args=[run.pk, job.pk]))
    assert (fetched.status_code, fetched.content[:2]) == (200, b"PK")
    assert "no-store" in fetched.headers["Cache-Control"]

    wrong = [(head.name, number_of(head), "对的")]
    client.post(
        reverse("households:identity_run", args=[run.pk]), {"upload": SimpleUploadedFile("a.xlsx", sheet(wrong))}
    )
    answers = IdentityAnswers.objects.get()
    assert answers.job is not None
    assert "正在" in page(client, "identity_run", run.pk) or "排队" in page(client, "identity_run", run.pk)
    jobs.run(answers.job.pk)
    assert "有错误，未入库" in page(client, "identity_run", run.pk)
    assert "核查结果应为" in page(client, "identity_errors", run.pk, answers.pk)
    report = client.get(reverse("households:identity_errors", args=[run.pk, answers.pk]), {"download": ""})
    assert report.content[:2] == b"PK"

    right = [(head.name, number_of(head), "一致"), (wife.name, number_of(wife), "不一致", "姓名")]
    client.post(
        reverse("households:identity_run", args=[run.pk]), {"upload": SimpleUploadedFile("b.xlsx", sheet(right))}
    )
    jobs.run(IdentityAnswers.objects.latest("pk").job_id or 0)
    assert "已全部返回" in page(client, "identity_run", run.pk)
    listed = page(client, "identity_people", standing="mismatch")
    assert reverse("households:request_new", args=[home.pk, "identity"]) in listed
    assert number_of(wife) not in listed
    cards = {card.title: card.count for card in todos_for(cast.clerk)}
    assert cards["公安核查不一致待更正"] == 1
    assert "公安核查：" in page(client, "detail", home.pk)


@pytest.mark.req("REG-4", "REG-9")
def test_a_reported_death_is_on_the_desk_until_it_is_registered_or_refuted() -> None:
    head = household(with_accounts=False).head
    assert head is not None
    compared(head, "dead", died_on=date(2026, 3, 2))
    client = signed_in("clerk")
    assert {card.title: card.count for card in todos_for(cast.clerk)}["公安反馈死亡待处理"] == 1
    shown = page(client, "identity_person", head.pk)
    assert reverse("households:identity_refute", args=[head.pk]) in shown
    form = page(client, "death", head.pk)
    assert 'value="2026-03-02"' in form
    kept = client.post(
        reverse("households:identity_refute", args=[head.pk]), {"reason": "入户见到本人", "paper": paper()}
    )
    assert kept.status_code == 302
    assert DeathRefutation.objects.count() == 1
    assert "公安反馈死亡待处理" not in {card.title for card in todos_for(cast.clerk)}
    evidence = reverse("households:identity_refute_file", args=[head.pk, DeathRefutation.objects.get().answer_id])
    assert client.get(evidence).status_code == 200


@pytest.mark.req("REG-4", "ACL-1")
def test_who_has_no_post_for_it_sees_no_page_and_readers_cannot_act() -> None:
    home = household(cast.villages2[0], name="乙一", with_accounts=False)
    assert home.head is not None
    run = asked([home.head])
    pages = [
        reverse("households:identity_run", args=[run.pk]),
        reverse("households:identity_person", args=[home.head.pk]),
        reverse("households:identity_refute", args=[home.head.pk]),
    ]
    assert [signed_in("clerk").get(one).status_code for one in pages] == [404, 404, 404]
    assert signed_in("farm_reviewer").get(reverse("households:identity")).status_code == 404
    auditor = signed_in("auditor")
    assert auditor.get(pages[0]).status_code == 200
    assert auditor.get(reverse("households:identity_new")).status_code == 404
    assert auditor.post(reverse("households:identity_list", args=[run.pk]), {"form": "csv"}).status_code == 403
    assert not Person.objects.filter(verified_at__isnull=False).exists()
    assert "households:identity" in {item.url_name for item in menu_for(cast.auditor)}


@pytest.mark.req("REG-4")
def test_the_county_sees_every_township_and_a_township_its_villages() -> None:
    for place in (cast.villages[0], cast.villages[1], cast.villages2[0]):
        household(place, name="甲一", with_accounts=False)
    county = page(signed_in("officer"), "identity")
    assert (cast.township.name in county, cast.township2.name in county) == (True, True)
    own = page(signed_in("station"), "identity")
    assert (cast.villages[1].name in own, cast.township2.name in own) == (True, False)
    assert cast.villages2[0].name in page(signed_in("officer"), "identity", township=cast.township2.pk)
