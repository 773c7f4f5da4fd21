-- Nobody is paid twice (design, truth 2), a sealed batch does not change (4), two people release (5), a bank's result
-- is taken in once and for the amount that was sent (6), states move along their arrows (7).

CREATE FUNCTION disbursement_batch_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('disbursement_batch_kept', 'a batch is cancelled, never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            PERFORM portal_refuse('disbursement_batch_arrows', 'a batch begins as a draft');
        END IF;
        IF NEW.data_first AND (NEW.arrival_id IS NOT NULL OR NEW.method = 'cash'
            OR NOT coalesce((NEW.rules #>> '{data.before_money,value}')::boolean, false)) THEN
            PERFORM portal_refuse('disbursement_batch_money', 'data goes first only where its rules say so');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN
        (('draft', 'released'), ('draft', 'cancelled'), ('released', 'sent'), ('sent', 'answered')) THEN
        PERFORM portal_refuse('disbursement_batch_arrows', format('no arrow from %s to %s', OLD.status, NEW.status));
    END IF;
    IF ROW(NEW.number, NEW.kind, NEW.quota_id, NEW.agent_account_id, NEW.bank_id, NEW.made_by_id, NEW.made_by_person_id,
           NEW.rules, NEW.payer_id, NEW.data_first)
       IS DISTINCT FROM
       ROW(OLD.number, OLD.kind, OLD.quota_id, OLD.agent_account_id, OLD.bank_id, OLD.made_by_id, OLD.made_by_person_id,
           OLD.rules, OLD.payer_id, OLD.data_first)
       OR (OLD.status <> 'draft' AND
           ROW(NEW.payment_count, NEW.total_fen, NEW.released_by_person_id, NEW.released_at)
           IS DISTINCT FROM ROW(OLD.payment_count, OLD.total_fen, OLD.released_by_person_id, OLD.released_at)) THEN
        PERFORM portal_refuse('disbursement_batch_frozen', 'a sealed batch does not change');
    END IF;
    -- Money is bound once: to a batch whose data lies with the bank, of the same quota and agent account; an order that
    -- was made for a batch binds to it alone.
    IF NEW.arrival_id IS DISTINCT FROM OLD.arrival_id AND (
        OLD.arrival_id IS NOT NULL OR NOT OLD.data_first OR OLD.status <> 'sent' OR NOT EXISTS (
            SELECT 1 FROM disbursement_arrival v JOIN disbursement_paymentorder o ON o.id = v.order_id
             WHERE v.id = NEW.arrival_id AND o.quota_id = NEW.quota_id AND o.agent_account_id = NEW.agent_account_id
               AND v.arrived_at >= o.succeeded_at)) THEN
        PERFORM portal_refuse('disbursement_batch_frozen', 'a batch keeps its money');
    END IF;
    IF (OLD.verified_at IS NOT NULL AND NEW.verified_at IS DISTINCT FROM OLD.verified_at)
       OR (OLD.finished_at IS NOT NULL AND NEW.finished_at IS DISTINCT FROM OLD.finished_at) THEN
        PERFORM portal_refuse('disbursement_batch_frozen', 'what the bank reported stays as it is');
    END IF;
    IF NEW.verified_at IS NOT NULL AND (NEW.arrival_id IS NULL OR NEW.sent_at IS NULL OR NEW.discrepancy <> '') THEN
        PERFORM portal_refuse('disbursement_batch_verified', 'the bank verifies money and data that it has');
    END IF;
    IF NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL AND NEW.method <> 'cash'
       AND (NEW.arrival_id IS NULL OR NOT disbursement_verified(NEW.rules, NEW.verified_at)) THEN
        PERFORM portal_refuse('disbursement_batch_verified', 'the bank pays what it has verified');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_batch_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_batch
    FOR EACH ROW EXECUTE FUNCTION disbursement_batch_guard();

CREATE FUNCTION disbursement_batch_totals() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    payments bigint;
    fen numeric;
    parts bigint;
BEGIN
    SELECT count(*), coalesce(sum(amount_fen), 0) INTO payments, fen
      FROM disbursement_payment WHERE batch_id = NEW.id;
    IF NEW.payment_count <> payments OR NEW.total_fen <> fen THEN
        PERFORM portal_refuse('disbursement_batch_totals',
            format('header %s payments %s fen, payments %s and %s fen', NEW.payment_count, NEW.total_fen, payments, fen));
    END IF;
    -- What is sent is what was signed.
    SELECT count(*) INTO parts FROM disbursement_batchroster b JOIN rosters_roster r ON r.id = b.roster_id
     WHERE b.batch_id = NEW.id AND (b.fingerprint <> r.fingerprint OR r.quota_id <> NEW.quota_id);
    IF parts > 0 THEN
        PERFORM portal_refuse('disbursement_batch_fingerprint', 'a roster of the batch is not the one that was signed');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disbursement_batch_totals AFTER UPDATE ON disbursement_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status = 'draft' AND NEW.status = 'released') EXECUTE FUNCTION disbursement_batch_totals();

-- The guards of payments, for one row and for 100,000. What joins the register is planned anew at every statement
-- (EXECUTE): a plan that was kept from an empty table would read it once for each row. What joins new rows with old ones
-- may not loop over both: the planner takes them for few.
CREATE FUNCTION disbursement_payment_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
CREATE TRIGGER disbursement_payment_inserted AFTER INSERT ON disbursement_payment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_payment_inserted();

-- Who is paid what stays; a payment follows its arrows, and what was paid fails only by the bank's notice that it came back.
CREATE FUNCTION disbursement_payment_updated() RETURNS trigger LANGUAGE plpgsql
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
            ('unknown', 'paid'), ('unknown', 'failed'), ('paid', 'failed'))
    ) THEN
        PERFORM portal_refuse('disbursement_payment_arrows', 'a payment moves along its arrows');
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN stale s ON s.id = f.id
         WHERE s.status = ''paid'' AND f.status = ''failed''
           AND NOT EXISTS (SELECT 1 FROM disbursement_returnnotice n WHERE n.payment_id = f.id))' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_arrows', 'what was paid fails only by the notice that it came back');
    END IF;
    -- A look into the index for each row, not a join: of many results only these matter.
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f WHERE f.status IN (''paid'', ''failed'')
         AND f.status IS DISTINCT FROM coalesce(
                 (SELECT ''failed'' FROM disbursement_returnnotice n WHERE n.payment_id = f.id),
                 (SELECT r.outcome FROM disbursement_resultline r WHERE r.payment_id = f.id),
                 (SELECT CASE h.outcome WHEN ''handed'' THEN ''paid'' WHEN ''not_handed'' THEN ''failed'' END
                    FROM disbursement_cashhandout h JOIN disbursement_cashsession c ON c.id = h.session_id
                   WHERE h.payment_id = f.id AND c.status = ''closed'')))'
       INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_by_result', 'only a bank''s result makes a payment paid or failed');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_payment_updated AFTER UPDATE ON disbursement_payment
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_payment_updated();

CREATE FUNCTION disbursement_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse(TG_TABLE_NAME || '_kept', 'this row stays as it is');
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_resultline_kept BEFORE UPDATE OR DELETE ON disbursement_resultline
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();
CREATE TRIGGER disbursement_resultfile_kept BEFORE UPDATE OR DELETE ON disbursement_resultfile
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();
CREATE TRIGGER disbursement_paymentorder_kept BEFORE UPDATE OR DELETE ON disbursement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();
CREATE TRIGGER disbursement_batchroster_kept BEFORE UPDATE OR DELETE ON disbursement_batchroster
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();

ALTER TABLE disbursement_resultline ADD CONSTRAINT disbursement_result_amount
    FOREIGN KEY (payment_id, amount_fen) REFERENCES disbursement_payment (id, amount_fen);

CREATE FUNCTION disbursement_resultline_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
CREATE TRIGGER disbursement_resultline_inserted AFTER INSERT ON disbursement_resultline REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_resultline_inserted();

-- Of an arrival only what is used moves; amount and times stay as they were entered.
CREATE FUNCTION disbursement_arrival_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'used_fen') IS DISTINCT FROM (to_jsonb(OLD) - 'used_fen') THEN
        PERFORM portal_refuse('disbursement_arrival_kept', 'an arrival stays as it was entered');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_arrival_guard BEFORE UPDATE OR DELETE ON disbursement_arrival
    FOR EACH ROW EXECUTE FUNCTION disbursement_arrival_guard();

REVOKE DELETE, TRUNCATE ON disbursement_payment, disbursement_batch, disbursement_arrival FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_resultline, disbursement_resultfile, disbursement_paymentorder,
    disbursement_batchroster FROM portal_web;
