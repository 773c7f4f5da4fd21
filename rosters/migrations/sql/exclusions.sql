-- Nobody is in two rosters on their way, at one time, of policies that exclude one another (ROS-4): asked when a roster
-- is sealed. Sealings that concern one group wait for each other, so that each sees what the other sealed.

CREATE FUNCTION rosters_policy_excluded() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    stopping record;
    line integer;
BEGIN
    FOR stopping IN
        SELECT g.id, g.name, g.per FROM subsidies_exclusiongroup g
          JOIN subsidies_exclusiongroup_policies m ON m.exclusiongroup_id = g.id AND m.policy_id = NEW.policy_id
         WHERE g.active AND g.severity = 'error' ORDER BY g.id
    LOOP
        PERFORM pg_advisory_xact_lock(hashtext('rosters_policy_excluded'), stopping.id::integer);
        EXECUTE format($check$
            SELECT min(l.number)
              FROM rosters_rosterline l
              JOIN rosters_rosterline x ON x.%1$I = l.%1$I AND x.living AND NOT x.taken_out
                   AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
              JOIN subsidies_exclusiongroup_policies n ON n.policy_id = x.policy_id AND n.exclusiongroup_id = $2
             WHERE l.roster_id = $1 AND NOT l.taken_out AND x.policy_id <> l.policy_id$check$,
            CASE stopping.per WHEN 'household' THEN 'household_id' ELSE 'beneficiary_id_digest' END)
        INTO line USING NEW.id, stopping.id;
        IF line IS NOT NULL THEN
            PERFORM portal_refuse('rosters_policy_excluded', format('line %s: %s', line, stopping.name));
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_policy_excluded AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (rosters_editable(OLD.status) AND rosters_under_way(NEW.status)) EXECUTE FUNCTION rosters_policy_excluded();
