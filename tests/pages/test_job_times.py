"""When a job was: real time, told so that nobody takes it for the portal's practice time."""

from datetime import datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from jobs import exports, services, times
from jobs.models import Job
from rulebook.clock import SHANGHAI
from tests.factories import at, cast

pytestmark = pytest.mark.req("ROS-3")


def page_of(job: Job, ago: timedelta) -> str:
    Job.objects.filter(pk=job.pk).update(state="done", created_at=Now() - ago, finished_at=Now() - ago)
    client = Client()
    client.force_login(cast.clerk)
    shown = client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert f"<dt>结束时间</dt><dd>{times.told(job_ended(job))[0]}</dd>" in shown
    assert times.told(job_ended(job))[0] in client.get(reverse("accounts:workbench")).content.decode()
    return shown


def job_ended(job: Job) -> datetime | None:
    return Job.objects.get(pk=job.pk).finished_at


def test_beside_the_practice_clock_a_job_says_how_long_ago_it_was(db: None) -> None:
    at("2026-08-03 09:00")
    job = services.ask(
        by=cast.clerk, kind=exports.KIND, title="无事", params={"list": "rosters.list", "reason": "核对"}
    )
    for ago, words in (
        (timedelta(seconds=5), "刚刚"),
        (timedelta(minutes=3, seconds=30), "3分钟前"),
        (timedelta(hours=23, minutes=30), "23小时前"),
        (timedelta(days=2), "（实际时间）"),
    ):
        assert f"{words}</dd>" in page_of(job, ago), words


def test_where_the_portals_time_is_real_a_job_tells_its_date() -> None:
    moment = datetime(2026, 5, 6, 14, 3, tzinfo=SHANGHAI)
    assert times.words(moment, now=None) == "2026年5月6日 14:03"
