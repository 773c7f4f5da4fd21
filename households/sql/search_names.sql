-- People of the county whose name holds a part: those whose name begins with it, then those in whose name it stands
-- second, third, further inside, and at last those whose household's code begins so. Each way reads an index in its own
-- order and stops at so many rows; nobody belongs to two ways, and none is asked when those above it gave enough.
-- What a range ends at is asked for as a query, so that the planner does not guess how few rows lie in it.
SELECT id FROM (
    (SELECT id FROM households_person
      WHERE name COLLATE "C" >= %(part)s AND name COLLATE "C" < (SELECT %(end)s)
      ORDER BY name COLLATE "C" LIMIT %(most)s)
    UNION ALL
    (SELECT id FROM households_person
      WHERE substring(name, 2) COLLATE "C" >= %(part)s AND substring(name, 2) COLLATE "C" < (SELECT %(end)s)
        AND NOT starts_with(name, %(part)s)
      ORDER BY substring(name, 2) COLLATE "C" LIMIT %(most)s)
    UNION ALL
    (SELECT id FROM households_person
      WHERE substring(name, 3) COLLATE "C" >= %(part)s AND substring(name, 3) COLLATE "C" < (SELECT %(end)s)
        AND NOT starts_with(name, %(part)s) AND NOT starts_with(substring(name, 2), %(part)s)
      ORDER BY substring(name, 3) COLLATE "C" LIMIT %(most)s)
    UNION ALL
    (SELECT id FROM households_person
      WHERE length(name) > 3 AND households_name_parts(name) @> %(keys)s AND strpos(name, %(part)s) > 3
      LIMIT %(most)s)
    UNION ALL
    (SELECT p.id FROM households_household h JOIN households_person p ON p.household_id = h.id
      WHERE h.code LIKE %(code)s AND strpos(p.name, %(part)s) = 0
      LIMIT %(most)s)
) found LIMIT %(most)s
