-- The web role, the clock, and the trail: who did what, append-only and hash-chained (design, truth 1 and §5).

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_web') THEN
        CREATE ROLE portal_web NOLOGIN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO portal_web', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO portal_web', current_schema());
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO portal_web', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_web',
                   current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO portal_web',
                   current_schema());
END $$;

-- Every truth refuses by its name, so that code and tests can tell which one it was.
CREATE FUNCTION portal_refuse(truth text, why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = why, ERRCODE = 'check_violation', CONSTRAINT = truth;
END $$;

-- The newest entry of the trail is the floor of the portal's time: a clock set back never orders events wrongly.
CREATE FUNCTION portal_now() RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
    SELECT greatest(
        clock_timestamp() + coalesce((SELECT shift FROM accounts_portalclock WHERE id = 1), interval '0'),
        (SELECT at FROM accounts_trailhead WHERE id = 1)
    )
$$;

INSERT INTO accounts_portalclock (id, practice, shift) VALUES (1, false, interval '0');
INSERT INTO accounts_trailhead (id, seq, at, digest) VALUES (1, 0, NULL, sha256(''::bytea));

CREATE FUNCTION accounts_clock_forward() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('accounts_clock_forward', 'the portal''s clock cannot be removed');
    END IF;
    IF (SELECT seq FROM accounts_trailhead WHERE id = 1) > 0
       AND (NEW.practice IS DISTINCT FROM OLD.practice OR NEW.shift < OLD.shift) THEN
        PERFORM portal_refuse('accounts_clock_forward', 'the clock of a portal in use only moves forward, and only in practice');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_clock_forward BEFORE UPDATE OR DELETE ON accounts_portalclock
    FOR EACH ROW EXECUTE FUNCTION accounts_clock_forward();

-- What an entry's digest covers, byte for byte. Unit separators keep neighbouring fields apart.
CREATE FUNCTION accounts_trail_bytes(e accounts_trailentry) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT convert_to(concat_ws(E'\x1f',
        e.seq::text,
        to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        coalesce(e.actor_id::text, ''),
        coalesce(e.person_id::text, ''),
        e.verb, e.subject_type, e.subject_id, e.facts), 'UTF8')
$$;

CREATE FUNCTION accounts_trail_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    head accounts_trailhead;
    entry accounts_trailentry;
BEGIN
    SELECT * INTO STRICT head FROM accounts_trailhead WHERE id = 1 FOR UPDATE;
    SELECT * INTO STRICT entry FROM accounts_trailentry WHERE id = NEW.id;
    entry.seq := head.seq + 1;
    entry.at := portal_now();
    entry.previous := head.digest;
    entry.digest := sha256(head.digest || accounts_trail_bytes(entry));
    UPDATE accounts_trailentry
       SET seq = entry.seq, at = entry.at, previous = entry.previous, digest = entry.digest
     WHERE id = entry.id;
    UPDATE accounts_trailhead SET seq = entry.seq, at = entry.at, digest = entry.digest WHERE id = 1;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER accounts_trail_chain AFTER INSERT ON accounts_trailentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_trail_chain();

CREATE FUNCTION accounts_trail_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- Only the chain gives numbers and digests.
        NEW.seq := NULL; NEW.at := NULL; NEW.previous := NULL; NEW.digest := NULL;
        RETURN NEW;
    END IF;
    -- The one change ever made: the chain's own, while the entry's transaction is still open.
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL
       AND ROW(NEW.id, NEW.actor_id, NEW.person_id, NEW.verb, NEW.subject_type, NEW.subject_id, NEW.facts)
           IS NOT DISTINCT FROM
           ROW(OLD.id, OLD.actor_id, OLD.person_id, OLD.verb, OLD.subject_type, OLD.subject_id, OLD.facts) THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('accounts_trail_append_only', 'the trail is append-only');
END $$;
CREATE TRIGGER accounts_trail_append_only BEFORE INSERT OR UPDATE OR DELETE ON accounts_trailentry
    FOR EACH ROW EXECUTE FUNCTION accounts_trail_append_only();
CREATE TRIGGER accounts_trail_no_truncate BEFORE TRUNCATE ON accounts_trailentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_trail_append_only();

REVOKE UPDATE, DELETE, TRUNCATE ON accounts_trailentry FROM portal_web;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON accounts_trailhead FROM portal_web;
