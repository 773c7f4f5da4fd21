from celery import shared_task

from rulebook import deadlines


@shared_task(name="rulebook.sweep_deadlines", ignore_result=True)
def sweep_deadlines() -> int:
    """Fires what is due. `manage.py sweep_deadlines` does the same from cron."""
    return deadlines.sweep()
