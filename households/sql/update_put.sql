-- An update that was agreed to, into the register, set by set. Households and people are locked in their order first.
-- name: lock_households
SELECT id FROM households_household
 WHERE id IN (SELECT household_id FROM households_registerupdaterow WHERE batch_id = %(batch)s)
 ORDER BY id FOR NO KEY UPDATE;
-- name: lock_people
SELECT id FROM households_person
 WHERE id IN (SELECT person_id FROM households_registerupdaterow WHERE batch_id = %(batch)s)
 ORDER BY id FOR NO KEY UPDATE;
-- name: stale
SELECT u."row", p.name
  FROM households_registerupdaterow u
  JOIN households_person p ON p.id = u.person_id
  JOIN households_household h ON h.id = u.household_id
  LEFT JOIN households_bankaccount a ON a.person_id = p.id AND a.in_use
 WHERE u.batch_id = %(batch)s AND (
       p.household_id <> u.household_id OR p.state IN ('dead', 'moved') OR h.state <> 'living'
    OR u.phone_digest IS NOT NULL AND p.phone_digest IS DISTINCT FROM u.was_phone_digest
    OR u.address IS NOT NULL AND h.address <> u.was_address OR u."group" IS NOT NULL AND h."group" <> u.was_group
    OR u.contracted_mu IS NOT NULL AND h.contracted_mu IS DISTINCT FROM u.was_contracted_mu
    OR u.subsidised_mu IS NOT NULL AND h.subsidised_mu IS DISTINCT FROM u.was_subsidised_mu
    OR num_nonnulls(u.address, u."group", u.contracted_mu, u.subsidised_mu) > 0
       AND h.head_id IS NOT NULL AND h.head_id <> p.id
    OR u.contracted_mu < (SELECT coalesce(sum(m.quantity), 0) FROM households_means m
                           WHERE m.household_id = h.id AND m.kind = 'contracted')
    OR u.account_digest IS NOT NULL AND (
       a.id IS DISTINCT FROM u.was_account_id
       OR a.state = 'normal' AND a.account_class = 'I' AND a.number_digest <> u.account_digest
       OR EXISTS (SELECT FROM households_accountchange c WHERE c.person_id = p.id AND c.state IN %(open)s)
       OR EXISTS (SELECT FROM households_bankaccount o
                   WHERE o.number_digest = u.account_digest AND o.in_use AND o.person_id <> p.id)))
 ORDER BY u."row" LIMIT 21;
-- name: phones
UPDATE households_person p SET phone_cipher = u.phone_cipher, phone_digest = u.phone_digest
  FROM households_registerupdaterow u WHERE u.batch_id = %(batch)s AND u.phone_digest IS NOT NULL AND p.id = u.person_id;
-- name: homes
UPDATE households_household h
   SET address = coalesce(u.address, h.address), "group" = coalesce(u."group", h."group"),
       contracted_mu = coalesce(u.contracted_mu, h.contracted_mu),
       subsidised_mu = coalesce(u.subsidised_mu, h.subsidised_mu)
  FROM households_registerupdaterow u
 WHERE u.batch_id = %(batch)s AND h.id = u.household_id
   AND num_nonnulls(u.address, u."group", u.contracted_mu, u.subsidised_mu) > 0;
-- name: banks
UPDATE households_bankaccount a SET bank_name = u.bank_name
  FROM households_registerupdaterow u
 WHERE u.batch_id = %(batch)s AND a.id = u.was_account_id AND a.number_digest = u.account_digest;
-- name: cards_out
UPDATE households_bankaccount a SET in_use = false
  FROM households_registerupdaterow u
 WHERE u.batch_id = %(batch)s AND a.id = u.was_account_id AND u.account_digest <> a.number_digest;
-- name: cards_in
INSERT INTO households_bankaccount
       (person_id, bank_name, number_cipher, number_digest, tail, account_class, state, social_card, in_use, created_at)
SELECT u.person_id, u.bank_name, u.account_cipher, u.account_digest, u.account_tail, 'I', 'normal', true, true, %(now)s
  FROM households_registerupdaterow u
 WHERE u.batch_id = %(batch)s AND u.account_digest IS NOT NULL AND NOT EXISTS (
       SELECT FROM households_bankaccount a WHERE a.person_id = u.person_id AND a.in_use)
 ORDER BY u."row";
