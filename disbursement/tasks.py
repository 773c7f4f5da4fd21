from celery import shared_task

from disbursement.collecting import collect


@shared_task(name="disbursement.collect_results", ignore_result=True)
def collect_results() -> int:
    """Takes in what the banks have laid down. `manage.py collect_results` does the same from cron."""
    return sum(1 for found in collect() if found.outcome == "taken")
