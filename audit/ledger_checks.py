"""Proving on a living database that every fen has one place and nobody was paid twice (design, truths 1 to 6).

Each check is one query that returns what contradicts its truth. They need not agree with the triggers' way of counting:
that is the point.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from audit.verification import Finding
from lib import merkle
from rosters.models import Roster


@dataclass(frozen=True)
class Check:
    """A truth, and a query of (where, what) for whatever breaks it."""

    truth: str
    sql: str


UNDER_WAY = "('review', 'notice', 'approved', 'paying', 'closed')"

CHECKS = (
    Check(
        "each account's balance is its opening plus what came in less what went out",
        """
        SELECT format('quota %s, account %s', q.document_number, a.kind),
               format('balance %s, by its transfers %s', a.balance_fen, a.opening_fen + i.fen - o.fen)
          FROM subsidies_ledgeraccount a JOIN subsidies_quota q ON q.id = a.quota_id,
               LATERAL (SELECT coalesce(sum(amount_fen), 0) fen FROM subsidies_transfer WHERE credit_id = a.id) i,
               LATERAL (SELECT coalesce(sum(amount_fen), 0) fen FROM subsidies_transfer WHERE debit_id = a.id) o
         WHERE a.balance_fen <> a.opening_fen + i.fen - o.fen ORDER BY a.id
        """,
    ),
    Check(
        "the accounts of a quota hold the quota, no more and no less",
        """
        SELECT format('quota %s', q.document_number), format('%s accounts hold %s of %s', count(a.id),
               coalesce(sum(a.balance_fen), 0), q.amount_fen)
          FROM subsidies_quota q LEFT JOIN subsidies_ledgeraccount a ON a.quota_id = q.id
         GROUP BY q.id HAVING count(a.id) <> 8 OR coalesce(sum(a.balance_fen), 0) <> q.amount_fen
             OR sum(a.opening_fen) <> q.amount_fen OR min(a.balance_fen) < 0 ORDER BY q.id
        """,
    ),
    Check(
        "a transfer stays within one quota and moves a positive amount",
        """
        SELECT format('transfer %s', t.key), format('quotas %s and %s, %s fen', d.quota_id, c.quota_id, t.amount_fen)
          FROM subsidies_transfer t JOIN subsidies_ledgeraccount d ON d.id = t.debit_id
          JOIN subsidies_ledgeraccount c ON c.id = t.credit_id
         WHERE d.quota_id <> c.quota_id OR t.amount_fen <= 0 ORDER BY t.id
        """,
    ),
    Check(
        "what is reserved is owed by submitted rosters, or by data that waits for its money",
        """
        SELECT format('quota %s', q.document_number), format('reserved %s, rosters %s', a.balance_fen, r.fen + w.fen)
          FROM subsidies_quota q JOIN subsidies_ledgeraccount a ON a.quota_id = q.id AND a.kind = 'reserved',
               LATERAL (SELECT coalesce(sum(total_fen), 0) fen FROM rosters_roster
                         WHERE quota_id = q.id AND reserved_key <> '' AND status IN ('review', 'notice', 'approved')) r,
               LATERAL (SELECT coalesce(sum(total_fen), 0) fen FROM disbursement_batch
                         WHERE quota_id = q.id AND data_first AND arrival_id IS NULL
                           AND status IN ('released', 'sent')) w
         WHERE a.balance_fen <> r.fen + w.fen ORDER BY q.id
        """,
    ),
    Check(
        "what is in transit is with a bank",
        """
        SELECT format('quota %s', q.document_number), format('in transit %s, payments %s', a.balance_fen, p.fen)
          FROM subsidies_quota q JOIN subsidies_ledgeraccount a ON a.quota_id = q.id AND a.kind = 'in_transit',
               LATERAL (SELECT coalesce(sum(x.amount_fen), 0) fen FROM disbursement_payment x
                          JOIN disbursement_batch b ON b.id = x.batch_id
                         WHERE b.quota_id = q.id AND b.status NOT IN ('draft', 'cancelled') AND b.arrival_id IS NOT NULL
                           AND x.status IN ('pending', 'sent', 'unknown')) p
         WHERE a.balance_fen <> p.fen ORDER BY q.id
        """,
    ),
    Check(
        "what is paid was paid by a bank's result or signed for in cash, and did not come back",
        """
        SELECT format('quota %s', q.document_number),
               format('paid %s, results %s, recovered of them %s', a.balance_fen, p.fen, r.fen)
          FROM subsidies_quota q JOIN subsidies_ledgeraccount a ON a.quota_id = q.id AND a.kind = 'paid',
               LATERAL (SELECT coalesce(sum(x.fen), 0) fen FROM (
                   SELECT x.amount_fen fen FROM disbursement_resultline x JOIN disbursement_batch b ON b.id = x.batch_id
                    WHERE b.quota_id = q.id AND x.outcome = 'paid'
                      AND NOT EXISTS (SELECT 1 FROM disbursement_returnnotice n WHERE n.payment_id = x.payment_id)
                    UNION ALL
                   SELECT h.amount_fen FROM disbursement_cashhandout h
                     JOIN disbursement_cashsession c ON c.id = h.session_id AND c.status = 'closed'
                     JOIN disbursement_batch b ON b.id = c.batch_id
                    WHERE b.quota_id = q.id AND h.outcome = 'handed') x) p,
               LATERAL (SELECT coalesce(sum(i.amount_fen), 0) fen FROM disbursement_recoveryinstalment i
                          JOIN disbursement_recoverycase c ON c.id = i.case_id
                          JOIN disbursement_payment x ON x.id = c.payment_id
                          JOIN disbursement_batch b ON b.id = x.batch_id
                         WHERE b.quota_id = q.id AND i.state = 'confirmed') r
         WHERE a.balance_fen <> p.fen - r.fen ORDER BY q.id
        """,
    ),
    Check(
        "what is recovered came in by instalments that were confirmed, each moved once",
        """
        SELECT format('quota %s', q.document_number),
               format('moved from paid to recovered %s, instalments %s', m.fen, r.fen)
          FROM subsidies_quota q,
               LATERAL (SELECT coalesce(sum(t.amount_fen), 0) fen FROM subsidies_transfer t
                          JOIN subsidies_ledgeraccount c ON c.id = t.credit_id
                         WHERE c.quota_id = q.id AND c.kind = 'recovered') m,
               LATERAL (SELECT coalesce(sum(i.amount_fen), 0) fen FROM disbursement_recoveryinstalment i
                          JOIN disbursement_recoverycase c ON c.id = i.case_id
                          JOIN disbursement_payment x ON x.id = c.payment_id
                          JOIN disbursement_batch b ON b.id = x.batch_id
                          JOIN subsidies_transfer t ON t.key = 'recovery:' || i.id AND t.amount_fen = i.amount_fen
                         WHERE b.quota_id = q.id AND i.state = 'confirmed') r
         WHERE m.fen <> r.fen ORDER BY q.id
        """,
    ),
    Check(
        "of a payment no more is asked back than was paid, and what was recovered stays paid until then",
        """
        SELECT format('batch %s payment %s', b.number, p.number),
               format('%s, %s of %s fen asked back, %s recovered', p.status, c.asked, p.amount_fen, c.received)
          FROM disbursement_payment p JOIN disbursement_batch b ON b.id = p.batch_id,
               LATERAL (SELECT coalesce(sum(amount_fen) FILTER (WHERE state NOT IN ('refused', 'returned')), 0) asked,
                               coalesce(sum(received_fen), 0) received
                          FROM disbursement_recoverycase WHERE payment_id = p.id) c
         WHERE c.asked > p.amount_fen OR (c.asked > 0 AND p.status <> 'paid') OR c.received > c.asked ORDER BY p.id
        """,
    ),
    Check(
        "a case of recovery has what its confirmed instalments brought, and ended whole or by a paper",
        """
        SELECT format('case %s', c.number), format('%s: %s of %s fen, instalments %s, endings agreed to %s', c.state,
               c.received_fen, c.amount_fen, i.fen, e.n)
          FROM disbursement_recoverycase c,
               LATERAL (SELECT coalesce(sum(amount_fen), 0) fen,
                               count(*) FILTER (WHERE decided_by_person_id = entered_by_person_id) alone
                          FROM disbursement_recoveryinstalment WHERE case_id = c.id AND state = 'confirmed') i,
               LATERAL (SELECT count(*) n, coalesce(sum(lost_fen), 0) fen FROM disbursement_recoveryending
                         WHERE case_id = c.id AND state = 'approved'
                           AND decided_by_person_id <> proposed_by_person_id) e
         WHERE c.received_fen <> i.fen OR i.alone > 0
            OR (c.state = 'recovered') <> (c.received_fen = c.amount_fen)
            OR (c.state = 'ended') <> (e.n = 1 AND e.fen = c.amount_fen - c.received_fen) ORDER BY c.id
        """,
    ),
    Check(
        "what came back waits for another attempt",
        """
        SELECT format('quota %s', q.document_number), format('returned %s, failed payments %s', a.balance_fen, p.fen)
          FROM subsidies_quota q JOIN subsidies_ledgeraccount a ON a.quota_id = q.id AND a.kind = 'returned',
               LATERAL (SELECT coalesce(sum(x.amount_fen), 0) fen FROM disbursement_payment x
                          JOIN disbursement_batch b ON b.id = x.batch_id
                         WHERE b.quota_id = q.id AND x.status = 'failed'
                           AND x.disposal NOT IN ('taken_out', 'surplus', 'returned')
                           AND NOT EXISTS (SELECT 1 FROM disbursement_payment n JOIN disbursement_batch nb
                                               ON nb.id = n.batch_id
                                            WHERE n.previous_id = x.id AND nb.status NOT IN ('draft', 'cancelled'))) p
         WHERE a.balance_fen <> p.fen ORDER BY q.id
        """,
    ),
    Check(
        "of an arrival, what is used is with a bank or paid",
        """
        SELECT format('arrival %s', v.bank_reference), format('used %s, payments %s', v.used_fen, p.fen)
          FROM disbursement_arrival v,
               LATERAL (SELECT coalesce(sum(x.amount_fen), 0) fen FROM disbursement_payment x
                          JOIN disbursement_batch b ON b.id = x.batch_id
                         WHERE b.arrival_id = v.id AND b.status NOT IN ('draft', 'cancelled')
                           AND x.status IN ('pending', 'sent', 'unknown', 'paid')) p
         WHERE v.used_fen <> p.fen OR v.used_fen > v.amount_fen ORDER BY v.id
        """,
    ),
    Check(
        "a sealed roster's header equals its lines",
        f"""
        SELECT format('roster %s', r.number),
               format('header %s lines %s fen, lines %s and %s fen', r.line_count, r.total_fen, l.lines, l.fen)
          FROM rosters_roster r,
               LATERAL (SELECT count(*) lines, coalesce(sum(amount_fen), 0) fen FROM rosters_rosterline
                         WHERE roster_id = r.id) l
         WHERE r.status IN {UNDER_WAY} AND (r.line_count <> l.lines OR r.total_fen <> l.fen) ORDER BY r.id
        """,  # noqa: S608
    ),
    Check(
        "a line lives exactly while its roster is under way",
        f"""
        SELECT format('roster %s line %s', r.number, l.number), format('living %s, roster %s', l.living, r.status)
          FROM rosters_rosterline l JOIN rosters_roster r ON r.id = l.roster_id
         WHERE l.living <> (r.status IN {UNDER_WAY}) ORDER BY l.id
        """,  # noqa: S608
    ),
    Check(
        "a signature stands for the roster as it is",
        f"""
        SELECT format('roster %s', r.number), format('the signature of step %s has another fingerprint', d.step)
          FROM rosters_decision d JOIN rosters_roster r ON r.id = d.roster_id
         WHERE d.action = 'approve' AND d.in_force AND r.status IN {UNDER_WAY}
           AND (d.by_person_id = r.made_by_person_id OR d.fingerprint IS DISTINCT FROM r.fingerprint
                -- Or for an earlier revision as it was sent, after which only what was asked for has changed.
                AND NOT (d.revision < r.revision AND EXISTS (
                     SELECT FROM rosters_decision s WHERE s.roster_id = d.roster_id AND s.action = 'send'
                        AND s.revision = d.revision AND s.fingerprint = d.fingerprint))) ORDER BY d.id
        """,  # noqa: S608
    ),
    Check(
        "nobody is paid twice for one line",
        """
        SELECT format('line %s', line_id), format('%s living payments', count(*)) FROM disbursement_payment
         WHERE status IN ('pending', 'sent', 'unknown', 'paid') GROUP BY line_id HAVING count(*) > 1 ORDER BY line_id
        """,
    ),
    Check(
        "a payment pays its line in full, and its batch's header equals its payments",
        """
        SELECT format('batch %s', b.number),
               format('header %s payments %s fen, payments %s and %s fen', b.payment_count, b.total_fen, p.n, p.fen)
          FROM disbursement_batch b,
               LATERAL (SELECT count(*) n, coalesce(sum(x.amount_fen), 0) fen,
                               count(*) FILTER (WHERE x.amount_fen <> l.amount_fen) wrong
                          FROM disbursement_payment x JOIN rosters_rosterline l ON l.id = x.line_id
                         WHERE x.batch_id = b.id) p
         WHERE b.status NOT IN ('draft', 'cancelled')
           AND (b.payment_count <> p.n OR b.total_fen <> p.fen OR p.wrong > 0) ORDER BY b.id
        """,
    ),
    Check(
        "a payment is paid or failed by the bank's word or its list of cash, and for the amount that was sent",
        """
        SELECT format('batch %s payment %s', b.number, p.number),
               format('%s, the answer is %s for %s fen', p.status, coalesce(r.outcome, 'nothing'), r.amount_fen)
          FROM disbursement_payment p JOIN disbursement_batch b ON b.id = p.batch_id
          LEFT JOIN (SELECT l.id, l.payment_id, CASE WHEN n.id IS NULL THEN l.outcome ELSE 'failed' END AS outcome,
                            l.amount_fen
                       FROM disbursement_resultline l
                       LEFT JOIN disbursement_returnnotice n ON n.payment_id = l.payment_id
                      UNION ALL
                     SELECT h.id, h.payment_id, CASE h.outcome WHEN 'handed' THEN 'paid' ELSE 'failed' END, h.amount_fen
                       FROM disbursement_cashhandout h
                       JOIN disbursement_cashsession c ON c.id = h.session_id AND c.status = 'closed'
                    ) r ON r.payment_id = p.id
         WHERE (p.status IN ('paid', 'failed') OR r.id IS NOT NULL)
           AND (r.outcome IS DISTINCT FROM p.status OR r.amount_fen <> p.amount_fen) ORDER BY p.id
        """,
    ),
    Check(
        "cash that was drawn was signed for or went back to the account",
        """
        SELECT format('session %s', c.number), format('drawn %s, signed for %s, returned %s', c.drawn_fen, h.fen,
               c.returned_fen)
          FROM disbursement_cashsession c,
               LATERAL (SELECT coalesce(sum(amount_fen) FILTER (WHERE outcome = 'handed'), 0) fen
                          FROM disbursement_cashhandout WHERE session_id = c.id) h
         WHERE c.status IN ('settled', 'closed')
           AND (c.drawn_fen <> h.fen + c.returned_fen OR c.handed_fen <> h.fen) ORDER BY c.id
        """,
    ),
    Check(
        "everything of a cleared quota is paid, recovered or handed back",
        """
        SELECT format('quota %s', q.document_number), format('%s holds %s', a.kind, a.balance_fen)
          FROM disbursement_clearingquota p JOIN disbursement_clearing c ON c.id = p.clearing_id
          JOIN subsidies_quota q ON q.id = p.quota_id JOIN subsidies_ledgeraccount a ON a.quota_id = q.id
         WHERE c.status = 'cleared' AND a.kind NOT IN ('paid', 'recovered', 'surplus') AND a.balance_fen <> 0
         ORDER BY q.id, a.id
        """,
    ),
    Check(
        "what is declared again was not paid, and is not more",
        """
        SELECT format('line %s', l.id), format('declares line %s again: %s of %s fen, %s living payments', o.id,
               l.amount_fen, o.amount_fen, p.n)
          FROM rosters_rosterline l JOIN rosters_rosterline o ON o.id = l.corrects_id,
               LATERAL (SELECT count(*) n FROM disbursement_payment x WHERE x.line_id = o.id
                         AND x.status IN ('pending', 'sent', 'unknown', 'paid')) p
         WHERE p.n > 0 OR NOT o.taken_out OR l.amount_fen > o.amount_fen OR l.beneficiary_id <> o.beneficiary_id
         ORDER BY l.id
        """,
    ),
    Check(
        "nobody answers for money that is not there",
        """
        SELECT format('batch %s', b.number), 'answered without money, or before the bank had verified'
          FROM disbursement_batch b
         WHERE b.method = 'account' AND (b.arrival_id IS NULL OR (b.verified_at IS NULL
               AND coalesce(jsonb_typeof(b.rules #> '{bank.verify,value}'), 'null') <> 'null'))
           AND (b.status = 'answered' OR EXISTS (SELECT 1 FROM disbursement_resultfile r WHERE r.batch_id = b.id))
         ORDER BY b.id
        """,
    ),
    Check(
        "who made a batch did not release it",
        """
        SELECT format('batch %s', number), 'one person made and released it' FROM disbursement_batch
         WHERE released_by_person_id = made_by_person_id ORDER BY id
        """,
    ),
)


def findings() -> Iterator[Finding]:
    """Everything that contradicts a truth, check by check; fingerprints last, since they read every line."""
    for check in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(check.sql)
            for where, what in cursor.fetchall():
                yield Finding(check.truth, where, what)
    yield from _fingerprints()


def _fingerprints() -> Iterator[Finding]:
    sealed = Roster.objects.filter(status__in=["review", "notice", "approved", "paying", "closed"]).order_by("id")
    for roster in sealed.iterator(chunk_size=500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rosters_line_leaf(l) FROM rosters_rosterline l WHERE roster_id = %s ORDER BY number",
                [roster.pk],
            )
            leaves = [bytes(row[0]) for row in cursor.fetchall()]
        if not leaves or merkle.root(leaves) != bytes(roster.fingerprint or b""):
            yield Finding(
                "a roster's fingerprint is the root over its lines", f"roster {roster.number}", "a line was altered"
            )
