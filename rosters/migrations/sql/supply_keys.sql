-- Keys of other systems: states move along their arrows, what was agreed to does not change, the secret is shown once.

CREATE FUNCTION rosters_supplykey_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('rosters_supplykey_kept', 'a key is revoked, never deleted');
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('asked', 'living'), ('asked', 'refused'), ('living', 'revoked')) THEN
        PERFORM portal_refuse('rosters_supplykey_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF ROW(NEW.public_id, NEW.name, NEW.organisation_id, NEW.policy_codes, NEW.letter_number, NEW.expires_on, NEW.salt,
           NEW.asked_by_id, NEW.asked_by_person_id, NEW.asked_at)
       IS DISTINCT FROM
       ROW(OLD.public_id, OLD.name, OLD.organisation_id, OLD.policy_codes, OLD.letter_number, OLD.expires_on, OLD.salt,
           OLD.asked_by_id, OLD.asked_by_person_id, OLD.asked_at) THEN
        PERFORM portal_refuse('rosters_supplykey_frozen', 'another scope is another key');
    END IF;
    IF NEW.shown_at IS DISTINCT FROM OLD.shown_at AND (OLD.shown_at IS NOT NULL OR NEW.state <> 'living') THEN
        PERFORM portal_refuse('rosters_supplykey_shown_once', 'the secret is shown once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_supplykey_guard BEFORE UPDATE OR DELETE ON rosters_supplykey
    FOR EACH ROW EXECUTE FUNCTION rosters_supplykey_guard();
REVOKE DELETE, TRUNCATE ON rosters_supplykey FROM portal_web;
