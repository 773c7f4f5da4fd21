-- The guards of payments and results, for one row and for 20,000. What joins the register is planned anew at every
-- statement (EXECUTE): a plan that was kept from an empty table would read it once for each row. What joins new rows with
-- old ones may not loop over both: the planner takes them for few.

CREATE OR REPLACE FUNCTION disbursement_payment_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    PERFORM 1 FROM disbursement_batch WHERE id IN (SELECT DISTINCT batch_id FROM fresh) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT batch_id FROM fresh) f JOIN disbursement_batch b ON b.id = f.batch_id
                WHERE b.status <> 'draft') THEN
        PERFORM portal_refuse('disbursement_payment_frozen', 'no payment enters a sealed batch');
    END IF;
    IF EXISTS (SELECT 1 FROM fresh WHERE status <> 'pending') THEN
        PERFORM portal_refuse('disbursement_payment_arrows', 'a payment begins as pending');
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f
          JOIN rosters_rosterline l ON l.id = f.line_id
          LEFT JOIN disbursement_batchroster b ON b.batch_id = f.batch_id AND b.roster_id = l.roster_id
         WHERE b.id IS NULL OR NOT l.living OR l.taken_out OR l.amount_fen <> f.amount_fen)' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_entitled', 'a payment pays a living line of a roster of its batch, in full');
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f LEFT JOIN disbursement_payment p ON p.id = f.previous_id
         WHERE f.attempt > 1
           AND (p.id IS NULL OR p.status <> ''failed'' OR p.line_id <> f.line_id OR p.attempt <> f.attempt - 1))'
       INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_after_failure', 'a re-issue needs the failed payment before it');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION disbursement_payment_to_payee() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_rosterline l ON l.id = f.line_id
         WHERE f.payee_id IS DISTINCT FROM l.payee_id
            OR NOT EXISTS (SELECT 1 FROM households_bankaccount a
                            WHERE a.number_digest = f.account_digest AND a.person_id = f.payee_id))' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_own_account',
            'a payment goes to an account of the payee who stands in the roster');
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_rosterline l ON l.id = f.line_id
         WHERE f.attempt = 1 AND f.account_digest IS DISTINCT FROM l.account_digest)' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_signed_account', 'the first attempt goes to the account that was signed');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION disbursement_payment_updated() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_nestloop = off AS $$
DECLARE
    wrong boolean;
BEGIN
    -- Counted, not searched for: a row whose key changed has no partner and is missed by a join.
    IF (SELECT count(*) FROM fresh f JOIN stale s ON s.id = f.id
         WHERE ROW(f.batch_id, f.number, f.line_id, f.attempt, f.previous_id, f.payee_id, f.payee_name, f.account_digest,
                   f.account_cipher, f.payee_id_cipher, f.bank_name, f.account_tail, f.amount_fen)
               IS NOT DISTINCT FROM
               ROW(s.batch_id, s.number, s.line_id, s.attempt, s.previous_id, s.payee_id, s.payee_name, s.account_digest,
                   s.account_cipher, s.payee_id_cipher, s.bank_name, s.account_tail, s.amount_fen)
       ) <> (SELECT count(*) FROM fresh) THEN
        PERFORM portal_refuse('disbursement_payment_frozen', 'who is paid what does not change');
    END IF;
    IF EXISTS (
        SELECT 1 FROM fresh f JOIN stale s ON s.id = f.id
         WHERE f.status <> s.status AND (s.status, f.status) NOT IN (
            ('pending', 'sent'), ('pending', 'cancelled'), ('sent', 'paid'), ('sent', 'failed'), ('sent', 'unknown'),
            ('unknown', 'paid'), ('unknown', 'failed'))
    ) THEN
        PERFORM portal_refuse('disbursement_payment_arrows', 'a payment moves along its arrows');
    END IF;
    -- A look into the index for each row, not a join: of many results only these matter.
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f WHERE f.status IN (''paid'', ''failed'')
         AND f.status IS DISTINCT FROM (SELECT r.outcome FROM disbursement_resultline r WHERE r.payment_id = f.id))'
       INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_by_result', 'only a bank''s result makes a payment paid or failed');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION disbursement_resultline_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN disbursement_payment p ON p.id = f.payment_id
                JOIN disbursement_resultfile r ON r.id = f.result_id
                WHERE p.batch_id <> f.batch_id OR p.number <> f.number OR r.batch_id <> f.batch_id)' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_result_own_batch', 'a result speaks of a payment of its own batch');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION disbursement_line_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE 'DELETE FROM disbursement_payment p USING gone WHERE p.line_id = gone.id AND p.status = ''cancelled''';
    RETURN NULL;
END $$;
