-- What a double received before it was merged, the record that stayed does not receive again (truth 2): asked when a
-- roster is sealed. Doubles are merged only while no roster of theirs is at a desk, so none is merged in between.
CREATE FUNCTION rosters_merged_twice() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    line integer;
BEGIN
    EXECUTE $check$
        WITH RECURSIVE merged (id, person_id) AS (
            SELECT id, merged_into_id FROM households_person WHERE merged_into_id IS NOT NULL
             UNION SELECT m.id, p.merged_into_id FROM merged m JOIN households_person p ON p.id = m.person_id
                    WHERE p.merged_into_id IS NOT NULL)
        SELECT l.number FROM rosters_rosterline l
          JOIN subsidies_policy pol ON pol.id = l.policy_id AND pol.unit = 'person'
          JOIN merged m ON m.person_id = l.beneficiary_id
          JOIN rosters_rosterline x ON x.beneficiary_id = m.id AND x.policy_id = l.policy_id AND x.basis = l.basis
               AND x.living AND NOT x.taken_out
               AND daterange(x.period_start, x.period_end, '[]') && daterange(l.period_start, l.period_end, '[]')
         WHERE l.roster_id = $1 LIMIT 1$check$ INTO line USING NEW.id;
    IF line IS NOT NULL THEN
        PERFORM portal_refuse('rosters_merged_twice', format('line %s was paid to a double of the same person', line));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rosters_merged_twice AFTER UPDATE OF status ON rosters_roster FOR EACH ROW
    WHEN (NOT rosters_under_way(OLD.status) AND rosters_under_way(NEW.status)) EXECUTE FUNCTION rosters_merged_twice();
