-- Data may go before its money, never a payment (data.before_money); the bank verifies before it pays (bank.verify); what
-- was paid fails only by the bank's notice that it came back (bank.cross_return); nobody who declares again is paid twice.

-- Whether the bank may pay as to its verification: there is none by the rules, or it was done.
CREATE FUNCTION disbursement_verified(rules jsonb, verified_at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT verified_at IS NOT NULL OR coalesce(jsonb_typeof(rules #> '{bank.verify,value}'), 'null') = 'null'
$$;

-- The money of an order that was made for a batch is that batch's and exactly its total.
CREATE FUNCTION disbursement_order_of_batch() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    batch disbursement_batch;
BEGIN
    SELECT * INTO STRICT batch FROM disbursement_batch WHERE id = NEW.batch_id;
    IF NOT batch.data_first OR batch.status <> 'sent' OR batch.arrival_id IS NOT NULL OR NEW.quota_id <> batch.quota_id
       OR NEW.agent_account_id <> batch.agent_account_id OR NEW.amount_fen <> batch.total_fen THEN
        PERFORM portal_refuse('disbursement_order_of_batch', 'an order for a batch is for exactly its total');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_order_of_batch BEFORE INSERT ON disbursement_paymentorder FOR EACH ROW
    WHEN (NEW.batch_id IS NOT NULL) EXECUTE FUNCTION disbursement_order_of_batch();

-- Money cannot come back that did not go out.
CREATE FUNCTION disbursement_return_of_paid() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM disbursement_payment p JOIN disbursement_batch b ON b.id = p.batch_id
                    WHERE p.id = NEW.payment_id AND p.status = 'paid' AND b.method = 'account') THEN
        PERFORM portal_refuse('disbursement_return_of_paid', 'only what a bank paid can come back');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_return_of_paid BEFORE INSERT ON disbursement_returnnotice
    FOR EACH ROW EXECUTE FUNCTION disbursement_return_of_paid();
CREATE TRIGGER disbursement_returnnotice_kept BEFORE UPDATE OR DELETE ON disbursement_returnnotice
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();

-- A result needs the money of its batch, and the bank's verification where there is one.
CREATE FUNCTION disbursement_result_of_money() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM disbursement_batch b WHERE b.id = NEW.batch_id
                AND (b.arrival_id IS NULL OR NOT disbursement_verified(b.rules, b.verified_at))) THEN
        PERFORM portal_refuse('disbursement_result_of_money', 'a bank answers for money that it has and has verified');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_result_of_money BEFORE INSERT ON disbursement_resultfile
    FOR EACH ROW EXECUTE FUNCTION disbursement_result_of_money();

-- What the bank found stays; only what came of it is added, once.
CREATE FUNCTION disbursement_discrepancy_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.settled_at IS NULL AND
       (to_jsonb(NEW) - 'settlement' - 'settled_by_id' - 'settled_at')
       IS NOT DISTINCT FROM (to_jsonb(OLD) - 'settlement' - 'settled_by_id' - 'settled_at') THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('disbursement_discrepancy_kept', 'this row stays as it is');
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_discrepancy_guard BEFORE UPDATE OR DELETE ON disbursement_bankdiscrepancy
    FOR EACH ROW EXECUTE FUNCTION disbursement_discrepancy_guard();

-- A closed roster opens only because money of a line that it still owes came back.
CREATE FUNCTION disbursement_roster_reopened() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM disbursement_returnnotice n JOIN disbursement_payment p ON p.id = n.payment_id
                     JOIN rosters_rosterline l ON l.id = p.line_id
                    WHERE l.roster_id = NEW.id AND NOT l.taken_out AND p.status = 'failed'
                      AND NOT EXISTS (SELECT 1 FROM disbursement_payment x
                                       WHERE x.line_id = l.id AND x.status IN ('pending', 'sent', 'unknown', 'paid'))) THEN
        PERFORM portal_refuse('rosters_roster_arrows', 'a closed roster opens when its money came back');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_roster_reopened AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (OLD.status = 'closed' AND NEW.status = 'paying') EXECUTE FUNCTION disbursement_roster_reopened();

-- Nobody is paid twice across a correction (truth 2): a line leaves its roster only while no attempt at it lives, what
-- declares it again is paid only while none does, and after that none begins.
CREATE FUNCTION disbursement_line_taken_out() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM disbursement_payment
                WHERE line_id = NEW.id AND status IN ('pending', 'sent', 'unknown', 'paid')) THEN
        PERFORM portal_refuse('disbursement_no_one_paid_twice', 'a line leaves only while no attempt to pay it lives');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_line_taken_out AFTER UPDATE OF taken_out ON rosters_rosterline FOR EACH ROW
    WHEN (NEW.taken_out AND NOT OLD.taken_out) EXECUTE FUNCTION disbursement_line_taken_out();

CREATE FUNCTION disbursement_payment_corrected() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_rosterline l ON l.id = f.line_id
                JOIN disbursement_payment p ON p.line_id = l.corrects_id
               WHERE l.corrects_id IS NOT NULL AND p.status IN (''pending'', ''sent'', ''unknown'', ''paid''))'
       INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_no_one_paid_twice', 'what declares again is paid only if the first was not');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_payment_corrected AFTER INSERT ON disbursement_payment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_payment_corrected();

REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_returnnotice FROM portal_web;
REVOKE DELETE, TRUNCATE ON disbursement_bankdiscrepancy FROM portal_web;
