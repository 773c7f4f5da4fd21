-- The guard of changed lines, in time that grows with their number. A plan that was cached for one changed line would
-- join 20,000 by nested loops; rows are compared by column, which costs a tenth of comparing them as jsonb.
CREATE OR REPLACE FUNCTION rosters_line_updated() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_nestloop = off AS $$
DECLARE
    sealed bigint[];
    paying bigint[];
BEGIN
    PERFORM 1 FROM rosters_roster WHERE id IN (SELECT DISTINCT roster_id FROM fresh UNION SELECT DISTINCT roster_id FROM stale)
        ORDER BY id FOR SHARE;
    SELECT coalesce(array_agg(id) FILTER (WHERE NOT rosters_editable(status)), '{}'),
           coalesce(array_agg(id) FILTER (WHERE status = 'paying'), '{}')
      INTO sealed, paying FROM rosters_roster
     WHERE id IN (SELECT DISTINCT roster_id FROM fresh UNION SELECT DISTINCT roster_id FROM stale);
    -- Everything but `living` and `taken_out` is content.
    IF cardinality(sealed) > 0 AND (SELECT count(*) FROM fresh f JOIN stale s ON s.id = f.id WHERE
        ROW(f.roster_id, f.number, f.policy_id, f.village_id, f."group", f.household_id, f.head_name,
            f.beneficiary_id, f.beneficiary_name, f.beneficiary_id_cipher, f.beneficiary_id_digest,
            f.payee_id, f.payee_name, f.payee_id_cipher, f.payee_id_digest,
            f.account_id, f.bank_name, f.account_cipher, f.account_digest, f.account_tail, f.phone_cipher,
            f.standard_id, f.unit_fen, f.quantity, f.amount_fen, f.holder, f.basis,
            f.period_start, f.period_end, f.remark, f.salt)
        IS NOT DISTINCT FROM
        ROW(s.roster_id, s.number, s.policy_id, s.village_id, s."group", s.household_id, s.head_name,
            s.beneficiary_id, s.beneficiary_name, s.beneficiary_id_cipher, s.beneficiary_id_digest,
            s.payee_id, s.payee_name, s.payee_id_cipher, s.payee_id_digest,
            s.account_id, s.bank_name, s.account_cipher, s.account_digest, s.account_tail, s.phone_cipher,
            s.standard_id, s.unit_fen, s.quantity, s.amount_fen, s.holder, s.basis,
            s.period_start, s.period_end, s.remark, s.salt)
        OR NOT (f.roster_id = ANY (sealed) OR s.roster_id = ANY (sealed))
    ) <> (SELECT count(*) FROM fresh) THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line of a sealed roster does not change');
    END IF;
    IF EXISTS (SELECT 1 FROM fresh f JOIN rosters_roster r ON r.id = f.roster_id
                WHERE f.living <> rosters_under_way(r.status)) THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line lives exactly while its roster is under way');
    END IF;
    IF EXISTS (SELECT 1 FROM fresh f JOIN stale s ON s.id = f.id
                WHERE f.taken_out <> s.taken_out AND (s.taken_out OR f.roster_id <> ALL (paying))) THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line is taken out once, after a failed payment');
    END IF;
    RETURN NULL;
END $$;
