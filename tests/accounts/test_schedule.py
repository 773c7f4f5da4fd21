"""What beat rings for exists: a wrong name would leave clocks and jobs standing without a word."""

import importlib
import importlib.util

from django.apps import apps
from django.conf import settings

from config.celery import app


def test_every_task_of_the_schedule_is_registered_under_that_name() -> None:
    for room in apps.get_app_configs():
        if importlib.util.find_spec(f"{room.name}.tasks"):
            importlib.import_module(f"{room.name}.tasks")
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(app.tasks)


def test_every_sweep_is_in_the_schedule() -> None:
    sweeps = {name for name in app.tasks if "sweep" in name or "collect" in name}
    assert sweeps
    assert sweeps <= {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
