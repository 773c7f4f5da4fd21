-- By village: what would be taken in and what is wrong.
SELECT v.id, v.name, t.name AS township,
       count(*) FILTER (WHERE NOT s.bad AND s.household_id IS NULL AND s.member_id_digest = s.head_id_digest) AS households,
       count(*) FILTER (WHERE NOT s.bad) AS people,
       count(*) FILTER (WHERE NOT s.bad AND s.account_digest IS NOT NULL) AS accounts,
       coalesce(sum(s.contracted_mu) FILTER (WHERE NOT s.bad AND s.household_id IS NULL
           AND s.member_id_digest = s.head_id_digest), 0)::text AS contracted_mu,
       coalesce(sum(s.subsidised_mu) FILTER (WHERE NOT s.bad AND s.household_id IS NULL
           AND s.member_id_digest = s.head_id_digest), 0)::text AS subsidised_mu,
       count(*) FILTER (WHERE s.bad) AS bad_rows
  FROM households_stagedrow s
  LEFT JOIN accounts_division v ON v.id = s.village_id LEFT JOIN accounts_division t ON t.id = v.parent_id
 WHERE s.import_id = %(batch)s
 GROUP BY v.id, v.code, v.name, t.name ORDER BY v.code NULLS LAST;
