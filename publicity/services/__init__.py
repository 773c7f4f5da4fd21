"""Writes of this room. Other rooms use `publicity.services.<name>`; the parts lie side by side."""

from publicity.services.linecheck import check_own_line
from publicity.services.lookup import ask_for_code, enter_code
from publicity.services.notices import add_photo, close_due_notice, post_notice, withdraw_notice
from publicity.services.objections import enter_objection, raise_objection, reveal_phone, settle_objection
from publicity.services.sms import queue_sms

__all__ = [
    "add_photo",
    "ask_for_code",
    "check_own_line",
    "close_due_notice",
    "enter_code",
    "enter_objection",
    "post_notice",
    "queue_sms",
    "raise_objection",
    "reveal_phone",
    "settle_objection",
    "withdraw_notice",
]
