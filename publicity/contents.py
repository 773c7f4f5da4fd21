"""What a notice has to tell (notice.contents): the county's value, as the roster keeps it.

What the value names must be there, or the notice is not posted. What it does not name about a person, the amount, is
left off the notice; a telephone that there is, is never in the way.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from lib.errors import Conflict
from publicity.kept import rule_of
from publicity.models import Notice, NoticeLine
from rosters.models import Roster, RosterLine
from rulebook.catalogue import BY_KEY

KEY = "notice.contents"
TITLES: Mapping[str, str] = dict(BY_KEY[KEY].options)
ALL = frozenset(TITLES)
_MENDING = {
    "policy": "请主管部门先补全政策名称",
    "standard": "请在清册中为每一行选好补贴标准",
    "beneficiary": "请在清册中补全补助对象的姓名",
    "amount": "请在清册中补全金额",
    "phone": "请主管部门或财政局在“补贴政策”页面补登监督电话",
}


def named(roster: Roster) -> frozenset[str]:
    """What the roster's own rules let its notice show."""
    return frozenset(rule_of(roster, KEY)["value"])


def shown(notice: Notice) -> frozenset[str]:
    return named(notice.roster)


def shows_rest(told: Collection[str], lines: Iterable[NoticeLine]) -> bool:
    """Whether a standard's rest must be named: without it a reader's quantity times standard is another amount."""
    return {"amount", "standard"} <= set(told) and any(line.rest_fen for line in lines)


def titles(roster: Roster) -> list[str]:
    """What the notice tells, in the order of the catalogue."""
    wanted = named(roster)
    return [title for key, title in TITLES.items() if key in wanted]


def _lacks_names(roster: Roster) -> bool:
    return RosterLine.objects.filter(roster=roster, beneficiary_name="").exists()


_LACKS: Mapping[str, Callable[[Roster], bool]] = {
    "policy": lambda roster: not roster.policy.name.strip(),
    "standard": lambda roster: RosterLine.objects.filter(roster=roster, standard__name="").exists(),
    "beneficiary": _lacks_names,
    "amount": lambda roster: roster.total_fen <= 0,
    "phone": lambda roster: not roster.policy.supervise_phone.strip(),
}


def require_contents(roster: Roster) -> None:
    """Refuses a notice that would not tell what the rules ask for."""
    for key in TITLES:
        if key in named(roster) and _LACKS[key](roster):
            raise Conflict(
                f"公示须写明{TITLES[key]}，本清册还缺这一项。{_MENDING[key]}，再来公示。",
                code="notice.contents",
                rule=KEY,
            )
