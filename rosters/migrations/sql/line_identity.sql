-- The guard of changed lines compares each with its former self by id; so an id never changes. Fires only where a
-- statement sets the id, and costs nothing elsewhere.
CREATE FUNCTION rosters_line_identity() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse('rosters_line_frozen', 'a line keeps its id');
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_identity BEFORE UPDATE OF id ON rosters_rosterline
    FOR EACH ROW EXECUTE FUNCTION rosters_line_identity();
