-- Papers that change who is paid and where: what was asked for never changes, answers follow their arrows, nothing is
-- deleted (truths 5 and 7); a person to whom another township refers stays in the register.

CREATE FUNCTION households_paper_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    may_change text[] := ARRAY['state', 'checked_by_id', 'checked_by_person_id', 'checked_at', 'opinion',
        'approved_by_id', 'approved_by_person_id', 'approved_at', 'approval_opinion', 'ended_by_id', 'ended_at',
        'end_reason', 'result_id'];
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
       AND before ->> 'approved_by_person_id' IS DISTINCT FROM after ->> 'approved_by_person_id'
       OR before ->> 'result_id' IS NOT NULL AND before ->> 'result_id' IS DISTINCT FROM after ->> 'result_id' THEN
        PERFORM portal_refuse(TG_TABLE_NAME || '_frozen', 'who answered, and what came of it, does not change');
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
