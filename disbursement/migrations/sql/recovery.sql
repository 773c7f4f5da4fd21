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
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM portal_refuse('disbursement_recovery_kept', 'what must be paid back stays as it was found');
    END IF;
    SELECT * INTO STRICT payment FROM disbursement_payment WHERE id = NEW.payment_id;
    IF payment.status <> 'paid' OR NEW.amount_fen > payment.amount_fen THEN
        PERFORM portal_refuse('disbursement_recovery_of_paid', 'recovered is what was paid, and never more');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursement_recovery_guard BEFORE INSERT OR UPDATE OR DELETE ON disbursement_recoverycase
    FOR EACH ROW EXECUTE FUNCTION disbursement_recovery_guard();
REVOKE UPDATE, DELETE, TRUNCATE ON disbursement_recoverycase FROM portal_web;
