"""Log lines carry ids, digests and counts; personal data that a library puts into a message is blotted out."""

import logging
import re

# PostgreSQL repeats the offending values ("DETAIL:  Key (…)=(…) already exists.", "Failing row contains (…)").
DETAIL = re.compile(r"(DETAIL|CONTEXT):.*?(?=\n[A-Z][A-Za-z_.]*:|\nTraceback|\n\n|\Z)", re.DOTALL)
# ID numbers, account numbers, telephones: a run of 11 to 21 digits, with a check letter or not.
LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z-])\d{11,21}[\dXx]?(?![0-9A-Za-z-])")


def blotted(text: str) -> str:
    return LONG_NUMBER.sub("<number>", DETAIL.sub(r"\1: <withheld>", text))


class IdsOnly(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return blotted(super().format(record))
