"""Refusals: the only exceptions that services raise at people.

Every refusal carries one plain Chinese sentence which says what is wrong and how to mend it, a stable code for
programs, and, where a form is concerned, the field or fields it belongs to. ``config`` maps refusals once, to form
errors on pages and to HTTP states in the API.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar


class Refusal(Exception):  # noqa: N818  (a refusal is an answer, not an error)
    """The system refuses an act. ``message`` is for people, ``code`` (dotted, English) for programs."""

    http_status: ClassVar[int] = 400
    default_message: ClassVar[str] = "无法办理，请核对后重试"
    default_code: ClassVar[str] = "refused"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        rule: str = "",
    ) -> None:
        """Keep message and code; ``fields`` maps a form field to its messages, ``field`` puts ``message`` at one.

        ``rule`` is the key of the county's rule from which the refusal follows: pages link to it.
        """
        self.message: str = message if message is not None else self.default_message
        self.code: str = code if code is not None else self.default_code
        self.field: str | None = field
        self.rule: str = rule
        self.fields: dict[str, list[str]] = {key: list(messages) for key, messages in (fields or {}).items()}
        if field is not None and field not in self.fields:
            self.fields[field] = [self.message]
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the sentence for people."""
        return self.message


class Invalid(Refusal):
    """What was entered breaks a rule of form or content (400)."""

    default_code: ClassVar[str] = "invalid"
    default_message: ClassVar[str] = "填写的内容有误，请核对后重新提交"


class Forbidden(Refusal):
    """The person may see the thing but may not do this to it (403)."""

    http_status: ClassVar[int] = 403
    default_code: ClassVar[str] = "forbidden"
    default_message: ClassVar[str] = "您没有办理此事的权限"


class NotFound(Refusal):
    """The thing does not exist, or the person may not know that it does: the answer is the same (404)."""

    http_status: ClassVar[int] = 404
    default_code: ClassVar[str] = "not_found"
    default_message: ClassVar[str] = "没有找到该内容"


class Conflict(Refusal):
    """The state of things does not allow it now, or somebody else was faster (409)."""

    http_status: ClassVar[int] = 409
    default_code: ClassVar[str] = "conflict"
    default_message: ClassVar[str] = "当前状态不能办理此事，请刷新页面后再看"


class NotYet(Conflict):
    """A gate is not open yet; ``opens_at`` (aware) says when it opens, if that is known (409)."""

    default_code: ClassVar[str] = "not_yet"
    default_message: ClassVar[str] = "还没有到可以办理的时间"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        rule: str = "",
        opens_at: datetime | None = None,
    ) -> None:
        """Like ``Refusal``, with the moment at which the gate opens."""
        super().__init__(message, code=code, field=field, fields=fields, rule=rule)
        self.opens_at: datetime | None = opens_at


# --- What is a refusal though it was not raised as one ----------------------------------------------------------------
Reading = Callable[[Exception], Refusal | None]
_readings: list[Reading] = []


def register_reading(reading: Reading) -> None:
    """A room knows exceptions that only mean that somebody else was faster, and says so for people."""
    _readings.append(reading)


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that an exception is or comes to; None where it is a fault of the system."""
    if isinstance(error, Refusal):
        return error
    return next((found for reading in _readings if (found := reading(error)) is not None), None)
