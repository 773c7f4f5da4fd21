-- People of some villages whose name holds a part, or whose household's code begins so. A name that few in the county
-- have is looked up and the villages are asked of these few; for one that many have the villages are read until there
-- are enough, one after the other (OFFSET 0: the planner is not to read the whole county's households instead). Either
-- way the rest of the county does not make the answer slower.
WITH named AS MATERIALIZED (
    SELECT id, household_id FROM (
        (SELECT id, household_id FROM households_person
          WHERE name COLLATE "C" >= %(part)s AND name COLLATE "C" < (SELECT %(end)s)
          ORDER BY name COLLATE "C" LIMIT %(few)s + 1)
        UNION ALL
        (SELECT id, household_id FROM households_person
          WHERE substring(name, 2) COLLATE "C" >= %(part)s AND substring(name, 2) COLLATE "C" < (SELECT %(end)s)
          ORDER BY substring(name, 2) COLLATE "C" LIMIT %(few)s + 1)
        UNION ALL
        (SELECT id, household_id FROM households_person
          WHERE substring(name, 3) COLLATE "C" >= %(part)s AND substring(name, 3) COLLATE "C" < (SELECT %(end)s)
          ORDER BY substring(name, 3) COLLATE "C" LIMIT %(few)s + 1)
        UNION ALL
        (SELECT id, household_id FROM households_person
          WHERE length(name) > 3 AND households_name_parts(name) @> %(keys)s AND strpos(name, %(part)s) > 3
          LIMIT %(few)s + 1)
    ) found LIMIT %(few)s + 1
)
SELECT id FROM (
    (SELECT DISTINCT id FROM named
      WHERE (SELECT count(*) FROM named) <= %(few)s
        AND (SELECT village_id FROM households_household WHERE id = named.household_id) = ANY (%(villages)s)
      LIMIT %(most)s)
    UNION ALL
    (SELECT p.id FROM unnest(%(villages)s) village
      CROSS JOIN LATERAL (SELECT id FROM households_household WHERE village_id = village OFFSET 0) h
      CROSS JOIN LATERAL (SELECT id FROM households_person
                           WHERE household_id = h.id AND strpos(name, %(part)s) > 0 OFFSET 0) p
      WHERE (SELECT count(*) FROM named) > %(few)s
      LIMIT %(most)s)
    UNION ALL
    (SELECT p.id FROM households_household h JOIN households_person p ON p.household_id = h.id
      WHERE h.code LIKE %(code)s AND h.village_id = ANY (%(villages)s) AND strpos(p.name, %(part)s) = 0
      LIMIT %(most)s)
) found LIMIT %(most)s
