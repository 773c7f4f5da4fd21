-- Imports follow their arrows; what was taken in can be taken back while no line of its roster has changed since.
CREATE FUNCTION rosters_import_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('rosters_import_kept', 'an import stays for the record');
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('checking', 'ready'), ('checking', 'dropped'), ('checking', 'unreadable'),
        ('ready', 'checking'), ('ready', 'taking_in'), ('ready', 'dropped'),
        ('taking_in', 'taken_in'), ('taking_in', 'ready'), ('taken_in', 'undone')) THEN
        PERFORM portal_refuse('rosters_import_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF OLD.state = 'taken_in' AND NEW.state = 'undone' AND NOT EXISTS (
        SELECT FROM rosters_rosterundo WHERE batch_id = OLD.id AND NOT spoilt) THEN
        PERFORM portal_refuse('rosters_import_undo', 'something depends on what was taken in');
    END IF;
    IF ROW(NEW.roster_id, NEW.file_id, NEW.made_by_id, NEW.made_at) IS DISTINCT FROM
       ROW(OLD.roster_id, OLD.file_id, OLD.made_by_id, OLD.made_at) THEN
        PERFORM portal_refuse('rosters_import_frozen', 'whose file it is does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_import_guard BEFORE UPDATE OR DELETE ON rosters_rosterimport
    FOR EACH ROW EXECUTE FUNCTION rosters_import_guard();

CREATE TRIGGER rosters_rosterundo_editable BEFORE INSERT OR UPDATE ON rosters_rosterundo
    FOR EACH ROW WHEN (NOT NEW.spoilt) EXECUTE FUNCTION rosters_beside_editable();
CREATE FUNCTION rosters_undo_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.spoilt AND NOT NEW.spoilt OR (to_jsonb(NEW) - 'spoilt') IS DISTINCT FROM (to_jsonb(OLD) - 'spoilt') THEN
        PERFORM portal_refuse('rosters_undo_frozen', 'what is kept to undo an import does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_undo_guard BEFORE UPDATE ON rosters_rosterundo
    FOR EACH ROW EXECUTE FUNCTION rosters_undo_guard();

-- Whatever touches a line after the import has been taken in, by any path, ends the way back.
CREATE FUNCTION rosters_undo_spoilt() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE 'UPDATE rosters_rosterundo SET spoilt = true
              WHERE NOT spoilt AND roster_id IN (SELECT DISTINCT roster_id FROM touched)
                AND (SELECT state FROM rosters_rosterimport WHERE id = batch_id) <> ''taking_in''';
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_undo_line_added AFTER INSERT ON rosters_rosterline REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_undo_spoilt();
CREATE TRIGGER rosters_undo_line_changed AFTER UPDATE ON rosters_rosterline REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_undo_spoilt();
CREATE TRIGGER rosters_undo_line_removed AFTER DELETE ON rosters_rosterline REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_undo_spoilt();

REVOKE DELETE, TRUNCATE ON rosters_rosterimport FROM portal_web;
REVOKE UPDATE, TRUNCATE ON rosters_formerline FROM portal_web;
