-- Requests to change the register: what was asked for never changes, answers follow their arrows, nothing is deleted.
CREATE OR REPLACE FUNCTION households_paper_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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

-- What an import may bring for the household's means of production.
ALTER TABLE households_stagedrow ADD COLUMN planted_mu numeric, ADD COLUMN grassland_mu numeric,
    ADD COLUMN forest_mu numeric, ADD COLUMN livestock numeric, ADD COLUMN livestock_kind text,
    ADD COLUMN machine_name text, ADD COLUMN machine_number text;
