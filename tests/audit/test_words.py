"""Everything that the trail may say has a word that an auditor understands."""

import re

from audit.words import VERBS
from tests.databases import ROOT

ROOMS = ("accounts", "jobs", "rulebook", "subsidies", "households", "rosters", "publicity", "disbursement", "audit")
WRITTEN = re.compile(r'verb="([a-z_.]+)"')


def test_every_verb_that_the_code_writes_has_a_word() -> None:
    written = {
        verb
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for verb in WRITTEN.findall(path.read_text("utf-8"))
    }
    assert len(written) > 50
    assert written - VERBS.keys() == set()
