-- Columns of a policy's template on the lines: part of the fingerprint, frozen with the line, and none but the
-- template's own; a number that is paid once for ever stands on one living line of the county.

-- A template's columns between COPY and the lines, each in one or more of these.
ALTER TABLE rosters_stagedline
    ADD e1 text, ADD e2 text, ADD e3 text, ADD e4 text, ADD e5 text, ADD e6 text, ADD e7 text, ADD e8 text,
    ADD e9 text, ADD e10 text, ADD e11 text, ADD e12 text, ADD e13 text, ADD e14 text, ADD e15 text, ADD e16 text,
    ADD e17 text, ADD e18 text, ADD e19 text, ADD e20 text, ADD e21 text, ADD e22 text, ADD e23 text, ADD e24 text,
    ADD e25 text, ADD e26 text, ADD e27 text, ADD e28 text, ADD e29 text, ADD e30 text, ADD e31 text, ADD e32 text;

CREATE FUNCTION rosters_once_key(register text, basis text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN coalesce(register, '') = '' OR coalesce(basis, '') = '' THEN ''
                ELSE register || ':' || upper(replace(basis, ' ', '')) END
$$;

-- Fires only where a statement sets these columns, and costs nothing elsewhere.
CREATE FUNCTION rosters_line_extra_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT rosters_editable((SELECT status FROM rosters_roster WHERE id = OLD.roster_id)) THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line of a sealed roster does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_line_extra_kept BEFORE UPDATE OF extra, extra_ciphers, once_key ON rosters_rosterline FOR EACH ROW
    WHEN (OLD.extra IS DISTINCT FROM NEW.extra OR OLD.extra_ciphers IS DISTINCT FROM NEW.extra_ciphers
          OR OLD.once_key IS DISTINCT FROM NEW.once_key)
    EXECUTE FUNCTION rosters_line_extra_kept();

-- Asked once, when a roster is sealed: afterwards its lines cannot change.
CREATE FUNCTION rosters_lines_by_template() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
    register text;
    wrong integer;
BEGIN
    SELECT coalesce(array_agg(c.value ->> 'key') FILTER (WHERE c.value IS NOT NULL), '{}'),
           max(t.content #>> '{basis,once}')
      INTO keys, register
      FROM subsidies_policyversion v
      LEFT JOIN subsidies_columntemplate t ON t.id = v.template_id
      LEFT JOIN LATERAL jsonb_array_elements(coalesce(t.content -> 'columns', '[]')) AS c (value) ON true
     WHERE v.id = NEW.version_id;
    EXECUTE $check$
        SELECT l.number FROM rosters_rosterline l
         WHERE l.roster_id = $1
           AND (l.extra - $2 <> '{}' OR l.extra_ciphers - $2 <> '{}'
             OR l.once_key <> rosters_once_key($3, l.basis))
         LIMIT 1$check$ INTO wrong USING NEW.id, keys, register;
    IF wrong IS NOT NULL THEN
        PERFORM portal_refuse('rosters_line_template', format('line %s is not as the template has it', wrong));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_lines_by_template AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (NOT rosters_under_way(OLD.status) AND rosters_under_way(NEW.status))
    EXECUTE FUNCTION rosters_lines_by_template();
