-- What is wrong with the rows of an import, each rule over all rows at once. `register.` marks rules that look at the
-- file as a whole or at the register; rules of single cells come from the reader. Messages say how to mend it and never
-- repeat a number of a person.
WITH s AS MATERIALIZED (
    SELECT * FROM households_stagedrow WHERE import_id = %(batch)s
), heads AS MATERIALIZED (
    SELECT DISTINCT ON (member_id_digest) member_id_digest AS digest, excel_row, name, village_id, contracted_mu,
           subsidised_mu
      FROM s WHERE member_id_digest = head_id_digest ORDER BY member_id_digest, excel_row
), wanted AS MATERIALIZED (
    SELECT member_id_digest AS digest FROM s WHERE member_id_digest IS NOT NULL
    UNION SELECT head_id_digest FROM s WHERE head_id_digest IS NOT NULL
), living AS MATERIALIZED (
    SELECT p.id_digest AS digest, p.name, h.code, t.id AS township_id, t.name AS township
      FROM wanted w JOIN households_person p ON p.id_digest = w.digest AND p.state <> 'moved'
      JOIN households_household h ON h.id = p.household_id
      JOIN accounts_division v ON v.id = h.village_id JOIN accounts_division t ON t.id = v.parent_id
), same_person AS (
    SELECT member_id_digest AS digest, (array_agg(excel_row ORDER BY excel_row))[1:5] AS rows
      FROM s WHERE member_id_digest IS NOT NULL GROUP BY member_id_digest HAVING count(*) > 1
), same_card AS (
    SELECT account_digest AS digest, (array_agg(excel_row ORDER BY excel_row))[1:5] AS rows
      FROM s WHERE account_digest IS NOT NULL
     GROUP BY account_digest HAVING count(DISTINCT coalesce(member_id_digest, excel_row::text::bytea)) > 1
), code_of_several AS (
    SELECT household_code AS code FROM s WHERE household_code IS NOT NULL
     GROUP BY household_code HAVING count(DISTINCT head_id_digest) > 1
), head_of_several AS (
    SELECT head_id_digest AS digest FROM s WHERE household_code IS NOT NULL
     GROUP BY head_id_digest HAVING count(DISTINCT household_code) > 1
), same_machine AS (
    SELECT upper(replace(machine_number, ' ', '')) AS mark, (array_agg(excel_row ORDER BY excel_row))[1:5] AS rows
      FROM s WHERE machine_number IS NOT NULL GROUP BY 1 HAVING count(*) > 1
), found (excel_row, title, rule, message) AS (
    SELECT excel_row, '必填项', 'register.required', '户主、成员、身份证号、村、关系等必填项不全，请补齐'
      FROM s WHERE row_errors = 0 AND num_nulls(head_name, head_id_digest, name, member_id_digest, village, relation) > 0
    UNION ALL
    SELECT excel_row, '村(居)委会', 'register.village',
           format('所选乡镇没有“%%s”，或有多个村都可以这样称呼。请写全称，或写“12位区划代码-名称”', left(village, 40))
      FROM s WHERE village IS NOT NULL AND village_id IS NULL
    UNION ALL
    SELECT excel_row, '与户主关系', 'register.relation', '与户主关系不在 34 项可选范围内，请从模板的列表中选择'
      FROM s WHERE relation IS NOT NULL AND relation <> ALL (%(relations)s)
    UNION ALL
    SELECT excel_row, '与户主关系', 'register.head_relation', '本行是户主本人，与户主关系应填“本人”'
      FROM s WHERE member_id_digest = head_id_digest AND relation NOT IN ('本人', '户主')
    UNION ALL
    SELECT excel_row, '与户主关系', 'register.head_relation',
           '与户主关系填的是“本人”，身份证号却与户主身份证号不同，请核对是哪一项填错'
      FROM s WHERE member_id_digest <> head_id_digest AND relation IN ('本人', '户主')
    UNION ALL
    SELECT s.excel_row, '户主身份证号', 'register.head_missing', CASE
               WHEN l.digest IS NULL THEN '文件和底册中都没有这位户主本人的一行。请补上户主一行，或核对户主身份证号'
               WHEN l.township_id = %(division)s THEN format('底册中这个身份证号不是户主（农户编码 %%s），请核对户主', l.code)
               ELSE format('这位户主已在「%%s」的底册中，成员请由该乡镇登记', l.township) END
      FROM s LEFT JOIN heads h ON h.digest = s.head_id_digest LEFT JOIN living l ON l.digest = s.head_id_digest
     WHERE s.head_id_digest IS NOT NULL AND h.digest IS NULL AND s.household_id IS NULL
    UNION ALL
    SELECT s.excel_row, '户主身份证号', 'register.head_elsewhere',
           format('这位户主已在「%%s」的底册中，成员请由该乡镇登记', t.name)
      FROM s JOIN households_household h ON h.id = s.household_id JOIN accounts_division v ON v.id = h.village_id
      JOIN accounts_division t ON t.id = v.parent_id
     WHERE %(division)s NOT IN (t.id, t.parent_id) AND s.member_id_digest IS DISTINCT FROM s.head_id_digest
    UNION ALL
    SELECT s.excel_row, '户主姓名', 'register.head_name', CASE
               WHEN h.excel_row = s.excel_row THEN '本行是户主本人，户主姓名与家庭成员姓名应相同'
               ELSE format('户主姓名与第 %%s 行户主本人的姓名不一致，请核对', h.excel_row) END
      FROM s JOIN heads h ON h.digest = s.head_id_digest WHERE s.head_name <> h.name
    UNION ALL
    SELECT s.excel_row, '户主姓名', 'register.head_name', '户主姓名与底册中的户主姓名不一致，请核对'
      FROM s JOIN living l ON l.digest = s.head_id_digest LEFT JOIN heads h ON h.digest = s.head_id_digest
     WHERE h.digest IS NULL AND s.head_name <> l.name AND l.township_id = %(division)s
    UNION ALL
    SELECT s.excel_row, '身份证号', 'register.known_person', CASE
               WHEN l.township_id = %(division)s THEN format('该身份证号已在本乡镇底册中（农户编码 %%s）。'
                   '导入只新增人员，不改已有人员：没有变化请删去本行，有变化请到该户页面办理', l.code)
               ELSE format('该身份证号已在「%%s」的底册中，一人只建一份档案。如已迁来，请由原乡镇先办理迁出', l.township) END
      FROM s JOIN living l ON l.digest = s.member_id_digest
    UNION ALL
    SELECT s.excel_row, '身份证号', 'register.same_person',
           format('同一身份证号出现在第 %%s 行，每人只能有一行', array_to_string(d.rows, '、'))
      FROM s JOIN same_person d ON d.digest = s.member_id_digest
    UNION ALL
    SELECT excel_row, '开户银行', 'register.card_without_bank', '填了银行账号，没有填开户银行，请补上'
      FROM s WHERE account_digest IS NOT NULL AND bank_name IS NULL
    UNION ALL
    SELECT excel_row, '银行账号', 'register.bank_without_card', '填了开户银行，没有填银行账号；没有账号请把开户银行也清空'
      FROM s WHERE bank_name IS NOT NULL AND account_digest IS NULL AND row_errors = 0
    UNION ALL
    SELECT s.excel_row, '银行账号', 'register.same_card',
           format('同一银行账号出现在第 %%s 行的不同人名下，一张卡只能属于一个人', array_to_string(d.rows, '、'))
      FROM s JOIN same_card d ON d.digest = s.account_digest
    UNION ALL
    SELECT s.excel_row, '银行账号', 'register.known_card', '该银行账号在底册中已登记为他人的“一卡通”账户，请对照银行卡核对'
      FROM s JOIN households_bankaccount a ON a.number_digest = s.account_digest AND a.in_use
      JOIN households_person p ON p.id = a.person_id AND p.id_digest IS DISTINCT FROM s.member_id_digest
    UNION ALL
    SELECT excel_row, '农户编码', 'register.code', '同一农户编码用在了不同户主名下，请核对；不填则由系统编号'
      FROM s JOIN code_of_several c ON c.code = s.household_code
    UNION ALL
    SELECT excel_row, '农户编码', 'register.code', '同一户主名下填了不同的农户编码，请统一；不填则由系统编号'
      FROM s JOIN head_of_several c ON c.digest = s.head_id_digest WHERE household_code IS NOT NULL
    UNION ALL
    SELECT s.excel_row, '农户编码', 'register.code', '该农户编码在底册中属于另一户，请核对；不填则由系统编号'
      FROM s JOIN households_household h ON h.code = s.household_code AND h.id IS DISTINCT FROM s.household_id
    UNION ALL
    SELECT s.excel_row, '农户编码', 'register.code', format('这位户主在底册中的农户编码是 %%s，请改正或清空', h.code)
      FROM s JOIN households_household h ON h.id = s.household_id JOIN accounts_division v ON v.id = h.village_id
     WHERE h.code <> s.household_code AND v.parent_id = %(division)s
    UNION ALL
    SELECT s.excel_row, '村(居)委会', 'register.one_village', format('与第 %%s 行户主所在的村不同，一户应在同一个村', h.excel_row)
      FROM s JOIN heads h ON h.digest = s.head_id_digest WHERE s.village_id <> h.village_id
    UNION ALL
    SELECT s.excel_row, '村(居)委会', 'register.one_village', '与底册中该户所在的村不同，请核对'
      FROM s JOIN households_household h ON h.id = s.household_id WHERE s.village_id <> h.village_id
    UNION ALL
    SELECT s.excel_row, '户主身份证号', 'register.cancelled', '该户在底册中已注销，不能再增加成员'
      FROM s JOIN households_household h ON h.id = s.household_id WHERE h.state <> 'living'
    UNION ALL
    SELECT s.excel_row, '承包面积', 'register.area', '同一户填了不同的面积。面积按户填在户主一行，其他行留空或填相同的数'
      FROM s JOIN heads h ON h.digest = s.head_id_digest
     WHERE s.contracted_mu <> coalesce(h.contracted_mu, -1) OR s.subsidised_mu <> coalesce(h.subsidised_mu, -1)
    UNION ALL
    SELECT s.excel_row, '承包面积', 'register.area', '与底册中该户的面积不同。导入不改已有农户，请留空，面积变化到该户页面办理'
      FROM s JOIN households_household h ON h.id = s.household_id
     WHERE s.contracted_mu <> coalesce(h.contracted_mu, -1) OR s.subsidised_mu <> coalesce(h.subsidised_mu, -1)
    UNION ALL
    SELECT excel_row, '承包面积', 'register.area_range', '面积应不小于 0、不超过 1 万万亩，请核对单位是否为亩'
      FROM s WHERE least(contracted_mu, subsidised_mu) < 0 OR greatest(contracted_mu, subsidised_mu) >= 100000000
    UNION ALL
    SELECT excel_row, '种植面积', 'register.means_row', '种植、草场、林地面积和牲畜、农机按户填在户主一行，其他成员的行请留空'
      FROM s WHERE member_id_digest <> head_id_digest
       AND num_nonnulls(planted_mu, grassland_mu, forest_mu, livestock, livestock_kind, machine_name, machine_number) > 0
    UNION ALL
    SELECT excel_row, '种植面积', 'register.means_range', '生产资料的面积和数量应不小于 0、不超过 1 亿，请核对单位'
      FROM s WHERE least(planted_mu, grassland_mu, forest_mu, livestock) < 0
        OR greatest(planted_mu, grassland_mu, forest_mu, livestock) >= 100000000
    UNION ALL
    SELECT excel_row, '牲畜数量', 'register.livestock', '填了牲畜种类，没有填数量，请补上'
      FROM s WHERE livestock_kind IS NOT NULL AND livestock IS NULL AND row_errors = 0
    UNION ALL
    SELECT s.excel_row, '农机编号', 'register.same_machine',
           format('同一农机编号出现在第 %%s 行，一台农机只能登记在一户', array_to_string(d.rows, '、'))
      FROM s JOIN same_machine d ON d.mark = upper(replace(s.machine_number, ' ', ''))
    UNION ALL
    SELECT s.excel_row, '农机编号', 'register.known_machine', '该农机编号在底册中已登记在另一户名下，请核对'
      FROM s JOIN households_means m ON m.kind = 'machine' AND m.mark = upper(replace(s.machine_number, ' ', ''))
)
INSERT INTO households_registerrowerror (batch_id, "row", "column", rule, message)
SELECT DISTINCT %(batch)s, excel_row, title, rule, left(message, 300) FROM found ORDER BY 2, 3;

UPDATE households_stagedrow s SET bad = true
 WHERE s.import_id = %(batch)s AND (s.row_errors > 0 OR s.excel_row IN (
       SELECT e."row" FROM households_registerrowerror e WHERE e.batch_id = %(batch)s));

-- Members wait for their head: where the head's row cannot be taken in, theirs cannot either.
WITH orphans AS (
    UPDATE households_stagedrow s SET bad = true
      FROM households_stagedrow h
     WHERE s.import_id = %(batch)s AND h.import_id = %(batch)s AND NOT s.bad AND s.household_id IS NULL
       AND h.bad AND h.member_id_digest = h.head_id_digest AND h.head_id_digest = s.head_id_digest
    RETURNING s.excel_row, h.excel_row AS head_row
)
INSERT INTO households_registerrowerror (batch_id, "row", "column", rule, message)
SELECT %(batch)s, excel_row, '户主身份证号', 'register.head_bad',
       format('第 %%s 行的户主有错误，不能先于户主入库。请先改正该行', min(head_row))
  FROM orphans GROUP BY excel_row;
