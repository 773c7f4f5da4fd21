-- Good rows of an import into the register, set by set. Statements are named: households, people, accounts are counted.
-- name: lock
SELECT id FROM accounts_division
 WHERE id IN (SELECT village_id FROM households_stagedrow WHERE import_id = %(batch)s AND NOT bad)
 ORDER BY id FOR NO KEY UPDATE;
-- name: lock_households
SELECT id FROM households_household
 WHERE id IN (SELECT household_id FROM households_stagedrow WHERE import_id = %(batch)s AND NOT bad)
 ORDER BY id FOR NO KEY UPDATE;
-- name: number
WITH taken AS (
    SELECT left(code, 12) AS village, max(substr(code, 13)::integer) AS serial FROM (
        SELECT code FROM households_household WHERE village_id IN (
            SELECT village_id FROM households_stagedrow WHERE import_id = %(batch)s AND NOT bad)
        UNION ALL SELECT household_code FROM households_stagedrow WHERE import_id = %(batch)s) c
     WHERE code ~ '^[0-9]{17}$' GROUP BY 1
), fresh AS (
    SELECT s.excel_row, v.code AS village, row_number() OVER (PARTITION BY v.id ORDER BY s.excel_row) AS number
      FROM households_stagedrow s JOIN accounts_division v ON v.id = s.village_id
     WHERE s.import_id = %(batch)s AND NOT s.bad AND s.household_id IS NULL AND s.household_code IS NULL
       AND s.member_id_digest = s.head_id_digest
)
UPDATE households_stagedrow s
   SET household_code = f.village || lpad((coalesce(t.serial, 0) + f.number)::text, 5, '0')
  FROM fresh f LEFT JOIN taken t ON t.village = f.village
 WHERE s.import_id = %(batch)s AND s.excel_row = f.excel_row;
-- name: households
WITH made AS (
    INSERT INTO households_household
           (code, village_id, "group", address, contracted_mu, subsidised_mu, state, created_at)
    SELECT household_code, village_id, coalesce(villagers_group, ''), coalesce(address, ''), contracted_mu,
           subsidised_mu, 'living', %(now)s
      FROM households_stagedrow
     WHERE import_id = %(batch)s AND NOT bad AND household_id IS NULL AND member_id_digest = head_id_digest
     ORDER BY excel_row
    RETURNING id, code
)
UPDATE households_stagedrow s SET household_id = m.id
  FROM households_stagedrow h JOIN made m ON m.code = h.household_code
 WHERE s.import_id = %(batch)s AND h.import_id = %(batch)s AND NOT s.bad AND NOT h.bad
   AND h.member_id_digest = h.head_id_digest AND h.head_id_digest = s.head_id_digest;
-- name: people
INSERT INTO households_person
       (household_id, name, id_cipher, id_digest, birth_date, sex, relation, phone_cipher, phone_digest, state,
        verified_source, created_at)
SELECT household_id, name, member_id_cipher, member_id_digest, member_id_birth, member_id_sex,
       CASE relation WHEN '户主' THEN '本人' ELSE relation END, phone_cipher, phone_digest, 'alive', '', %(now)s
  FROM households_stagedrow WHERE import_id = %(batch)s AND NOT bad ORDER BY excel_row;
-- name: heads
UPDATE households_household h SET head_id = p.id
  FROM households_stagedrow s JOIN households_person p ON p.id_digest = s.member_id_digest AND p.state <> 'moved'
 WHERE s.import_id = %(batch)s AND NOT s.bad AND s.member_id_digest = s.head_id_digest AND h.id = s.household_id;
-- name: accounts
INSERT INTO households_bankaccount
       (person_id, bank_name, number_cipher, number_digest, tail, account_class, state, social_card, in_use, created_at)
SELECT p.id, s.bank_name, s.account_cipher, s.account_digest, s.account_tail, 'I', 'normal', true, true, %(now)s
  FROM households_stagedrow s JOIN households_person p ON p.id_digest = s.member_id_digest AND p.state <> 'moved'
 WHERE s.import_id = %(batch)s AND NOT s.bad AND s.account_digest IS NOT NULL ORDER BY s.excel_row;
-- name: means
INSERT INTO households_means (household_id, kind, name, quantity, unit, mark, created_at)
SELECT s.household_id, m.kind, coalesce(m.name, ''), m.quantity, m.unit, coalesce(m.mark, ''), %(now)s
  FROM households_stagedrow s
 CROSS JOIN LATERAL (VALUES
       ('planted', '', s.planted_mu, '亩', ''), ('grassland', '', s.grassland_mu, '亩', ''),
       ('forest', '', s.forest_mu, '亩', ''),
       ('livestock', s.livestock_kind, s.livestock, CASE
           WHEN s.livestock_kind ~ '羊' THEN '只' WHEN s.livestock_kind ~ '马|驴|骡' THEN '匹'
           WHEN s.livestock_kind ~ '鸡|鸭|鹅|禽' THEN '羽' ELSE '头' END, ''),
       ('machine', s.machine_name, CASE WHEN num_nonnulls(s.machine_name, s.machine_number) > 0 THEN 1 END, '台',
        upper(replace(s.machine_number, ' ', '')))) AS m (kind, name, quantity, unit, mark)
 WHERE s.import_id = %(batch)s AND NOT s.bad AND s.member_id_digest = s.head_id_digest AND m.quantity > 0
 ORDER BY s.excel_row;
-- name: sweep
DELETE FROM households_stagedrow WHERE import_id = %(batch)s;
