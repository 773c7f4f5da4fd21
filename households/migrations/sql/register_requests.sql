CREATE TRIGGER households_registerrequest_guard BEFORE INSERT OR UPDATE OR DELETE ON households_registerrequest
    FOR EACH ROW EXECUTE FUNCTION households_paper_guard('requested>approved requested>refused requested>ended');

-- Originals come with the request and stay; the end of a first collection stays.
CREATE FUNCTION households_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse(TG_TABLE_NAME || '_kept', 'this is neither changed nor deleted');
    RETURN NULL;
END $$;
CREATE TRIGGER households_requestoriginal_kept BEFORE UPDATE OR DELETE ON households_requestoriginal
    FOR EACH ROW EXECUTE FUNCTION households_stays();
CREATE TRIGGER households_firstcollection_kept BEFORE UPDATE OR DELETE ON households_firstcollection
    FOR EACH ROW EXECUTE FUNCTION households_stays();
REVOKE DELETE, TRUNCATE ON households_registerrequest FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON households_requestoriginal, households_firstcollection FROM portal_web;

-- A double that was merged into another record stays merged.
CREATE FUNCTION households_merged_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse('households_merged_stays', 'a double that was merged stays as it is');
    RETURN NULL;
END $$;
CREATE TRIGGER households_merged_stays BEFORE UPDATE ON households_person
    FOR EACH ROW WHEN (OLD.merged_into_id IS NOT NULL AND
        (NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id OR NEW.state <> OLD.state))
    EXECUTE FUNCTION households_merged_stays();
