-- Whom a row of an update means, what is wrong with it, and what it changes. One statement each over all rows.
-- name: resolve
UPDATE households_stagedupdate s SET person_id = p.id, household_id = p.household_id
  FROM households_person p
 WHERE s.import_id = %(batch)s AND p.state <> 'moved'
   AND CASE WHEN s.person_key IS NOT NULL THEN p.id = s.person_key ELSE p.id_digest = s.id_number_digest END;
-- name: forget_rows
DELETE FROM households_registerupdaterow WHERE batch_id = %(batch)s;
-- name: errors
WITH s AS MATERIALIZED (
    SELECT s.*, p.name AS p_name, p.id_digest AS p_digest, p.state AS p_state, h.head_id, h.state AS h_state,
           v.parent_id AS township_id, a.id AS account_id, a.number_digest AS a_digest, a.state AS a_state,
           a.account_class AS a_class
      FROM households_stagedupdate s
      LEFT JOIN households_person p ON p.id = s.person_id
      LEFT JOIN households_household h ON h.id = p.household_id
      LEFT JOIN accounts_division v ON v.id = h.village_id
      LEFT JOIN households_bankaccount a ON a.person_id = p.id AND a.in_use
     WHERE s.import_id = %(batch)s
), ours AS (SELECT * FROM s WHERE person_id IS NOT NULL AND township_id = %(township)s),
found AS (
    SELECT excel_row, '人员编号' AS title, 'update.whom' AS rule, '请填写人员编号（在下载的更新表里）或完整的身份证号' AS message
      FROM s WHERE person_key IS NULL AND id_number_digest IS NULL AND row_errors = 0
    UNION ALL
    SELECT excel_row, '人员编号', 'update.unknown', '底册里没有这个人员，请核对编号或身份证号；新增人员请用“从 Excel 导入”'
      FROM s WHERE person_id IS NULL AND (person_key IS NOT NULL OR id_number_digest IS NOT NULL)
    UNION ALL
    -- Who is in another township is not told apart from nobody.
    SELECT excel_row, '人员编号', 'update.unknown', '底册里没有这个人员，请核对编号或身份证号；新增人员请用“从 Excel 导入”'
      FROM s WHERE person_id IS NOT NULL AND township_id <> %(township)s
    UNION ALL
    SELECT excel_row, '姓名', 'update.name', '姓名与底册中这个人员的姓名不一致，请核对是否错行；更正姓名请逐人申请'
      FROM ours WHERE name <> p_name
    UNION ALL
    SELECT excel_row, '身份证号', 'update.id', '身份证号与人员编号不是同一个人，请核对是否错行'
      FROM ours WHERE person_key IS NOT NULL AND id_number_digest <> p_digest
    UNION ALL
    SELECT excel_row, '姓名', 'update.state', '该人员已登记死亡，或所在农户已注销，不能更新'
      FROM ours WHERE p_state = 'dead' OR h_state <> 'living'
    UNION ALL
    SELECT o.excel_row, '人员编号', 'update.same', format('与第 %%s 行是同一个人，每人只能有一行', d.first)
      FROM ours o JOIN (SELECT person_id, min(excel_row) AS first FROM ours GROUP BY person_id HAVING count(*) > 1) d
        ON d.person_id = o.person_id WHERE o.excel_row <> d.first
    UNION ALL
    SELECT excel_row, '新住址', 'update.head_row', '住址、小组和面积按户填在户主一行，其他成员的行请留空'
      FROM ours WHERE num_nonnulls(address, villagers_group, contracted_mu, subsidised_mu) > 0
       AND (head_id IS NOT NULL AND person_id <> head_id
            -- Without a record of the head one row speaks for the household.
            OR head_id IS NULL AND EXISTS (
               SELECT FROM ours o WHERE o.household_id = ours.household_id AND o.excel_row < ours.excel_row
                  AND num_nonnulls(o.address, o.villagers_group, o.contracted_mu, o.subsidised_mu) > 0))
    UNION ALL
    SELECT excel_row, '新承包面积', 'update.area', '面积应不小于 0、不超过 1 亿亩，请核对单位是否为亩'
      FROM ours WHERE least(contracted_mu, subsidised_mu) < 0 OR greatest(contracted_mu, subsidised_mu) >= 100000000
    UNION ALL
    SELECT o.excel_row, '新承包面积', 'update.plots', '小于底册登记的各地块合计，请先申请变更地块'
      FROM ours o WHERE o.contracted_mu < (SELECT coalesce(sum(m.quantity), 0) FROM households_means m
                                            WHERE m.household_id = o.household_id AND m.kind = 'contracted')
    UNION ALL
    SELECT excel_row, '新开户银行', 'update.card', '新开户银行和新银行账号要一起填'
      FROM ours WHERE (bank_name IS NULL) <> (account_digest IS NULL) AND row_errors = 0
    UNION ALL
    SELECT excel_row, '新银行账号', 'update.card_works',
           '底册登记的现有账户正常可用，更换须逐人办理“账户变更”（书面说明，按规定审批）'
      FROM ours WHERE account_digest IS NOT NULL AND account_id IS NOT NULL AND account_digest <> a_digest
       AND a_state = 'normal' AND a_class = 'I'
    UNION ALL
    SELECT o.excel_row, '新银行账号', 'update.card_asked', '该人员已有一笔账户变更正在办理，请先等审核结果'
      FROM ours o WHERE account_digest IS NOT NULL AND EXISTS (
           SELECT FROM households_accountchange c WHERE c.person_id = o.person_id AND c.state IN %(open)s)
    UNION ALL
    SELECT o.excel_row, '新银行账号', 'update.known_card', '该银行账号在底册中已登记为他人的“一卡通”账户，请对照银行卡核对'
      FROM ours o JOIN households_bankaccount b ON b.number_digest = o.account_digest AND b.in_use
     WHERE b.person_id <> o.person_id
    UNION ALL
    SELECT o.excel_row, '新银行账号', 'update.same_card', '同一银行账号出现在不同人名下，一张卡只能属于一个人'
      FROM ours o JOIN (SELECT account_digest FROM ours WHERE account_digest IS NOT NULL GROUP BY account_digest
                        HAVING count(*) > 1) d ON d.account_digest = o.account_digest
    UNION ALL
    SELECT excel_row, '新银行账号', 'update.transit', '款项正在发放途中，等代发数据送达银行或清册退回后再变更账户'
      FROM ours WHERE account_digest IS NOT NULL AND person_id = ANY(%(held)s::bigint[])
    UNION ALL
    SELECT excel_row, '新银行账号', 'update.owed', '有发放失败、等待处理的款项，换账户请逐人办理“账户变更”，补发时才会用新账户'
      FROM ours WHERE account_digest IS NOT NULL AND person_id = ANY(%(owed)s::bigint[])
)
INSERT INTO households_registerrowerror (batch_id, "row", "column", rule, message)
SELECT DISTINCT %(batch)s, excel_row, title, rule, left(message, 300) FROM found ORDER BY 2, 3;
-- name: rows
INSERT INTO households_registerupdaterow
       (batch_id, "row", person_id, household_id, phone_cipher, phone_digest, was_phone_cipher, was_phone_digest,
        address, was_address, "group", was_group, contracted_mu, was_contracted_mu, subsidised_mu, was_subsidised_mu,
        bank_name, account_cipher, account_digest, account_tail, was_account_id)
SELECT * FROM (
    SELECT %(batch)s, s.excel_row, p.id, h.id,
           CASE WHEN s.phone_digest IS DISTINCT FROM p.phone_digest THEN s.phone_cipher END,
           CASE WHEN s.phone_digest IS DISTINCT FROM p.phone_digest THEN s.phone_digest END AS new_phone,
           p.phone_cipher, p.phone_digest,
           nullif(s.address, h.address) AS new_address, h.address,
           nullif(s.villagers_group, h."group") AS new_group, h."group",
           nullif(s.contracted_mu, h.contracted_mu) AS new_contracted, h.contracted_mu,
           nullif(s.subsidised_mu, h.subsidised_mu) AS new_subsidised, h.subsidised_mu,
           CASE WHEN c.changes THEN s.bank_name END,
           CASE WHEN c.changes THEN s.account_cipher END,
           CASE WHEN c.changes THEN s.account_digest END AS new_card,
           CASE WHEN c.changes THEN s.account_tail END, a.id
      FROM households_stagedupdate s
      JOIN households_person p ON p.id = s.person_id
      JOIN households_household h ON h.id = p.household_id
      LEFT JOIN households_bankaccount a ON a.person_id = p.id AND a.in_use
     CROSS JOIN LATERAL (SELECT s.account_digest IS NOT NULL AND (a.id IS NULL OR a.number_digest <> s.account_digest
                                OR a.bank_name <> s.bank_name) AS changes) c
     WHERE s.import_id = %(batch)s AND s.row_errors = 0
       AND NOT EXISTS (SELECT FROM households_registerrowerror e
                        WHERE e.batch_id = %(batch)s AND e."row" = s.excel_row)) r
 WHERE num_nonnulls(r.new_phone, r.new_address, r.new_group, r.new_contracted, r.new_subsidised, r.new_card) > 0;
-- name: counts
SELECT (SELECT count(*) FROM households_stagedupdate WHERE import_id = %(batch)s) AS rows,
       (SELECT count(DISTINCT x."row") FROM (
            SELECT "row" FROM households_registerrowerror WHERE batch_id = %(batch)s
            UNION SELECT excel_row FROM households_stagedupdate WHERE import_id = %(batch)s AND row_errors > 0) x)
           AS bad_rows,
       count(*) AS changed, count(DISTINCT household_id) AS households, count(phone_digest) AS phone,
       count(address) AS address, count("group") AS "group", count(contracted_mu) AS contracted_mu,
       count(subsidised_mu) AS subsidised_mu, count(account_digest) AS account
  FROM households_registerupdaterow WHERE batch_id = %(batch)s;
