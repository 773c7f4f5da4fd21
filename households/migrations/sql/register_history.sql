-- What the register was before each change, and that after a township's first collection it changes by request only.
--
-- Every row added, changed or removed in the register's four tables leaves a row of history, written by these triggers
-- alone: `was` holds the former values of the columns that changed. Who wrote it and by which paper stands in settings
-- of the transaction. Run by EXECUTE, so that each statement is planned for the rows at hand.
CREATE FUNCTION households_keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    subject text := TG_ARGV[0];
    home text := TG_ARGV[1];
    whose text := TG_ARGV[2];
    paper text[] := string_to_array(nullif(current_setting('portal.register_paper', true), ''), ':');
    writer bigint := nullif(current_setting('portal.register_by', true), '')::bigint;
    source text;
    closed bigint[];
BEGIN
    source := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT r.id, ' || home || ' AS home, ' || whose || ' AS whose, NULL::jsonb AS was FROM fresh r'
        WHEN 'DELETE' THEN 'SELECT r.id, ' || home || ' AS home, ' || whose || ' AS whose, to_jsonb(r) AS was FROM gone r'
        ELSE 'SELECT r.id, ' || home || ' AS home, ' || whose || ' AS whose, d.was
                FROM gone r JOIN fresh n ON n.id = r.id
               CROSS JOIN LATERAL (SELECT to_jsonb(n) AS new, to_jsonb(r) AS old OFFSET 0) j
               CROSS JOIN LATERAL (SELECT jsonb_object_agg(e.key, e.value) AS was FROM jsonb_each(j.old) e
                                    WHERE e.value IS DISTINCT FROM j.new -> e.key) d
               WHERE d.was IS NOT NULL' END;
    EXECUTE 'WITH kept AS (
        INSERT INTO households_registerhistory
               (at, subject, subject_id, household_id, person_id, act, was, by_id, paper_type, paper_id)
        SELECT $1, $2, s.id, s.home, s.whose, $3, s.was, $4, $5, $6 FROM (' || source || ') s ORDER BY s.id
        RETURNING subject, subject_id, household_id, act, was)
        SELECT array_agg(DISTINCT v.parent_id)
          FROM kept k JOIN households_household h ON h.id = k.household_id
          JOIN accounts_division v ON v.id = h.village_id
          JOIN households_firstcollection c ON c.township_id = v.parent_id
         WHERE k.subject IN (''household'', ''means'') OR k.subject = ''person'' AND (k.act <> ''change''
               OR k.was ?| ARRAY[''household_id'', ''name'', ''id_digest'', ''relation'', ''phone_digest'', ''merged_into_id'']
               OR k.was ? ''state'' AND (k.was ->> ''state'' = ''moved'' OR EXISTS (
                   SELECT FROM households_person p WHERE p.id = k.subject_id AND p.state = ''moved'')))'
       INTO closed
      USING portal_now(), subject,
            CASE TG_OP WHEN 'INSERT' THEN 'add' WHEN 'DELETE' THEN 'remove' ELSE 'change' END, writer,
            coalesce(paper[1], ''), paper[2]::bigint;
    IF closed IS NOT NULL AND NOT households_paper_allows(paper[1], paper[2]::bigint, closed) THEN
        PERFORM portal_refuse('households_changed_by_request',
            'after the first collection the register changes by an approved request only');
    END IF;
    RETURN NULL;
END $$;

-- Whether the paper under which the transaction writes is an approved request, or a bulk import with the villages'
-- certificates that another person of the finance station took in, of that township.
CREATE FUNCTION households_paper_allows(kind text, paper bigint, townships bigint[]) RETURNS boolean LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
    SELECT coalesce(kind = 'households.registerrequest' AND EXISTS (
               SELECT FROM households_registerrequest q
                WHERE q.id = paper AND q.state = 'approved' AND q.township_id = ALL (townships)), false)
        OR coalesce(kind = 'households.registerimport' AND EXISTS (
               SELECT FROM households_registerimport i
                 JOIN accounts_user m ON m.id = i.made_by_id JOIN accounts_user a ON a.id = i.accepted_by_id
                WHERE i.id = paper AND i.certificate_id IS NOT NULL AND m.person_id <> a.person_id
                  AND i.township_id = ALL (townships)), false)
$$;

DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN SELECT * FROM (VALUES
        ('household', 'household', 'r.id', 'NULL::bigint'),
        ('person', 'person', 'r.household_id', 'r.id'),
        ('bankaccount', 'account', '(SELECT p.household_id FROM households_person p WHERE p.id = r.person_id)', 'r.person_id'),
        ('means', 'means', 'r.household_id', 'NULL::bigint')) t (name, subject, home, whose)
    LOOP
        EXECUTE format('CREATE TRIGGER households_%1$s_added AFTER INSERT ON households_%1$s
            REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
            EXECUTE FUNCTION households_keep_history(%2$L, %3$L, %4$L)', kept.name, kept.subject, kept.home, kept.whose);
        EXECUTE format('CREATE TRIGGER households_%1$s_changed AFTER UPDATE ON households_%1$s
            REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT
            EXECUTE FUNCTION households_keep_history(%2$L, %3$L, %4$L)', kept.name, kept.subject, kept.home, kept.whose);
        EXECUTE format('CREATE TRIGGER households_%1$s_removed AFTER DELETE ON households_%1$s
            REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
            EXECUTE FUNCTION households_keep_history(%2$L, %3$L, %4$L)', kept.name, kept.subject, kept.home, kept.whose);
    END LOOP;
END $$;

-- History is written by the triggers above and by nothing else; nothing in it changes or goes.
CREATE FUNCTION households_history_stands() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF pg_trigger_depth() < 2 THEN
            PERFORM portal_refuse('households_history_by_register', 'history is written by the register''s own tables');
        END IF;
        RETURN NULL;
    END IF;
    PERFORM portal_refuse('households_history_append_only', 'the history of the register is append-only');
    RETURN NULL;
END $$;
CREATE TRIGGER households_history_by_register BEFORE INSERT ON households_registerhistory
    FOR EACH STATEMENT EXECUTE FUNCTION households_history_stands();
CREATE TRIGGER households_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON households_registerhistory
    FOR EACH STATEMENT EXECUTE FUNCTION households_history_stands();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON households_registerhistory FROM portal_web;
