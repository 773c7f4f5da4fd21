-- What stood in the register before its history was kept: each row as it was entered.
INSERT INTO households_registerhistory
       (at, subject, subject_id, household_id, person_id, act, was, by_id, paper_type, paper_id)
SELECT * FROM (
    SELECT created_at AS at, 'household', id, id, NULL::bigint, 'add', NULL::jsonb, NULL::bigint, '', NULL::bigint
      FROM households_household
    UNION ALL
    SELECT created_at, 'person', id, household_id, id, 'add', NULL, NULL, '', NULL FROM households_person
    UNION ALL
    SELECT a.created_at, 'account', a.id, p.household_id, p.id, 'add', NULL, NULL, '', NULL
      FROM households_bankaccount a JOIN households_person p ON p.id = a.person_id) s
 ORDER BY at;
