-- Lists of departments: states move along their arrows; a township's rows are taken into a roster that they are for, once
-- at a time, and never from a list that was withdrawn.

-- Rows of a list while they are sorted: unlogged, gone when it is done.
CREATE UNLOGGED TABLE rosters_suppliedrow (
    supply_id bigint NOT NULL DEFAULT nullif(current_setting('portal.supply', true), '')::bigint,
    excel_row integer NOT NULL,
    name text,
    id_number_digest bytea,
    row_errors integer NOT NULL,
    person_id bigint,
    township_id bigint,
    told text NOT NULL DEFAULT '',
    PRIMARY KEY (supply_id, excel_row)
);

CREATE FUNCTION rosters_supply_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal_refuse('rosters_supply_kept', 'a list is withdrawn, never deleted');
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('sorting', 'sorted'), ('sorting', 'unreadable'), ('sorting', 'withdrawn'),
        ('sorted', 'issued'), ('sorted', 'withdrawn'), ('issued', 'withdrawn')) THEN
        PERFORM portal_refuse('rosters_supply_arrows', format('no arrow from %s to %s', OLD.state, NEW.state));
    END IF;
    IF ROW(NEW.organisation_id, NEW.policy_id, NEW.period_start, NEW.period_end, NEW.made_by_id)
       IS DISTINCT FROM ROW(OLD.organisation_id, OLD.policy_id, OLD.period_start, OLD.period_end, OLD.made_by_id) THEN
        PERFORM portal_refuse('rosters_supply_frozen', 'what a list is for and whose it is does not change');
    END IF;
    IF NEW.state = 'withdrawn' AND OLD.state <> 'withdrawn' AND EXISTS (
        SELECT 1 FROM rosters_supplypart p JOIN rosters_rosterimport b ON b.id = p.batch_id
         WHERE p.supply_id = NEW.id AND b.state IN ('checking', 'ready', 'taking_in', 'taken_in')) THEN
        PERFORM portal_refuse('rosters_supply_taken', 'a township has taken its part');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_supply_guard BEFORE UPDATE OR DELETE ON rosters_supply
    FOR EACH ROW EXECUTE FUNCTION rosters_supply_guard();

CREATE FUNCTION rosters_supply_part_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    whole rosters_supply;
BEGIN
    SELECT * INTO STRICT whole FROM rosters_supply WHERE id = coalesce(NEW.supply_id, OLD.supply_id) FOR SHARE;
    IF TG_OP = 'DELETE' OR TG_OP = 'INSERT' THEN
        IF whole.state <> 'sorting' THEN
            PERFORM portal_refuse('rosters_supply_part_frozen', 'a sorted list keeps its parts');
        END IF;
        RETURN coalesce(NEW, OLD);
    END IF;
    IF ROW(NEW.supply_id, NEW.division_id, NEW.rows, NEW.file_id)
       IS DISTINCT FROM ROW(OLD.supply_id, OLD.division_id, OLD.rows, OLD.file_id) THEN
        PERFORM portal_refuse('rosters_supply_part_frozen', 'a sorted list keeps its parts');
    END IF;
    IF NEW.batch_id IS NOT DISTINCT FROM OLD.batch_id THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM rosters_rosterimport b JOIN rosters_roster r ON r.id = b.roster_id
                WHERE b.id = OLD.batch_id AND r.status <> 'void' AND b.state IN ('checking', 'ready', 'taking_in', 'taken_in')) THEN
        PERFORM portal_refuse('rosters_supply_part_once', 'it is being taken, or was');
    END IF;
    PERFORM 1 FROM rosters_rosterimport b JOIN rosters_roster r ON r.id = b.roster_id
      WHERE b.id = NEW.batch_id AND whole.state = 'issued' AND r.policy_id = whole.policy_id
        AND r.period_start = whole.period_start AND r.period_end = whole.period_end AND r.division_id = NEW.division_id;
    IF NOT FOUND THEN
        PERFORM portal_refuse('rosters_supply_part_fits', 'an issued list, and a roster of its policy, period, township');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rosters_supply_part_guard BEFORE INSERT OR UPDATE OR DELETE ON rosters_supplypart
    FOR EACH ROW EXECUTE FUNCTION rosters_supply_part_guard();
REVOKE DELETE, TRUNCATE ON rosters_supply FROM portal_web;
