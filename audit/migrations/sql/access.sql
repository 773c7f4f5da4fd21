-- Data and connections on request (ACL-4): nothing opens before every step agreed; nothing leaves outside scope and term;
-- what left stays on the record.

-- --- Requests -------------------------------------------------------------------------------------------------------
CREATE FUNCTION audit_access_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (portal_now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('audit_access_frozen', 'a request stays on the record');
    END IF;
    IF NOT NEW.masked AND NOT (NEW.kind = 'data' AND EXISTS (
            SELECT FROM accounts_organisation o WHERE o.id = NEW.organisation_id AND o.kind = 'audit')) THEN
        PERFORM portal_refuse('audit_access_masked', 'only audit gets data unmasked');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' THEN
            PERFORM portal_refuse('audit_access_moves', 'a request begins at its first step');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('requested', 'granted'), ('requested', 'refused'), ('requested', 'withdrawn'),
        ('granted', 'ended'), ('granted', 'revoked')) THEN
        PERFORM portal_refuse('audit_access_moves', 'a request moves along its arrows');
    END IF;
    IF to_jsonb(NEW) - ARRAY['state', 'decided_at', 'ended_by_id', 'ended_at', 'end_reason']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'decided_at', 'ended_by_id', 'ended_at', 'end_reason']
       OR (OLD.decided_at IS NOT NULL AND NEW.decided_at IS DISTINCT FROM OLD.decided_at)
       OR (OLD.ended_at IS NOT NULL AND ROW(NEW.ended_by_id, NEW.ended_at, NEW.end_reason)
        IS DISTINCT FROM ROW(OLD.ended_by_id, OLD.ended_at, OLD.end_reason)) THEN
        PERFORM portal_refuse('audit_access_frozen', 'a request is decided as it was filed');
    END IF;
    IF NEW.state = 'granted' AND OLD.state <> 'granted' THEN
        IF NOT EXISTS (SELECT FROM audit_accessstep s WHERE s.request_id = NEW.id)
           OR EXISTS (SELECT FROM audit_accessstep s WHERE s.request_id = NEW.id AND s.outcome <> 'agreed')
           OR EXISTS (
            SELECT FROM jsonb_array_elements(NEW.rules -> ('access.' || NEW.kind) -> 'value') AS step
             WHERE NOT EXISTS (
                SELECT FROM audit_accessstep s WHERE s.request_id = NEW.id AND s.key = step->>'key'
                   AND s.office = step->>'office')) THEN
            PERFORM portal_refuse('audit_access_every_step', 'nothing is granted before every step has agreed');
        END IF;
        IF NEW.term_to < today THEN
            PERFORM portal_refuse('audit_access_term_over', 'nothing is granted for a term that is over');
        END IF;
    END IF;
    IF NEW.state IN ('ended', 'revoked') AND EXISTS (
        SELECT FROM audit_accesstoken t WHERE t.request_id = NEW.id AND t.revoked_at IS NULL) THEN
        PERFORM portal_refuse('audit_access_token_lives', 'with a request its token ends');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_access_moves BEFORE INSERT OR UPDATE OR DELETE ON audit_accessrequest
    FOR EACH ROW EXECUTE FUNCTION audit_access_moves();

-- --- Steps ----------------------------------------------------------------------------------------------------------
CREATE TRIGGER audit_accessstep_path BEFORE INSERT OR UPDATE OR DELETE ON audit_accessstep
    FOR EACH ROW EXECUTE FUNCTION rulebook_path_step(
        'audit_accessrequest', 'request_id', 'filed_by_person_id', 'requested', 'requested');

-- --- Tokens ---------------------------------------------------------------------------------------------------------
CREATE FUNCTION audit_accesstoken_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (
        to_jsonb(NEW) - 'revoked_at' IS DISTINCT FROM to_jsonb(OLD) - 'revoked_at' OR OLD.revoked_at IS NOT NULL)) THEN
        PERFORM portal_refuse('audit_accesstoken_final', 'a token is given once and taken back once');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.revoked_at IS NOT NULL OR octet_length(NEW.digest) <> 32 THEN
            PERFORM portal_refuse('audit_accesstoken_final', 'a token is given as a digest, and alive');
        END IF;
        -- Whoever takes the grant back at this moment waits, or is waited for.
        PERFORM FROM audit_accessrequest r
          WHERE r.id = NEW.request_id AND r.kind = 'connection' AND r.state = 'granted' FOR SHARE;
        IF NOT FOUND THEN
            PERFORM portal_refuse('audit_accesstoken_granted', 'a token is only for a granted connection');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_accesstoken_granted BEFORE INSERT OR UPDATE OR DELETE ON audit_accesstoken
    FOR EACH ROW EXECUTE FUNCTION audit_accesstoken_granted();

-- --- What left ------------------------------------------------------------------------------------------------------
CREATE FUNCTION audit_fetch_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM portal_refuse('audit_fetch_append_only', 'what left the portal stays on the record');
    RETURN NULL;
END $$;
CREATE TRIGGER audit_fetch_append_only BEFORE UPDATE OR DELETE ON audit_accessfetch
    FOR EACH ROW EXECUTE FUNCTION audit_fetch_append_only();
CREATE TRIGGER audit_fetch_no_truncate BEFORE TRUNCATE ON audit_accessfetch
    FOR EACH STATEMENT EXECUTE FUNCTION audit_fetch_append_only();

CREATE FUNCTION audit_fetch_in_scope() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked audit_accessrequest;
    today date := (portal_now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    SELECT * INTO STRICT asked FROM audit_accessrequest WHERE id = NEW.request_id FOR SHARE;
    IF asked.state <> 'granted' OR today NOT BETWEEN asked.term_from AND asked.term_to THEN
        PERFORM portal_refuse('audit_fetch_in_term', 'data leaves only while a grant runs');
    END IF;
    IF NEW.dataset <> ALL (asked.datasets) OR (asked.masked AND NOT NEW.masked)
       OR (asked.kind = 'connection') <> (NEW.format = 'api')
       OR (cardinality(asked.division_codes) > 0 AND NEW.division_code <> ''
           AND NEW.division_code <> ALL (asked.division_codes)) THEN
        PERFORM portal_refuse('audit_fetch_in_scope', 'data leaves only as far as it was granted');
    END IF;
    IF NEW.token_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM audit_accesstoken t
         WHERE t.id = NEW.token_id AND t.request_id = NEW.request_id AND t.revoked_at IS NULL) THEN
        PERFORM portal_refuse('audit_fetch_living_token', 'a token that was taken back opens nothing');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_fetch_in_scope BEFORE INSERT ON audit_accessfetch
    FOR EACH ROW EXECUTE FUNCTION audit_fetch_in_scope();

REVOKE UPDATE, DELETE, TRUNCATE ON audit_accessfetch FROM portal_web;
REVOKE DELETE, TRUNCATE ON audit_accessrequest, audit_accessstep, audit_accesstoken FROM portal_web;
