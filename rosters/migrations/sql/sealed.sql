-- A sealed roster does not change (design, truth 4); a state moves only along its arrows (truth 7); maker is not
-- checker (truth 5). Set-based where a roster may have 100,000 lines: one check a statement, not one a row.

CREATE FUNCTION rosters_editable(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT status IN ('draft', 'returned')
$$;
CREATE FUNCTION rosters_under_way(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT status IN ('review', 'notice', 'approved', 'paying', 'closed')
$$;

-- A line without such columns keeps the leaf it always had.
CREATE FUNCTION rosters_line_leaf(l rosters_rosterline) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(l.salt || convert_to(concat_ws(E'\x1f',
        l.number::text, l.holder, l.basis,
        encode(l.beneficiary_id_digest, 'hex'),
        coalesce(encode(l.payee_id_digest, 'hex'), ''),
        coalesce(encode(l.account_digest, 'hex'), ''),
        l.standard_id::text, l.unit_fen::text, l.quantity::text, l.amount_fen::text,
        to_char(l.period_start, 'YYYY-MM-DD'), to_char(l.period_end, 'YYYY-MM-DD'),
        nullif(l.extra::text, '{}')), 'UTF8'))
$$;

CREATE FUNCTION rosters_roster_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
CREATE TRIGGER rosters_roster_guard BEFORE INSERT OR UPDATE OR DELETE ON rosters_roster
    FOR EACH ROW EXECUTE FUNCTION rosters_roster_guard();

-- Lines live while their roster is on its way: set here, so that no path of the application can forget it.
CREATE FUNCTION rosters_lines_live() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE rosters_rosterline SET living = rosters_under_way(NEW.status)
     WHERE roster_id = NEW.id AND living <> rosters_under_way(NEW.status);
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_lines_live AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (rosters_under_way(OLD.status) <> rosters_under_way(NEW.status)) EXECUTE FUNCTION rosters_lines_live();

CREATE FUNCTION rosters_roster_totals() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    roster rosters_roster;
    lines bigint;
    fen numeric;
BEGIN
    SELECT * INTO roster FROM rosters_roster WHERE id = NEW.id;
    IF NOT FOUND OR rosters_editable(roster.status) OR roster.status = 'void' THEN
        RETURN NULL;
    END IF;
    SELECT count(*), coalesce(sum(amount_fen), 0) INTO lines, fen FROM rosters_rosterline WHERE roster_id = NEW.id;
    IF roster.line_count <> lines OR roster.total_fen <> fen THEN
        PERFORM portal_refuse('rosters_roster_totals',
            format('header %s lines %s fen, lines %s and %s fen', roster.line_count, roster.total_fen, lines, fen));
    END IF;
    RETURN NULL;
END $$;
-- Only at the moment of sealing: afterwards neither header nor lines can change, so a signature costs no sum.
CREATE CONSTRAINT TRIGGER rosters_roster_totals AFTER UPDATE ON rosters_roster
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (rosters_editable(OLD.status) AND NOT rosters_editable(NEW.status))
    EXECUTE FUNCTION rosters_roster_totals();

-- Statement triggers ask by EXECUTE: a stored plan would have been made for the few rows of its first statement, and a
-- transition table of 100,000 rows under a nested loop takes hours.
CREATE FUNCTION rosters_line_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    broken boolean;
BEGIN
    PERFORM 1 FROM rosters_roster WHERE id IN (SELECT DISTINCT roster_id FROM fresh) ORDER BY id FOR SHARE;
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT roster_id FROM fresh) f JOIN rosters_roster r ON r.id = f.roster_id
                WHERE NOT rosters_editable(r.status))$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_frozen', 'no line enters a sealed roster');
    END IF;
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM fresh WHERE living OR taken_out)$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line begins to live with its roster');
    END IF;
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_roster r ON r.id = f.roster_id WHERE f.policy_id <> r.policy_id)$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_policy', 'a line has the policy of its roster');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_inserted AFTER INSERT ON rosters_rosterline REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_line_inserted();

CREATE FUNCTION rosters_line_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    broken boolean;
BEGIN
    PERFORM 1 FROM rosters_roster WHERE id IN (SELECT DISTINCT roster_id FROM gone) ORDER BY id FOR SHARE;
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT roster_id FROM gone) g JOIN rosters_roster r ON r.id = g.roster_id
                WHERE NOT rosters_editable(r.status))$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_frozen', 'no line leaves a sealed roster');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_deleted AFTER DELETE ON rosters_rosterline REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_line_deleted();

CREATE FUNCTION rosters_line_updated() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_nestloop = off AS $$
DECLARE
    broken boolean;
BEGIN
    PERFORM 1 FROM rosters_roster WHERE id IN (SELECT DISTINCT roster_id FROM fresh) ORDER BY id FOR SHARE;
    -- Everything but `living` and `taken_out` is content. Columns are named because turning 100,000 rows into documents
    -- to compare them takes a minute; a test holds this list against the table.
    EXECUTE $check$SELECT EXISTS (
        SELECT 1 FROM fresh f JOIN stale s ON s.id = f.id JOIN rosters_roster r ON r.id = f.roster_id
         WHERE f.roster_id <> s.roster_id OR (NOT rosters_editable(r.status) AND
               ROW(f.number, f."group", f.head_name, f.beneficiary_name, f.beneficiary_id_cipher,
                   f.beneficiary_id_digest, f.payee_name, f.payee_id_cipher, f.payee_id_digest, f.bank_name,
                   f.account_cipher, f.account_digest, f.account_tail, f.phone_cipher, f.unit_fen, f.quantity,
                   f.amount_fen, f.holder, f.basis, f.period_start, f.period_end, f.remark, f.salt, f.account_id,
                   f.beneficiary_id, f.household_id, f.payee_id, f.policy_id, f.standard_id, f.village_id)
               IS DISTINCT FROM
               ROW(s.number, s."group", s.head_name, s.beneficiary_name, s.beneficiary_id_cipher,
                   s.beneficiary_id_digest, s.payee_name, s.payee_id_cipher, s.payee_id_digest, s.bank_name,
                   s.account_cipher, s.account_digest, s.account_tail, s.phone_cipher, s.unit_fen, s.quantity,
                   s.amount_fen, s.holder, s.basis, s.period_start, s.period_end, s.remark, s.salt, s.account_id,
                   s.beneficiary_id, s.household_id, s.payee_id, s.policy_id, s.standard_id, s.village_id))
    )$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line of a sealed roster does not change');
    END IF;
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM fresh f JOIN rosters_roster r ON r.id = f.roster_id
                WHERE f.living <> rosters_under_way(r.status))$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line lives exactly while its roster is under way');
    END IF;
    EXECUTE $check$SELECT EXISTS (SELECT 1 FROM fresh f JOIN stale s ON s.id = f.id JOIN rosters_roster r ON r.id = f.roster_id
                WHERE f.taken_out <> s.taken_out AND (s.taken_out OR r.status <> 'paying'))$check$ INTO broken;
    IF broken THEN
        PERFORM portal_refuse('rosters_line_frozen', 'a line is taken out once, after a failed payment');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_line_updated AFTER UPDATE ON rosters_rosterline REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION rosters_line_updated();

CREATE FUNCTION rosters_decision_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    roster rosters_roster;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO STRICT roster FROM rosters_roster WHERE id = NEW.roster_id;
        NEW.maker_person_id := roster.made_by_person_id;
        IF NEW.action = 'approve' AND (NEW.fingerprint IS DISTINCT FROM roster.fingerprint
            OR NEW.line_count <> roster.line_count OR NEW.total_fen <> roster.total_fen) THEN
            PERFORM portal_refuse('rosters_decision_fingerprint', 'a signature stands for what the roster is now');
        END IF;
        RETURN NEW;
    END IF;
    -- A signature may lose its force; what was signed stays.
    IF TG_OP = 'UPDATE' AND OLD.in_force AND NOT NEW.in_force
       AND (to_jsonb(NEW) - 'in_force') = (to_jsonb(OLD) - 'in_force') THEN
        RETURN NEW;
    END IF;
    PERFORM portal_refuse('rosters_decision_append_only', 'decisions are append-only');
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_decision_guard BEFORE INSERT OR UPDATE OR DELETE ON rosters_decision
    FOR EACH ROW EXECUTE FUNCTION rosters_decision_guard();
REVOKE DELETE, TRUNCATE ON rosters_decision, rosters_roster FROM portal_web;
REVOKE TRUNCATE ON rosters_rosterline FROM portal_web;
