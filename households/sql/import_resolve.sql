-- Which village and which household of the register a row means. One statement for each, over distinct texts and heads.
WITH places AS MATERIALIZED (
    SELECT v.id, v.code, v.name, households_village_name(v.name) AS plain, households_village_stem(v.name) AS stem
      FROM accounts_division v JOIN accounts_division t ON t.id = v.parent_id
     WHERE v.level = 'village' AND %(division)s IN (t.id, t.parent_id)
), texts AS MATERIALIZED (
    SELECT DISTINCT village AS text, substring(village from '^[0-9]{12}') AS code,
           nullif(regexp_replace(village, '^[0-9]{12}[-—_ ]*', ''), '') AS name
      FROM households_stagedrow WHERE import_id = %(batch)s AND village IS NOT NULL
), found AS (
    SELECT x.text, p.id, rank() OVER (PARTITION BY x.text ORDER BY CASE
               WHEN p.code = x.code THEN 1
               WHEN p.name = x.name THEN 2
               WHEN p.plain = households_village_name(x.name) THEN 3
               ELSE 4 END) AS nearness
      FROM texts x JOIN places p ON CASE WHEN x.code IS NOT NULL
               THEN p.code = x.code AND (x.name IS NULL OR p.stem = households_village_stem(x.name))
               ELSE p.stem = households_village_stem(x.name)
                   -- 村 and 嘎查 stand for each other, 社区 for neither.
                   AND (households_village_name(x.name) !~ '社区$' OR p.plain ~ '社区$')
                   AND (households_village_name(x.name) !~ '(村|嘎查)$' OR p.plain !~ '社区$') END
), chosen AS (
    SELECT text, min(id) AS id FROM found WHERE nearness = 1 GROUP BY text HAVING count(*) = 1
), known AS (
    SELECT r.excel_row, c.id AS village_id, h.id AS household_id
      FROM households_stagedrow r LEFT JOIN chosen c ON c.text = r.village
      LEFT JOIN households_person p ON p.id_digest = r.head_id_digest AND p.state <> 'moved'
      LEFT JOIN households_household h ON h.head_id = p.id
     WHERE r.import_id = %(batch)s
)
UPDATE households_stagedrow s SET village_id = k.village_id, household_id = k.household_id, bad = false
  FROM known k
 WHERE s.import_id = %(batch)s AND s.excel_row = k.excel_row
   AND (s.village_id IS DISTINCT FROM k.village_id OR s.household_id IS DISTINCT FROM k.household_id OR s.bad);
