-- What is prepared beside a roster belongs to one that may still be edited: a draft of the grid, and the changes against
-- the last period that the clerk has looked at.
CREATE FUNCTION rosters_beside_editable() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM rosters_roster WHERE id = NEW.roster_id AND rosters_editable(status) FOR SHARE;
    IF NOT FOUND THEN
        PERFORM portal_refuse('rosters_beside_editable', 'nothing is drafted beside a sealed roster');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_griddraft_editable BEFORE INSERT OR UPDATE ON rosters_griddraft
    FOR EACH ROW EXECUTE FUNCTION rosters_beside_editable();
CREATE TRIGGER rosters_changeseen_editable BEFORE INSERT OR UPDATE ON rosters_changeseen
    FOR EACH ROW EXECUTE FUNCTION rosters_beside_editable();
