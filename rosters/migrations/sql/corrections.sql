-- What failed and went back to the declaring stage is declared again for the same people, never for more, and only once
-- (failure.way); a closed roster opens again when money that was paid came back.

-- Only lines that declare again stand in a correction.
CREATE FUNCTION rosters_line_correction_only() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    broken boolean;
BEGIN
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT roster_id FROM fresh WHERE corrects_id IS NULL) f
                JOIN rosters_roster r ON r.id = f.roster_id WHERE r.kind = 'correction')$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_corrects', 'a line of a correction names the line that it declares again');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_correction_only AFTER INSERT ON rosters_rosterline REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_line_correction_only();

-- The same person, policy, right and period, and never more: whoever declares again corrects, and does not add.
CREATE FUNCTION rosters_line_correction() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    old rosters_rosterline;
    source bigint;
BEGIN
    SELECT * INTO STRICT old FROM rosters_rosterline WHERE id = NEW.corrects_id;
    SELECT corrects_id INTO source FROM rosters_roster WHERE id = NEW.roster_id;
    IF source IS DISTINCT FROM old.roster_id OR NOT old.taken_out THEN
        PERFORM portal_refuse('rosters_line_corrects', 'what is declared again was taken out of the roster it corrects');
    END IF;
    IF ROW(NEW.policy_id, NEW.beneficiary_id, NEW.basis, NEW.period_start, NEW.period_end)
       IS DISTINCT FROM ROW(old.policy_id, old.beneficiary_id, old.basis, old.period_start, old.period_end) THEN
        PERFORM portal_refuse('rosters_line_corrects', 'a correction is for the same person, right and period');
    END IF;
    IF NEW.amount_fen > old.amount_fen THEN
        PERFORM portal_refuse('rosters_line_corrects', 'a correction never owes more than the line it corrects');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_correction_inserted AFTER INSERT ON rosters_rosterline FOR EACH ROW
    WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION rosters_line_correction();
CREATE TRIGGER rosters_line_correction_changed
    AFTER UPDATE OF roster_id, policy_id, beneficiary_id, basis, period_start, period_end, amount_fen
    ON rosters_rosterline FOR EACH ROW
    WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION rosters_line_correction();

-- What a line declares again never changes; how it is paid does not change once its roster is sealed. Fire only where a
-- statement sets the column, and cost nothing elsewhere.
CREATE FUNCTION rosters_line_corrects_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM portal_refuse('rosters_line_frozen', 'what a line declares again does not change');
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_corrects_kept BEFORE UPDATE OF corrects_id ON rosters_rosterline FOR EACH ROW
    WHEN (OLD.corrects_id IS DISTINCT FROM NEW.corrects_id) EXECUTE FUNCTION rosters_line_corrects_kept();

CREATE FUNCTION rosters_line_cash_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT rosters_editable((SELECT status FROM rosters_roster WHERE id = OLD.roster_id)) THEN
        PERFORM portal_refuse('rosters_line_frozen', 'how a line of a sealed roster is paid does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_line_cash_kept BEFORE UPDATE OF cash ON rosters_rosterline FOR EACH ROW
    WHEN (OLD.cash IS DISTINCT FROM NEW.cash) EXECUTE FUNCTION rosters_line_cash_kept();
