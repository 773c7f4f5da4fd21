-- A roster is paid in a way that its policy knows: as the version says that is in force for its period.

CREATE FUNCTION rosters_roster_method_of_policy() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- A correction pays in the way of the roster that it corrects.
    IF NEW.corrects_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM subsidies_policyversion WHERE id = NEW.version_id AND payout_methods ? NEW.method) THEN
        PERFORM portal_refuse('rosters_method_of_policy', 'the policy is not paid in this way');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_roster_method_of_policy BEFORE INSERT ON rosters_roster
    FOR EACH ROW EXECUTE FUNCTION rosters_roster_method_of_policy();
CREATE TRIGGER rosters_roster_method_of_policy_kept BEFORE UPDATE OF version_id ON rosters_roster
    FOR EACH ROW WHEN (OLD.version_id IS DISTINCT FROM NEW.version_id)
    EXECUTE FUNCTION rosters_roster_method_of_policy();
