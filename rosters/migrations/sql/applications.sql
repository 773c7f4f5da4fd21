-- Applications: what is asked does not change, states move along their arrows, what is approved stands in at most one
-- living roster, and is free again when its line goes or its roster is made void.

CREATE FUNCTION rosters_application_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
CREATE TRIGGER rosters_application_guard BEFORE INSERT OR UPDATE OR DELETE ON rosters_application
    FOR EACH ROW EXECUTE FUNCTION rosters_application_guard();

-- A line may go by any way, also many at once: its row here goes with it.
ALTER TABLE rosters_applicationtake ADD CONSTRAINT rosters_applicationtake_line
    FOREIGN KEY (line_id) REFERENCES rosters_rosterline (id) ON DELETE CASCADE;

CREATE FUNCTION rosters_application_take_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (to_jsonb(NEW) - 'released') IS DISTINCT FROM (to_jsonb(OLD) - 'released') OR NOT NEW.released OR NOT EXISTS (
            SELECT 1 FROM rosters_roster WHERE id = NEW.roster_id AND status = 'void') THEN
            PERFORM portal_refuse('rosters_application_take_kept', 'only a void roster sets an application free');
        END IF;
        RETURN NEW;
    END IF;
    PERFORM 1 FROM rosters_rosterline l
      JOIN rosters_roster r ON r.id = l.roster_id
      JOIN rosters_application a ON a.id = NEW.application_id
     WHERE l.id = NEW.line_id AND r.id = NEW.roster_id AND rosters_editable(r.status) AND a.state = 'approved'
       AND a.policy_id = r.policy_id AND a.period_start = r.period_start AND a.period_end = r.period_end
       AND a.division_id = r.division_id AND a.beneficiary_id = l.beneficiary_id AND a.basis = l.basis;
    IF NOT FOUND THEN
        PERFORM portal_refuse('rosters_application_take_fits', 'an approved application and a line that answers it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_application_take_guard BEFORE INSERT OR UPDATE ON rosters_applicationtake
    FOR EACH ROW EXECUTE FUNCTION rosters_application_take_guard();

CREATE FUNCTION rosters_applications_set_free() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE rosters_applicationtake SET released = true WHERE roster_id = NEW.id AND NOT released;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_applications_set_free AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (NEW.status = 'void' AND OLD.status <> 'void') EXECUTE FUNCTION rosters_applications_set_free();

REVOKE DELETE, TRUNCATE ON rosters_application, rosters_applicationtake FROM portal_web;
