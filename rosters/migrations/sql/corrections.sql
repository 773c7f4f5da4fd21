-- What failed and went back to the declaring stage is declared again for the same people, never for more, and only once
-- (failure.way); a closed roster opens again when money that was paid came back.

CREATE OR REPLACE FUNCTION rosters_roster_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('rosters_roster_kept', 'a roster is made void, never deleted');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            PERFORM portal_refuse('rosters_roster_arrows', 'a roster begins as a draft');
        END IF;
        RETURN NEW;
    END IF;
    -- The room that pays adds to the arrow from closed: it needs money that came back.
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'review'), ('draft', 'void'), ('returned', 'review'), ('returned', 'void'),
        ('review', 'notice'), ('review', 'approved'), ('review', 'returned'),
        ('notice', 'review'), ('notice', 'returned'),
        ('approved', 'paying'), ('approved', 'review'), ('approved', 'returned'), ('paying', 'closed'),
        ('closed', 'paying')) THEN
        PERFORM portal_refuse('rosters_roster_arrows', format('no arrow from %s to %s', OLD.status, NEW.status));
    END IF;
    IF ROW(NEW.policy_id, NEW.organisation_id, NEW.division_id, NEW.made_by_id, NEW.made_by_person_id, NEW.number,
           NEW.kind, NEW.corrects_id, NEW.method)
       IS DISTINCT FROM
       ROW(OLD.policy_id, OLD.organisation_id, OLD.division_id, OLD.made_by_id, OLD.made_by_person_id, OLD.number,
           OLD.kind, OLD.corrects_id, OLD.method) THEN
        PERFORM portal_refuse('rosters_roster_frozen', 'whose roster it is and who made it does not change');
    END IF;
    IF NOT rosters_editable(OLD.status) AND
       ROW(NEW.version_id, NEW.quota_id, NEW.period_start, NEW.period_end, NEW.title, NEW.line_count, NEW.total_fen,
           NEW.fingerprint, NEW.rules)
       IS DISTINCT FROM
       ROW(OLD.version_id, OLD.quota_id, OLD.period_start, OLD.period_end, OLD.title, OLD.line_count, OLD.total_fen,
           OLD.fingerprint, OLD.rules) THEN
        PERFORM portal_refuse('rosters_roster_frozen', 'a sealed roster does not change');
    END IF;
    RETURN NEW;
END $$;

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
