-- A payment is made only to who has a right to it at that moment (PAY-8); what was paid without one is recovered.

-- The line's own truth holds since it was sealed. A delegation may have ended since, a head may have changed: asked
-- again for every new attempt whose payee is not the beneficiary. Few rows: a look into the indexes for each. That a
-- payment goes to the payee of its line is the truth `disbursement_payment_own_account`.
CREATE FUNCTION disbursement_payment_of_right() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM fresh f
          JOIN rosters_rosterline l ON l.id = f.line_id
          JOIN subsidies_policy pol ON pol.id = l.policy_id
          JOIN households_household h ON h.id = l.household_id
         WHERE f.payee_id = l.payee_id AND f.payee_id IS DISTINCT FROM CASE pol.unit WHEN ''household'' THEN h.head_id ELSE l.beneficiary_id END
           AND NOT coalesce(rosters_may_receive(f.payee_id,
                   CASE pol.unit WHEN ''household'' THEN h.head_id ELSE l.beneficiary_id END, l.roster_id), false))'
       INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('disbursement_payment_of_right',
            'a payment goes to the beneficiary, the head, an approved delegate or an approved heir');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disbursement_payment_of_right AFTER INSERT ON disbursement_payment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION disbursement_payment_of_right();

CREATE FUNCTION disbursement_recovery_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    payment disbursement_payment;
    claimed numeric;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('disbursement_recovery_kept', 'a case of recovery is never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        -- Two cases of one payment wait for each other, so that together they never ask for more than was paid.
        SELECT * INTO STRICT payment FROM disbursement_payment WHERE id = NEW.payment_id FOR NO KEY UPDATE;
        SELECT coalesce(sum(amount_fen), 0) INTO claimed FROM disbursement_recoverycase
         WHERE payment_id = NEW.payment_id AND state <> 'refused';
        IF payment.status <> 'paid' OR NEW.amount_fen + claimed > payment.amount_fen THEN
            PERFORM portal_refuse('disbursement_recovery_of_paid', 'recovered is what was paid, and never more');
        END IF;
        IF NEW.received_fen <> 0 OR (NEW.reason = 'death') <> (NEW.state = 'open') OR NEW.state NOT IN ('open', 'proposed') THEN
            PERFORM portal_refuse('disbursement_recovery_arrows', 'a death opens its case, any other is proposed');
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'received_fen', 'closed_at', 'decided_by_id', 'decided_by_person_id', 'decided_at',
            'debtor_kind', 'debtor_name', 'debtor_relation']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'received_fen', 'closed_at', 'decided_by_id', 'decided_by_person_id', 'decided_at',
            'debtor_kind', 'debtor_name', 'debtor_relation'])
       OR OLD.state NOT IN ('proposed', 'open')
       OR (OLD.state = 'open' AND ROW(NEW.decided_by_id, NEW.decided_by_person_id, NEW.decided_at) IS DISTINCT FROM
           ROW(OLD.decided_by_id, OLD.decided_by_person_id, OLD.decided_at))
       OR (OLD.state = 'proposed' AND NEW.received_fen <> OLD.received_fen) THEN
        PERFORM portal_refuse('disbursement_recovery_kept', 'what must be paid back stays as it was found');
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (('proposed', 'open'), ('proposed', 'refused'),
        ('proposed', 'returned'), ('open', 'recovered'), ('open', 'ended'), ('open', 'returned')) THEN
        PERFORM portal_refuse('disbursement_recovery_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.received_fen < OLD.received_fen THEN
        PERFORM portal_refuse('disbursement_recovery_kept', 'what came in stays');
    END IF;
    IF NEW.state NOT IN ('proposed', 'open') AND EXISTS (
        SELECT 1 FROM disbursement_recoveryinstalment WHERE case_id = NEW.id AND state = 'waiting') THEN
        PERFORM portal_refuse('disbursement_recovery_waiting', 'money that waits to be confirmed comes before the end');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_recovery_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_recoverycase
    FOR EACH ROW EXECUTE FUNCTION disbursement_recovery_guard();
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_recoverycase FROM portal_web;
