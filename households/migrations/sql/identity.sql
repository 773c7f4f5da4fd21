-- Comparisons with the police register: what was asked and what was answered stay as they were (REG-4).
CREATE FUNCTION households_identityrun_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    may_change text[] := ARRAY['state', 'people', 'digest', 'job_id', 'ended_at', 'end_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_identityrun_kept', 'a comparison is never deleted');
    END IF;
    IF OLD.state <> 'open' THEN
        PERFORM portal_refuse('households_identityrun_arrows', 'a comparison that has ended stays as it is');
    END IF;
    IF to_jsonb(OLD) - may_change IS DISTINCT FROM to_jsonb(NEW) - may_change
       OR OLD.digest <> ''::bytea AND ROW(OLD.people, OLD.digest) IS DISTINCT FROM ROW(NEW.people, NEW.digest) THEN
        PERFORM portal_refuse('households_identityrun_frozen', 'who asked about whom does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_identityrun_guard BEFORE UPDATE OR DELETE ON households_identityrun
    FOR EACH ROW EXECUTE FUNCTION households_identityrun_guard();

-- An answer is written once. Afterwards only a later answer takes `current` away.
CREATE FUNCTION households_identitycheck_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_identitycheck_kept', 'a comparison is never deleted');
    END IF;
    IF ROW(OLD.run_id, OLD.number, OLD.person_id, OLD.name, OLD.id_cipher, OLD.id_digest)
       IS DISTINCT FROM ROW(NEW.run_id, NEW.number, NEW.person_id, NEW.name, NEW.id_cipher, NEW.id_digest)
       OR NOT OLD.waiting AND NEW.waiting THEN
        PERFORM portal_refuse('households_identitycheck_frozen', 'what was asked does not change');
    END IF;
    IF NOT OLD.waiting AND (ROW(OLD.outcome, OLD.items, OLD.died_on, OLD.answered_at, OLD.answers_id)
       IS DISTINCT FROM ROW(NEW.outcome, NEW.items, NEW.died_on, NEW.answered_at, NEW.answers_id)
       OR NEW.current AND NOT OLD.current) THEN
        PERFORM portal_refuse('households_identitycheck_frozen', 'an answer is written once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_identitycheck_guard BEFORE UPDATE OR DELETE ON households_identitycheck
    FOR EACH ROW EXECUTE FUNCTION households_identitycheck_guard();

-- What is asked is what the register holds at that moment, without an answer yet.
CREATE FUNCTION households_identity_asked_as_registered() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM fresh f JOIN households_person p ON p.id = f.person_id
              WHERE p.id_digest <> f.id_digest OR p.name <> f.name OR f.outcome <> '''' OR NOT f.waiting)' INTO wrong;
    IF wrong THEN
        PERFORM portal_refuse('households_identity_as_registered', 'people are asked about as the register has them');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER households_identity_as_registered AFTER INSERT ON households_identitycheck
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION households_identity_asked_as_registered();

-- Files of answers keep whose they are; refutations stay.
CREATE FUNCTION households_identityanswers_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('households_identityanswers_kept', 'a file of answers is never deleted');
    END IF;
    IF OLD.state <> 'checking'
       OR ROW(OLD.run_id, OLD.file_id, OLD.digest, OLD.made_by_id, OLD.made_at)
          IS DISTINCT FROM ROW(NEW.run_id, NEW.file_id, NEW.digest, NEW.made_by_id, NEW.made_at) THEN
        PERFORM portal_refuse('households_identityanswers_frozen', 'what became of a file of answers stays');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_identityanswers_guard BEFORE UPDATE OR DELETE ON households_identityanswers
    FOR EACH ROW EXECUTE FUNCTION households_identityanswers_guard();
CREATE TRIGGER households_deathrefutation_kept BEFORE UPDATE OR DELETE ON households_deathrefutation
    FOR EACH ROW EXECUTE FUNCTION households_stays();
REVOKE DELETE, TRUNCATE ON households_identityrun, households_identitycheck, households_identityanswers FROM portal_web;
REVOKE UPDATE, DELETE, TRUNCATE ON households_deathrefutation FROM portal_web;

-- A person is verified by an answer, and by nothing else; another name or ID number takes it away.
CREATE FUNCTION households_person_verified() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.name <> OLD.name OR NEW.id_digest <> OLD.id_digest) THEN
        NEW.verified_at := NULL;
        NEW.verified_source := '';
        RETURN NEW;
    END IF;
    IF NEW.verified_at IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.verified_at IS DISTINCT FROM OLD.verified_at)
       AND NOT EXISTS (
           SELECT FROM households_identitycheck c
            WHERE c.person_id = NEW.id AND c.outcome = 'match' AND c.answered_at = NEW.verified_at
              AND c.id_digest = NEW.id_digest AND c.name = NEW.name) THEN
        PERFORM portal_refuse('households_verified_by_answer', 'the police register did not confirm this person then');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER households_person_verified BEFORE INSERT OR UPDATE OF name, id_digest, verified_at ON households_person
    FOR EACH ROW EXECUTE FUNCTION households_person_verified();

-- Where the rows of a file of answers lie between reading and taking in: the fields of the COPY file
-- (households.verification.columns) in their order. Unlogged: after a crash the file is read again.
CREATE UNLOGGED TABLE households_stagedanswer (
    excel_row integer NOT NULL,
    name text,
    id_digest bytea,
    id_birth date,
    id_sex text,
    outcome text,
    items text,
    died_on date,
    row_errors integer NOT NULL DEFAULT 0,
    answers_id bigint NOT NULL DEFAULT current_setting('portal.identity_answers')::bigint,
    PRIMARY KEY (answers_id, excel_row)
);

-- Answers by the numbers of their run, from either way, on their way beside what was asked.
CREATE UNLOGGED TABLE households_identitytold (
    run_id bigint NOT NULL,
    number bigint NOT NULL,
    outcome text NOT NULL,
    items text[] NOT NULL,
    died_on date,
    PRIMARY KEY (run_id, number)
);
