-- Papers that change who is paid and where: what was asked for never changes, answers follow their arrows, nothing is
-- deleted (truths 5 and 7); a person to whom another township refers stays in the register.

CREATE OR REPLACE FUNCTION households_account_change_guard() RETURNS trigger LANGUAGE plpgsql
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

-- One guard for the papers that are asked for, answered and ended: its argument lists the arrows, 'from>to from>to'.
CREATE FUNCTION households_paper_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    may_change text[] := ARRAY['state', 'checked_by_id', 'checked_by_person_id', 'checked_at', 'opinion',
        'approved_by_id', 'approved_by_person_id', 'approved_at', 'approval_opinion', 'ended_by_id', 'ended_at',
        'end_reason'];
    before jsonb;
    after jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_kept', 'this paper is never deleted');
    END IF;
    after := to_jsonb(NEW);
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' THEN
            PERFORM portal_refuse(TG_TABLE_NAME || '_arrows', 'it begins by being asked for');
        END IF;
        RETURN NEW;
    END IF;
    before := to_jsonb(OLD);
    IF OLD.state <> NEW.state
       AND NOT (OLD.state || '>' || NEW.state) = ANY(string_to_array(TG_ARGV[0], ' ')) THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF (before - may_change) IS DISTINCT FROM (after - may_change) THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_frozen', 'what was asked for, and by whom, does not change');
    END IF;
    IF before ->> 'checked_by_person_id' IS NOT NULL
       AND before ->> 'checked_by_person_id' IS DISTINCT FROM after ->> 'checked_by_person_id'
       OR before ->> 'approved_by_person_id' IS NOT NULL
       AND before ->> 'approved_by_person_id' IS DISTINCT FROM after ->> 'approved_by_person_id' THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_frozen', 'who answered does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_delegation_guard BEFORE INSERT OR UPDATE OR DELETE ON households_delegation FOR EACH ROW
    EXECUTE FUNCTION households_paper_guard(
        'requested>checked requested>refused checked>approved checked>refused approved>ended requested>ended checked>ended');
CREATE TRIGGER households_succession_guard BEFORE INSERT OR UPDATE OR DELETE ON households_succession FOR EACH ROW
    EXECUTE FUNCTION households_paper_guard('requested>approved requested>refused requested>ended approved>ended');
CREATE TRIGGER households_virtualmember_guard BEFORE INSERT OR UPDATE OR DELETE ON households_virtualmember FOR EACH ROW
    EXECUTE FUNCTION households_paper_guard('requested>consented requested>refused requested>ended consented>ended');
REVOKE DELETE, TRUNCATE ON households_delegation, households_succession, households_virtualmember, households_death
    FROM portal_web;

-- Who is referred to cannot be taken away from under the reference.
CREATE FUNCTION households_referred_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM households_virtualmember m WHERE m.person_id = NEW.id
                AND m.state IN ('requested', 'consented')) THEN
        PERFORM portal_refuse('households_referred_stays', 'another township refers to this person');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_referred_stays BEFORE UPDATE OF state, household_id, id_digest ON households_person FOR EACH ROW
    WHEN (NEW.state = 'moved' AND OLD.state <> 'moved' OR NEW.household_id <> OLD.household_id
          OR NEW.id_digest <> OLD.id_digest)
    EXECUTE FUNCTION households_referred_stays();
CREATE FUNCTION households_referred_home_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM households_virtualmember m JOIN households_person p ON p.id = m.person_id
                WHERE p.household_id = NEW.id AND m.state IN ('requested', 'consented')) THEN
        PERFORM portal_refuse('households_referred_stays', 'another township refers to a member of this household');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_referred_home_stays BEFORE UPDATE OF state ON households_household FOR EACH ROW
    WHEN (NEW.state = 'cancelled' AND OLD.state <> 'cancelled') EXECUTE FUNCTION households_referred_home_stays();
