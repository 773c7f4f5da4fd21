"""Who wanted to do something with records of the register that were being taken back in the same moment (REG-6).

An import that is undone takes its households, people, accounts and means out of the register. Whoever has found one of
them before, and locks it or names it in a paper afterwards, learns it from the database: the row is not there any more.
"""

import logging

from households.models import BankAccount, Household, Means, Person
from lib.errors import Conflict, Refusal
from lib.foreign_keys import missing_from

logger = logging.getLogger(__name__)

_MODELS = (Household, Person, BankAccount, Means)
_TABLES = frozenset(model._meta.db_table for model in _MODELS)
_NOT_THERE = tuple(model.DoesNotExist for model in _MODELS)


def reading(error: Exception) -> Refusal | None:
    if isinstance(error, _NOT_THERE) or missing_from(error) in _TABLES:
        # Mostly somebody was faster; a wrong key in the code would look the same and is to be found in the log.
        logger.warning("a record of the register was not there", exc_info=error)
        return Conflict(
            "所用的农户、人员或账户刚刚移出了底册（有一次底册导入被整批撤销），没有办理。请到“补贴对象”核对后重新办理。",
            code="households.gone",
        )
    return None
