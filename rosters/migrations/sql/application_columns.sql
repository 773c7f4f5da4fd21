-- What was asked for in the columns of the policy's template does not change either.
CREATE OR REPLACE FUNCTION rosters_application_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('rosters_application_kept', 'an application is withdrawn, never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'submitted' THEN
            PERFORM portal_refuse('rosters_application_arrows', 'an application begins as submitted');
        END IF;
        PERFORM 1 FROM rosters_applicationterm t WHERE t.id = NEW.term_id AND t.policy_id = NEW.policy_id
            AND t.period_start = NEW.period_start AND t.period_end = NEW.period_end;
        IF NOT FOUND THEN
            PERFORM portal_refuse('rosters_application_term', 'policy and period are those of the term');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('submitted', 'accepted'), ('submitted', 'asked'), ('submitted', 'withdrawn'),
        ('asked', 'submitted'), ('asked', 'refused'), ('asked', 'withdrawn'),
        ('accepted', 'approved'), ('accepted', 'refused'), ('accepted', 'withdrawn'), ('approved', 'withdrawn')) THEN
        PERFORM portal_refuse('rosters_application_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF OLD.missing_at IS NOT NULL AND ROW(NEW.missing, NEW.missing_at) IS DISTINCT FROM ROW(OLD.missing, OLD.missing_at)
    THEN
        PERFORM portal_refuse('rosters_application_asked_once', 'what is missing is asked for once');
    END IF;
    IF ROW(NEW.number, NEW.term_id, NEW.policy_id, NEW.period_start, NEW.period_end, NEW.division_id, NEW.village_id,
           NEW.household_id, NEW.applicant_id, NEW.beneficiary_id, NEW.holder, NEW.basis, NEW.standard_id, NEW.quantity,
           NEW.extra, NEW.extra_ciphers, NEW.note, NEW.entered_by_id, NEW.entered_by_person_id, NEW.made_at)
       IS DISTINCT FROM
       ROW(OLD.number, OLD.term_id, OLD.policy_id, OLD.period_start, OLD.period_end, OLD.division_id, OLD.village_id,
           OLD.household_id, OLD.applicant_id, OLD.beneficiary_id, OLD.holder, OLD.basis, OLD.standard_id, OLD.quantity,
           OLD.extra, OLD.extra_ciphers, OLD.note, OLD.entered_by_id, OLD.entered_by_person_id, OLD.made_at) THEN
        PERFORM portal_refuse('rosters_application_frozen', 'what was asked does not change');
    END IF;
    IF OLD.decided_at IS NOT NULL AND
       ROW(NEW.decided_by_id, NEW.decided_by_person_id, NEW.decided_at, NEW.reason)
       IS DISTINCT FROM ROW(OLD.decided_by_id, OLD.decided_by_person_id, OLD.decided_at, OLD.reason) THEN
        PERFORM portal_refuse('rosters_application_frozen', 'what was decided does not change');
    END IF;
    IF NEW.state = 'withdrawn' AND OLD.state <> 'withdrawn' AND EXISTS (
        SELECT 1 FROM rosters_applicationtake WHERE application_id = NEW.id AND NOT released) THEN
        PERFORM portal_refuse('rosters_application_taken', 'it stands in a roster');
    END IF;
    RETURN NEW;
END $$;
