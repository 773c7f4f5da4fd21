-- Recovery (REC-3): what was paid comes back in instalments that two people vouch for; a case ends whole, or by a paper.

-- The header of a case agrees with its parts when the transaction ends, whichever of them was written.
CREATE FUNCTION disbursement_recovery_agrees() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    recovery disbursement_recoverycase;
    received numeric;
    ended boolean;
BEGIN
    SELECT * INTO STRICT recovery FROM disbursement_recoverycase
     WHERE id = coalesce((to_jsonb(NEW) ->> 'case_id')::bigint, NEW.id);
    SELECT coalesce(sum(amount_fen), 0) INTO received FROM disbursement_recoveryinstalment
     WHERE case_id = recovery.id AND state = 'confirmed';
    IF recovery.received_fen <> received THEN
        PERFORM portal_refuse('disbursement_recovery_received',
            format('the case has %s fen, its instalments %s', recovery.received_fen, received));
    END IF;
    SELECT EXISTS (SELECT 1 FROM disbursement_recoveryending WHERE case_id = recovery.id AND state = 'approved'
                      AND lost_fen = recovery.amount_fen - recovery.received_fen) INTO ended;
    IF ended <> (recovery.state = 'ended') OR (NOT ended AND EXISTS (
        SELECT 1 FROM disbursement_recoveryending WHERE case_id = recovery.id AND state = 'approved')) THEN
        PERFORM portal_refuse('disbursement_recovery_ended', 'a case ends short by a proposal that the head agreed to');
    END IF;
    IF (recovery.state = 'returned') AND NOT EXISTS (
        SELECT 1 FROM disbursement_returnnotice WHERE payment_id = recovery.payment_id) THEN
        PERFORM portal_refuse('disbursement_recovery_returned', 'no bank has sent this payment back');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disbursement_recovery_agrees AFTER INSERT OR UPDATE ON disbursement_recoverycase
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursement_recovery_agrees();
CREATE CONSTRAINT TRIGGER disbursement_recovery_agrees AFTER INSERT OR UPDATE ON disbursement_recoveryinstalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursement_recovery_agrees();
CREATE CONSTRAINT TRIGGER disbursement_recovery_agrees AFTER INSERT OR UPDATE ON disbursement_recoveryending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursement_recovery_agrees();

CREATE FUNCTION disbursement_instalment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    recovery disbursement_recoverycase;
    told numeric;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('disbursement_instalment_kept', 'an instalment is struck, never deleted');
    END IF;
    SELECT * INTO STRICT recovery FROM disbursement_recoverycase WHERE id = NEW.case_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        SELECT coalesce(sum(amount_fen), 0) INTO told FROM disbursement_recoveryinstalment
         WHERE case_id = NEW.case_id AND state <> 'struck';
        IF NEW.state <> 'waiting' OR recovery.state <> 'open' THEN
            PERFORM portal_refuse('disbursement_instalment_arrows', 'an instalment of an open case waits to be confirmed');
        END IF;
        IF told + NEW.amount_fen > recovery.amount_fen THEN
            PERFORM portal_refuse('disbursement_instalment_most', 'no more comes back than is asked');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'waiting' OR
       (to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_by_person_id', 'decided_at', 'strike_reason'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_by_person_id', 'decided_at', 'strike_reason']) THEN
        PERFORM portal_refuse('disbursement_instalment_kept', 'an instalment stays as it was entered and decided');
    END IF;
    IF NEW.state = 'confirmed' AND recovery.state NOT IN ('open', 'recovered') THEN
        PERFORM portal_refuse('disbursement_instalment_arrows', 'the case is over');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_instalment_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_recoveryinstalment
    FOR EACH ROW EXECUTE FUNCTION disbursement_instalment_guard();

-- What is confirmed has moved in the ledger from paid to recovered, and nothing else has.
CREATE FUNCTION disbursement_instalment_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM subsidies_transfer t
          JOIN subsidies_ledgeraccount d ON d.id = t.debit_id AND d.kind = 'paid'
          JOIN subsidies_ledgeraccount c ON c.id = t.credit_id AND c.kind = 'recovered'
          JOIN disbursement_recoverycase r ON r.id = NEW.case_id
          JOIN disbursement_payment p ON p.id = r.payment_id
          JOIN disbursement_batch b ON b.id = p.batch_id AND b.quota_id = d.quota_id
         WHERE t.key = 'recovery:' || NEW.id AND t.amount_fen = NEW.amount_fen) THEN
        PERFORM portal_refuse('disbursement_instalment_moved', 'a confirmed instalment has moved from paid to recovered');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disbursement_instalment_moved AFTER UPDATE ON disbursement_recoveryinstalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'confirmed')
    EXECUTE FUNCTION disbursement_instalment_moved();

CREATE FUNCTION disbursement_transfer_recovered() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT kind FROM subsidies_ledgeraccount WHERE id = NEW.credit_id) <> 'recovered' THEN
        RETURN NULL;
    END IF;
    IF (SELECT kind FROM subsidies_ledgeraccount WHERE id = NEW.debit_id) <> 'paid' OR NOT EXISTS (
        SELECT 1 FROM disbursement_recoveryinstalment
         WHERE 'recovery:' || id = NEW.key AND state = 'confirmed' AND amount_fen = NEW.amount_fen) THEN
        PERFORM portal_refuse('disbursement_transfer_recovered', 'only a confirmed instalment is recovered');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disbursement_transfer_recovered AFTER INSERT ON subsidies_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursement_transfer_recovered();

CREATE FUNCTION disbursement_recovery_ending_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    recovery disbursement_recoverycase;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('disbursement_recovery_ending_kept', 'a proposal to end is decided, never deleted');
    END IF;
    SELECT * INTO STRICT recovery FROM disbursement_recoverycase WHERE id = NEW.case_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR recovery.state <> 'open'
           OR NEW.lost_fen <> recovery.amount_fen - recovery.received_fen THEN
            PERFORM portal_refuse('disbursement_recovery_ending_arrows', 'proposed for what an open case still asks');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' OR
       (to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_by_person_id', 'decided_at', 'opinion'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_by_person_id', 'decided_at', 'opinion']) THEN
        PERFORM portal_refuse('disbursement_recovery_ending_kept', 'a proposal stays as it was made and decided');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_recovery_ending_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_recoveryending
    FOR EACH ROW EXECUTE FUNCTION disbursement_recovery_ending_guard();

-- A payment of which something was recovered did not come back through a bank as well.
CREATE FUNCTION disbursement_return_not_recovered() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM disbursement_recoverycase WHERE payment_id = NEW.payment_id
                  AND (state IN ('proposed', 'open') OR received_fen > 0)) THEN
        PERFORM portal_refuse('disbursement_return_not_recovered', 'the case of this payment asks for the same money');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disbursement_return_not_recovered AFTER INSERT ON disbursement_returnnotice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disbursement_return_not_recovered();

CREATE TRIGGER disbursement_recoveryevent_kept BEFORE UPDATE OR DELETE ON disbursement_recoveryevent
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();
CREATE TRIGGER disbursement_recoverynotice_kept BEFORE UPDATE OR DELETE ON disbursement_recoverynotice
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();

GRANT UPDATE ON disbursement_recoverycase TO portal_web;
REVOKE DELETE, TRUNCATE ON disbursement_recoverycase, disbursement_recoveryinstalment, disbursement_recoveryending
    FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_recoveryevent, disbursement_recoverynotice FROM portal_web;
