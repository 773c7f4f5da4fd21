-- What a line is owed: quantity times standard to the fen, and where a standard's rest was handed out, its share of it.

-- The rest of the money over what the lines come to, fen by fen to the line that lacks most of its exact share, ties by
-- number. Compared as whole numbers of hundredths: quantity * money - amount * all quantities, never divided.
CREATE FUNCTION rosters_rest_shares(of_roster bigint, money bigint) RETURNS TABLE (line_id bigint, fen bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    WITH owed AS (
        SELECT id, number, quantity, round(quantity * unit_fen) AS base
          FROM rosters_rosterline WHERE roster_id = of_roster
    ), whole AS (
        SELECT sum(quantity) AS quantity, greatest(money - sum(base), 0)::bigint AS rest FROM owed
    ), given AS (
        SELECT o.id
          FROM owed o CROSS JOIN whole w
         CROSS JOIN LATERAL (SELECT o.quantity * money - o.base * w.quantity AS lacks) l
         CROSS JOIN LATERAL generate_series(0, greatest(ceil(l.lacks / w.quantity)::bigint + 1, 0)) AS had
         WHERE w.rest > 0
         ORDER BY l.lacks - had * w.quantity DESC, o.number, had
         LIMIT (SELECT rest FROM whole)
    )
    SELECT id, count(*) FROM given GROUP BY id
$$;

-- Asked once, when a roster leaves its maker's hands. A correction may owe what the line that it corrects was owed.
CREATE FUNCTION rosters_amounts_follow() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    handed rosters_restshare;
    broken boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM rosters_roster WHERE id = NEW.id AND NOT rosters_editable(status) AND status <> 'void') THEN
        RETURN NULL;
    END IF;
    SELECT * INTO handed FROM rosters_restshare WHERE roster_id = NEW.id;
    IF handed.id IS NULL THEN
        EXECUTE $check$SELECT EXISTS (
            SELECT FROM rosters_rosterline l WHERE l.roster_id = $1 AND l.amount_fen <> round(l.quantity * l.unit_fen)
               AND NOT EXISTS (SELECT FROM rosters_rosterline o WHERE o.id = l.corrects_id
                   AND ROW(o.amount_fen, o.quantity, o.unit_fen) = ROW(l.amount_fen, l.quantity, l.unit_fen)))$check$
            INTO broken USING NEW.id;
        IF broken THEN
            PERFORM portal_refuse('rosters_amount_follows', 'a line is owed quantity times standard');
        END IF;
        RETURN NULL;
    END IF;
    EXECUTE $check$SELECT sum(l.amount_fen) <> $2 OR bool_or(
            l.amount_fen <> round(l.quantity * l.unit_fen) + coalesce(f.fen, 0))
          FROM rosters_rosterline l LEFT JOIN rosters_rest_shares($1, $2) f ON f.line_id = l.id
         WHERE l.roster_id = $1$check$ INTO broken USING NEW.id, handed.total_fen;
    IF broken THEN
        PERFORM portal_refuse('rosters_rest_follows', 'the rest stands with other lines than it was handed out over');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rosters_amounts_follow AFTER UPDATE ON rosters_roster
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (rosters_editable(OLD.status) AND NOT rosters_editable(NEW.status))
    EXECUTE FUNCTION rosters_amounts_follow();

CREATE FUNCTION rosters_rest_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.roster_id <> OLD.roster_id OR NOT EXISTS (
        SELECT FROM rosters_roster WHERE id = coalesce(NEW.roster_id, OLD.roster_id) AND rosters_editable(status)) THEN
        PERFORM portal_refuse('rosters_rest_frozen', 'how a rest was handed out stands with its sealed roster');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER rosters_rest_guard BEFORE INSERT OR UPDATE OR DELETE ON rosters_restshare
    FOR EACH ROW EXECUTE FUNCTION rosters_rest_guard();
