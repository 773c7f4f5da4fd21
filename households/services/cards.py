"""Which card a county accepts as carrier of subsidies (account.social_card, YJ八)."""

from collections.abc import Mapping
from typing import Any

from lib.errors import Invalid
from rulebook import rules

SOCIAL_CARD = "account.social_card"
NOTE = "本县优先使用社会保障卡发放补贴，请提醒本人尽快换用社会保障卡。"


def require_carrier(social_card: bool, rule: Mapping[str, Any], *, moving: bool = False) -> None:
    """Refuses another card where a social-security card is required.

    `rule` is the kept or present rule; `moving`: the person had a social-security card and would leave it.
    """
    if social_card or rule["value"] != "required_for_new":
        return
    words = (
        "原账户是社会保障卡，更换后的账户也须是社会保障卡。"
        if moving
        else "新纳入补贴的人员须使用社会保障卡，请本人先申领社会保障卡并激活金融功能，再登记账户。"
    )
    raise Invalid(words, field="social_card", code="households.social_card", rule=SOCIAL_CARD)


def carrier_note(*, social_card: bool) -> str:
    """What to tell the clerk who has just registered another card than a social-security card."""
    return NOTE if not social_card and rules.value(SOCIAL_CARD) == "preferred" else ""
