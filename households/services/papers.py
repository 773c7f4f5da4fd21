"""What every paper that changes who is paid has in common: its signatures, by different people, and its end."""

from collections.abc import Iterable

from accounts.models import User
from households.models import AccountChange, Delegation, RegisterRequest, Succession, VirtualMember
from households.services.common import required
from lib.errors import Conflict, Forbidden
from lib.text import sentence
from rulebook import clock

Ending = Delegation | RegisterRequest | Succession | VirtualMember
_CHECK = ("checked_by", "checked_by_person", "checked_at", "opinion")
_APPROVAL = ("approved_by", "approved_by_person", "approved_at", "approval_opinion")


def require_other(by: User, paper: Ending, refusal: str) -> None:
    """Who made a paper does not answer it; by natural person."""
    if paper.made_by_person_id == by.person_id:
        raise Forbidden(refusal, code="households.two_people")


def require_state(paper: Ending, states: Iterable[str], otherwise: str) -> None:
    """The paper is where it can be answered; otherwise what stands now, and `otherwise`."""
    if paper.state not in states:
        title = paper._meta.verbose_name
        raise Conflict(f"这笔{title}{paper.get_state_display()}，{otherwise}。", code="households.paper_answered")


def sign_check(by: User, paper: Ending | AccountChange, state: str, words: str, *more: str) -> None:
    """The first signature, with the state to which it leads; `more` fields were changed with it."""
    paper.state, paper.opinion = state, words[:200]
    paper.checked_by, paper.checked_by_person_id, paper.checked_at = by, by.person_id, clock.now()
    paper.save(update_fields=["state", *_CHECK, *more])


def sign_approval(by: User, paper: Delegation | AccountChange, state: str, words: str, *more: str) -> None:
    """The second signature, of a third person."""
    paper.state, paper.approval_opinion = state, words[:200]
    paper.approved_by, paper.approved_by_person_id, paper.approved_at = by, by.person_id, clock.now()
    paper.save(update_fields=["state", *_APPROVAL, *more])


def end(by: User, paper: Ending, states: Iterable[str], reason: str) -> None:
    """Ends what is asked for or in force, with the reason."""
    require_state(paper, states, "不必终止")
    paper.state, paper.ended_by, paper.ended_at = "ended", by, clock.now()
    paper.end_reason = required(sentence(reason), "reason", "终止原因", 200)
    paper.save(update_fields=["state", "ended_by", "ended_at", "end_reason"])


def words_of_refusal(opinion: str) -> str:
    return required(sentence(opinion), "opinion", "不同意的原因", 200)
