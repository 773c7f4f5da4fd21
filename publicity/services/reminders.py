"""Messages to the staff who answer for a clock: when it nears its end, and when it has passed (PAY-4).

Every living post holder of the responsible organisation with a mobile telephone gets one message for each end of a
clock; a clock that is counted anew and nears again is told of again.
"""

from accounts.models import Organisation, Post, User
from accounts.scope import PortalToday
from accounts.subjects import describe
from lib.errors import Invalid
from lib.identifiers import check_phone
from publicity.services.sms import queue_sms
from rulebook.deadlines import due_words, title_of
from rulebook.models import Deadline

NEAR, PASSED = "clock_near", "clock_passed"
SUBJECT_LENGTH = 40


def clock_nears(deadline: Deadline) -> None:
    """Called once in the sweep's transaction (`rulebook.deadlines.on_near`)."""
    _tell(NEAR, deadline, "时限“{title}”将到期：{subject}，请在{due}前办结。")


def clock_passed(deadline: Deadline) -> None:
    """Called once in the sweep's transaction (`rulebook.deadlines.on_breach`)."""
    _tell(PASSED, deadline, "时限“{title}”已逾期：{subject}，应在{due}前办结。请尽快办理，并在逾期记录中说明情况。")


def _tell(kind: str, deadline: Deadline, text: str) -> None:
    if deadline.responsible is None or deadline.due_at is None:
        return
    told = text.format(title=title_of(deadline.kind), subject=_subject(deadline), due=due_words(deadline.due_at))
    moment = int(deadline.due_at.timestamp())
    for user in _holders(deadline.responsible):
        queue_sms(kind=kind, text=told, key=f"{kind}:{deadline.pk}:{moment}:{user.pk}", phone=user.phone)


def _subject(deadline: Deadline) -> str:
    key = (deadline.subject_type, deadline.subject_id)
    words = describe([key])[key].text
    return words if len(words) <= SUBJECT_LENGTH else words[: SUBJECT_LENGTH - 1] + "…"


def _holders(organisation: Organisation) -> list[User]:
    """People in office there; a desk telephone takes no message and is left out."""
    posts = Post.objects.filter(organisation=organisation, term__contains=PortalToday(), user__is_active=True)
    users = User.objects.filter(pk__in=posts.values("user_id")).exclude(phone="").order_by("pk")
    return [user for user in users if _mobile(user.phone)]


def _mobile(phone: str) -> bool:
    try:
        return "-" not in check_phone(phone)
    except Invalid:
        return False
