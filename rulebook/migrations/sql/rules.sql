-- What applied once stays readable for ever (PRO-1): values are only added, by loading a profile or by an approved
-- change, and a change that was decided is final.

CREATE FUNCTION rulebook_value_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM portal_refuse('rulebook_value_append_only', 'values of a profile are only added');
END $$;
CREATE TRIGGER rulebook_value_append_only BEFORE UPDATE OR DELETE ON rulebook_profilevalue
    FOR EACH ROW EXECUTE FUNCTION rulebook_value_append_only();

CREATE FUNCTION rulebook_value_from_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found rulebook_rulechange;
BEGIN
    IF NEW.change_id IS NULL THEN
        -- Loaded with the profile: the first value of its key, and the county's.
        IF NEW.policy_code <> '' OR EXISTS (
            SELECT FROM rulebook_profilevalue v
             WHERE v.profile_id = NEW.profile_id AND v.key = NEW.key AND v.policy_code = '') THEN
            PERFORM portal_refuse('rulebook_value_from_change', 'a later value comes from an approved change');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT found FROM rulebook_rulechange WHERE id = NEW.change_id;
    IF found.state <> 'approved'
       OR ROW(found.profile_id, found.key, found.policy_code, found.effective_from, found.ends_override)
          IS DISTINCT FROM ROW(NEW.profile_id, NEW.key, NEW.policy_code, NEW.effective_from, NEW.ends_override)
       OR found.value IS DISTINCT FROM NEW.value THEN
        PERFORM portal_refuse('rulebook_value_from_change', 'a value says what its approved change says');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rulebook_value_from_change BEFORE INSERT ON rulebook_profilevalue
    FOR EACH ROW EXECUTE FUNCTION rulebook_value_from_change();

CREATE FUNCTION rulebook_change_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
       OR ROW(NEW.profile_id, NEW.key, NEW.policy_code, NEW.effective_from, NEW.ends_override, NEW.value,
              NEW.proposed_by_person_id, NEW.reason)
          IS DISTINCT FROM ROW(OLD.profile_id, OLD.key, OLD.policy_code, OLD.effective_from, OLD.ends_override,
                               OLD.value, OLD.proposed_by_person_id, OLD.reason) THEN
        PERFORM portal_refuse('rulebook_change_final', 'a change is decided as it was proposed, once');
    END IF;
    -- Never behind today: what is past was right when it was done.
    IF NEW.state = 'approved' AND NEW.effective_from < (portal_now() AT TIME ZONE 'Asia/Shanghai')::date THEN
        PERFORM portal_refuse('rulebook_change_not_backdated', 'a change takes effect today or later');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rulebook_change_final BEFORE UPDATE OR DELETE ON rulebook_rulechange
    FOR EACH ROW EXECUTE FUNCTION rulebook_change_final();

-- A breach stays on the record; only its explanation may be added.
CREATE FUNCTION rulebook_breach_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ROW(NEW.id, NEW.deadline_id, NEW.organisation_id, NEW.due_at, NEW.noted_at)
        IS NOT DISTINCT FROM ROW(OLD.id, OLD.deadline_id, OLD.organisation_id, OLD.due_at, OLD.noted_at) THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('rulebook_breach_stays', 'a breach stays on the record');
END $$;
CREATE TRIGGER rulebook_breach_stays BEFORE UPDATE OR DELETE ON rulebook_breach
    FOR EACH ROW EXECUTE FUNCTION rulebook_breach_stays();

REVOKE UPDATE, DELETE, TRUNCATE ON rulebook_profilevalue FROM portal_web;
REVOKE DELETE, TRUNCATE ON rulebook_rulechange, rulebook_breach FROM portal_web;
