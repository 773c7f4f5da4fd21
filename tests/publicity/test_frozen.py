"""What was posted stays as it was posted, whatever the application or a hand at the database does (truth 4)."""

import pytest

from publicity.models import Notice
from tests.factories import at
from tests.factories_publicity import objected, posted
from tests.refused import refused_by


@pytest.mark.req("PUB-1")
def test_the_database_refuses_an_early_end(db: None) -> None:
    posted()
    at("2026-05-11T23:59")
    refused_by("publicity_notice_early", "UPDATE publicity_notice SET state = 'ended'")


@pytest.mark.parametrize(
    ("truth", "sql"),
    [
        ("publicity_notice_frozen", "UPDATE publicity_notice SET ends_at = ends_at - interval '4 days'"),
        ("publicity_notice_frozen", "UPDATE publicity_notice SET total_fen = 1"),
        ("publicity_notice_frozen", "UPDATE publicity_notice SET fingerprint = ''"),
        ("publicity_notice_frozen", "UPDATE publicity_notice SET sealed = false"),
        ("publicity_notice_frozen", "UPDATE publicity_notice SET posted_at = posted_at - interval '5 days'"),
        ("InsufficientPrivilege", "DELETE FROM publicity_notice"),
        ("InsufficientPrivilege", "TRUNCATE publicity_notice CASCADE"),
        ("InsufficientPrivilege", "UPDATE publicity_noticeline SET amount_fen = 1"),
        ("InsufficientPrivilege", "UPDATE publicity_noticeline SET masked_name = 'x'"),
        ("InsufficientPrivilege", "DELETE FROM publicity_noticeline"),
        ("InsufficientPrivilege", "TRUNCATE publicity_noticeline"),
        (
            "publicity_noticeline_frozen",
            """INSERT INTO publicity_noticeline
               (notice_id, line_id, number, village_id, "group", masked_name, quantity, per, unit_fen, amount_fen)
               SELECT notice_id, line_id, number + 1000, village_id, "group", masked_name, quantity, per, unit_fen, 1
                 FROM publicity_noticeline""",
        ),
    ],
)
def test_the_web_role_cannot_rewrite_what_was_posted(db: None, truth: str, sql: str) -> None:
    posted()
    refused_by(truth, sql)


def test_a_withdrawn_notice_does_not_come_back(db: None) -> None:
    notice = posted()
    Notice.objects.filter(pk=notice.pk).update(state="withdrawn")
    refused_by("publicity_notice_arrows", "UPDATE publicity_notice SET state = 'posted'")


def test_a_roster_has_one_living_notice(db: None) -> None:
    posted()
    refused_by(
        "publicity_one_notice_a_roster",
        """INSERT INTO publicity_notice (token, roster_id, revision, channel, title, fund_name, standard_text,
                basis_text, supervise_phone, line_count, total_fen, fingerprint, posted_at, ends_at, state, sealed,
                posted_by_id, withdrawn_reason)
           SELECT 'x', roster_id, revision, channel, title, fund_name, standard_text, basis_text, supervise_phone,
                  line_count, total_fen, fingerprint, posted_at, ends_at, 'posted', true, posted_by_id, ''
             FROM publicity_notice""",
    )


def test_a_notice_without_its_lines_is_not_posted(db: None) -> None:
    notice = posted()
    Notice.objects.filter(pk=notice.pk).update(state="withdrawn")
    refused_by(
        "publicity_notice_whole",
        """INSERT INTO publicity_notice (token, roster_id, revision, channel, title, fund_name, standard_text,
                basis_text, supervise_phone, line_count, total_fen, fingerprint, posted_at, ends_at, state, sealed,
                posted_by_id, withdrawn_reason)
           SELECT 'x', roster_id, revision, channel, title, fund_name, standard_text, basis_text, supervise_phone,
                  line_count, total_fen, fingerprint, posted_at, ends_at, 'posted', true, posted_by_id, ''
             FROM publicity_notice""",
    )


def test_an_objection_is_not_settled_without_a_result(db: None) -> None:
    objected(posted())
    refused_by("publicity_objection_has_result", "UPDATE publicity_objection SET state = 'dismissed'")
