CREATE FUNCTION households_account_change_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_account_change_kept', 'a request to change an account is never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'submitted' THEN
            PERFORM portal_refuse('households_account_change_arrows', 'a change begins by being asked for');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state NOT IN ('submitted', 'unit_approved') THEN
        PERFORM portal_refuse('households_account_change_arrows', 'a change that was answered stays as it is');
    END IF;
    -- Where the finance bureau must approve, the unit's word alone brings nothing into force.
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
           ('submitted', 'rejected'), ('unit_approved', 'approved'), ('unit_approved', 'rejected'))
       AND NOT (OLD.state = 'submitted'
                AND NEW.state = CASE WHEN OLD.finance_needed THEN 'unit_approved' ELSE 'approved' END) THEN
        PERFORM portal_refuse('households_account_change_arrows',
            format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF ROW(NEW.person_id, NEW.kind, NEW.cause, NEW.finance_needed, NEW.rules, NEW.old_account_id, NEW.bank_name,
           NEW.number_digest, NEW.social_card, NEW.reason, NEW.evidence_id, NEW.made_by_id, NEW.made_by_person_id,
           NEW.made_at)
       IS DISTINCT FROM
       ROW(OLD.person_id, OLD.kind, OLD.cause, OLD.finance_needed, OLD.rules, OLD.old_account_id, OLD.bank_name,
           OLD.number_digest, OLD.social_card, OLD.reason, OLD.evidence_id, OLD.made_by_id, OLD.made_by_person_id,
           OLD.made_at) THEN
        PERFORM portal_refuse('households_account_change_frozen', 'what was asked for, and by whom, does not change');
    END IF;
    IF OLD.checked_by_person_id IS NOT NULL AND OLD.checked_by_person_id IS DISTINCT FROM NEW.checked_by_person_id THEN
        PERFORM portal_refuse('households_account_change_frozen', 'who checked a change does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_account_change_guard BEFORE INSERT OR UPDATE OR DELETE ON households_accountchange
    FOR EACH ROW EXECUTE FUNCTION households_account_change_guard();
REVOKE DELETE, TRUNCATE ON households_accountchange FROM portal_web;
