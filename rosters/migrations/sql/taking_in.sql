-- While an import is being taken in, the roster is its own: by parts that commit one after the other its lines come,
-- or go again. Nobody else changes a line, and the roster stays where it is.
CREATE FUNCTION rosters_lines_of_import() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    broken boolean;
BEGIN
    EXECUTE $check$SELECT EXISTS (
        SELECT FROM rosters_rosterimport i
         WHERE i.state = 'taking_in' AND i.roster_id IN (SELECT DISTINCT roster_id FROM touched)
           AND i.id::text IS DISTINCT FROM current_setting('portal.taking_in', true))$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_taking_in', 'an import is being taken into this roster');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_added_by_import AFTER INSERT ON rosters_rosterline REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_lines_of_import();
CREATE TRIGGER rosters_line_changed_by_import AFTER UPDATE ON rosters_rosterline REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_lines_of_import();
CREATE TRIGGER rosters_line_removed_by_import AFTER DELETE ON rosters_rosterline REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_lines_of_import();

CREATE FUNCTION rosters_roster_of_import() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM rosters_rosterimport WHERE roster_id = NEW.id AND state = 'taking_in') THEN
        PERFORM portal_refuse('rosters_taking_in', 'an import is being taken into this roster');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_roster_of_import BEFORE UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION rosters_roster_of_import();
