from celery import shared_task

from publicity.services import sms


@shared_task(name="publicity.send_sms", ignore_result=True)
def send_sms(message_id: int) -> None:
    """Sends one message. A second task for the same message finds it taken and does nothing."""
    sms.send(message_id)


@shared_task(name="publicity.sweep_sms", ignore_result=True)
def sweep_sms() -> int:
    """Sends what waits or may be tried again: lost tasks and dead senders cost time, never a message."""
    found = sms.waiting()
    for message_id in found:
        sms.send(message_id)
    return len(found)


def ring_celery(message_id: int) -> None:
    send_sms.delay(message_id)
