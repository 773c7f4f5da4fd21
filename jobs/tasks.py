from celery import shared_task

from jobs import services


@shared_task(name="jobs.run", ignore_result=True)
def run_job(job_id: int) -> None:
    """Runs one job. A second message for the same job finds the lease taken and does nothing."""
    services.run(job_id)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> int:
    """Rings again for every job that waits: lost messages and dead workers cost time, never work."""
    waiting = services.waiting()
    for job_id in waiting:
        run_job.delay(job_id)
    return len(waiting)


def ring_celery(job_id: int) -> None:
    run_job.delay(job_id)
