-- Clearing (REC-2): figures that every party confirmed, by other people than their maker; then the quotas are closed.

CREATE FUNCTION disbursement_quota_cleared(quota bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM disbursement_clearingquota q JOIN disbursement_clearing c ON c.id = q.clearing_id
                    WHERE q.quota_id = quota AND c.status = 'cleared');
END $$;

CREATE FUNCTION disbursement_clearing_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    missing text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('disbursement_clearing_kept', 'a clearing is never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'due' THEN
            PERFORM portal_refuse('disbursement_clearing_arrows', 'a clearing begins as due');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status = 'cleared' THEN
        PERFORM portal_refuse('disbursement_clearing_kept', 'what was cleared stays as it was');
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN
        (('due', 'confirming'), ('confirming', 'due'), ('confirming', 'cleared')) THEN
        PERFORM portal_refuse('disbursement_clearing_arrows', format('no arrow from %s to %s', OLD.status, NEW.status));
    END IF;
    IF ROW(NEW.number, NEW.policy_id, NEW.year, NEW.rules) IS DISTINCT FROM
       ROW(OLD.number, OLD.policy_id, OLD.year, OLD.rules) OR
       (OLD.status = 'confirming' AND NEW.status <> 'due' AND
        ROW(NEW.digest, NEW.round, NEW.surplus_fen, NEW.left_fen, NEW.begun_by_person_id) IS DISTINCT FROM
        ROW(OLD.digest, OLD.round, OLD.surplus_fen, OLD.left_fen, OLD.begun_by_person_id)) THEN
        PERFORM portal_refuse('disbursement_clearing_kept', 'figures that are being confirmed do not change');
    END IF;
    IF NEW.status = 'cleared' THEN
        SELECT string_agg(party.name, ', ') INTO missing
          FROM jsonb_array_elements_text(NEW.rules -> 'clearing.parties' -> 'value') AS party (name)
         WHERE NOT EXISTS (SELECT 1 FROM disbursement_clearingconfirmation k
                            WHERE k.clearing_id = NEW.id AND k.round = NEW.round AND k.party = party.name
                              AND k.digest = NEW.digest);
        IF missing IS NOT NULL THEN
            PERFORM portal_refuse('disbursement_clearing_confirmed', format('not confirmed by %s', missing));
        END IF;
        IF NOT EXISTS (SELECT 1 FROM disbursement_clearingquota WHERE clearing_id = NEW.id) OR EXISTS (
            SELECT 1 FROM disbursement_clearingquota q JOIN subsidies_ledgeraccount a ON a.quota_id = q.quota_id
             WHERE q.clearing_id = NEW.id AND a.kind NOT IN ('paid', 'recovered', 'surplus') AND a.balance_fen <> 0) THEN
            PERFORM portal_refuse('disbursement_clearing_empty',
                'everything of a cleared quota is paid, recovered or handed back');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_clearing_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_clearing
    FOR EACH ROW EXECUTE FUNCTION disbursement_clearing_guard();

CREATE FUNCTION disbursement_clearing_part_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    clearing disbursement_clearing;
BEGIN
    SELECT * INTO STRICT clearing FROM disbursement_clearing
     WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.clearing_id ELSE NEW.clearing_id END;
    IF clearing.status <> 'due' THEN
        PERFORM portal_refuse('disbursement_clearing_kept', 'figures that are being confirmed do not change');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM subsidies_quota q WHERE q.id = NEW.quota_id AND q.policy_id = clearing.policy_id
                      AND q.year = clearing.year) THEN
        PERFORM portal_refuse('disbursement_clearing_own_quota', 'a clearing is for the quotas of its policy and year');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_clearing_part_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_clearingquota
    FOR EACH ROW EXECUTE FUNCTION disbursement_clearing_part_guard();

-- Who made the figures is copied here, so that the check for two people cannot be told otherwise.
CREATE FUNCTION disbursement_clearing_confirm_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    clearing disbursement_clearing;
BEGIN
    SELECT * INTO STRICT clearing FROM disbursement_clearing WHERE id = NEW.clearing_id FOR SHARE;
    NEW.maker_person_id := clearing.begun_by_person_id;
    IF clearing.status <> 'confirming' OR NEW.round <> clearing.round OR NEW.digest IS DISTINCT FROM clearing.digest
       OR NOT clearing.rules -> 'clearing.parties' -> 'value' ? NEW.party THEN
        PERFORM portal_refuse('disbursement_clearing_confirms', 'a party confirms the figures as they were sealed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_clearing_confirm_guard BEFORE INSERT ON disbursement_clearingconfirmation
    FOR EACH ROW EXECUTE FUNCTION disbursement_clearing_confirm_guard();
CREATE TRIGGER disbursement_clearingconfirmation_kept BEFORE UPDATE OR DELETE ON disbursement_clearingconfirmation
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();
CREATE TRIGGER disbursement_writeoff_kept BEFORE UPDATE OR DELETE ON disbursement_writeoff
    FOR EACH ROW EXECUTE FUNCTION disbursement_kept();

CREATE FUNCTION disbursement_write_off_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM disbursement_clearing c
          JOIN disbursement_payment p ON p.id = NEW.payment_id
          JOIN disbursement_batch b ON b.id = p.batch_id
          JOIN subsidies_quota q ON q.id = b.quota_id
         WHERE c.id = NEW.clearing_id AND c.status = 'due' AND q.policy_id = c.policy_id AND q.year = c.year
           AND p.status = 'failed' AND p.amount_fen = NEW.amount_fen) THEN
        PERFORM portal_refuse('disbursement_write_off_failed', 'only what failed is written off, in its own clearing');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_write_off_guard BEFORE INSERT ON disbursement_writeoff
    FOR EACH ROW EXECUTE FUNCTION disbursement_write_off_guard();

-- A cleared quota is closed: no roster, no order, no movement. What was paid may still be recovered.
CREATE FUNCTION disbursement_quota_closed_transfer() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    quota bigint;
BEGIN
    SELECT quota_id INTO STRICT quota FROM subsidies_ledgeraccount WHERE id = NEW.debit_id;
    IF disbursement_quota_cleared(quota) AND EXISTS (
        SELECT 1 FROM subsidies_ledgeraccount
         WHERE id IN (NEW.debit_id, NEW.credit_id) AND kind NOT IN ('paid', 'recovered', 'surplus')) THEN
        PERFORM portal_refuse('disbursement_quota_cleared', 'this quota was cleared');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_quota_closed BEFORE INSERT ON subsidies_transfer
    FOR EACH ROW EXECUTE FUNCTION disbursement_quota_closed_transfer();

CREATE FUNCTION disbursement_quota_closed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF disbursement_quota_cleared(NEW.quota_id) THEN
        PERFORM portal_refuse('disbursement_quota_cleared', 'this quota was cleared');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_quota_closed BEFORE INSERT OR UPDATE OF quota_id ON rosters_roster
    FOR EACH ROW EXECUTE FUNCTION disbursement_quota_closed();
CREATE TRIGGER disbursement_quota_closed BEFORE INSERT ON disbursement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION disbursement_quota_closed();

REVOKE DELETE, TRUNCATE ON disbursement_clearing FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_clearingconfirmation, disbursement_writeoff FROM portal_web;
