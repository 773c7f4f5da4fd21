-- What is wrong with the rows of a file of answers, each rule over all rows at once. No message repeats a number.
WITH s AS MATERIALIZED (
    SELECT a.*, o.outcome AS known
      FROM households_stagedanswer a
      LEFT JOIN unnest(%(spelt)s::text[], %(outcomes)s::text[]) AS o (spelt, outcome) ON o.spelt = a.outcome
     WHERE a.answers_id = %(answers)s
), asked AS MATERIALIZED (
    SELECT s.excel_row, s.name AS told_name, s.known, s.died_on AS told_died_on, s.id_birth, c.id, c.name, c.outcome,
           c.died_on
      FROM s JOIN households_identitycheck c ON c.run_id = %(run)s AND c.id_digest = s.id_digest
), doubles AS (
    SELECT id_digest, (array_agg(excel_row ORDER BY excel_row))[1:5] AS rows
      FROM s WHERE id_digest IS NOT NULL GROUP BY id_digest HAVING count(*) > 1
), elsewhere AS (
    SELECT s.excel_row, max(c.run_id) AS run_id
      FROM s JOIN households_identitycheck c ON c.id_digest = s.id_digest AND c.run_id <> %(run)s GROUP BY s.excel_row
), found (excel_row, title, rule, message) AS (
    SELECT s.excel_row, '公民身份号码', 'identity.foreign', CASE
               WHEN e.run_id IS NOT NULL THEN format('此人不在本批名单中，在第 %%s 批中。请把本行导入所属的批次', e.run_id)
               ELSE '此人不在本批名单中。请核对是否选错了批次，或删除本行' END
      FROM s LEFT JOIN asked a USING (excel_row) LEFT JOIN elsewhere e USING (excel_row)
     WHERE s.id_digest IS NOT NULL AND a.id IS NULL
    UNION ALL
    SELECT s.excel_row, '公民身份号码', 'identity.double',
           format('同一身份证号出现在第 %%s 行，每人只能有一行结果', array_to_string(d.rows, '、'))
      FROM s JOIN doubles d USING (id_digest)
    UNION ALL
    SELECT excel_row, '姓名', 'identity.name', '姓名与名单中这个身份证号的姓名不同，请按下载的名单核对本行'
      FROM asked WHERE told_name <> name
    UNION ALL
    SELECT excel_row, '核查结果', 'identity.outcome',
           '核查结果应为：一致、不一致、查无此人、死亡、注销 之一'
      FROM s WHERE outcome IS NOT NULL AND known IS NULL
    UNION ALL
    SELECT excel_row, '核查结果', 'identity.incomplete', '姓名、公民身份号码、核查结果不全，请补齐'
      FROM s WHERE row_errors = 0 AND num_nulls(name, id_digest, outcome) > 0
    UNION ALL
    SELECT excel_row, '不一致项', 'identity.items', '只有核查结果为“不一致”的才填不一致项，请核对'
      FROM s WHERE items IS NOT NULL AND known <> 'mismatch'
    UNION ALL
    SELECT excel_row, '不一致项', 'identity.items', '不一致项应为：姓名、身份证号、性别、出生日期，多项用顿号隔开'
      FROM s WHERE known = 'mismatch' AND EXISTS (
           SELECT FROM regexp_split_to_table(s.items, '[、,，;；/ ]+') part WHERE part <> ALL (%(item_words)s))
    UNION ALL
    SELECT excel_row, '死亡日期', 'identity.died_on', '只有核查结果为“死亡”“注销”的才填死亡日期，请核对'
      FROM s WHERE died_on IS NOT NULL AND known NOT IN ('dead', 'cancelled')
    UNION ALL
    SELECT excel_row, '死亡日期', 'identity.died_on', '死亡日期早于出生日期或晚于今天，请核对'
      FROM s WHERE died_on < id_birth OR died_on > %(today)s
    UNION ALL
    SELECT excel_row, '核查结果', 'identity.answered',
           '本批中此人已有另一结果，核查结果入库后不改写。公安机关更正结果的，请发起“再次核查”'
      FROM asked WHERE outcome <> '' AND (outcome <> known OR died_on IS DISTINCT FROM told_died_on)
)
INSERT INTO households_identityrowerror (answers_id, "row", "column", rule, message)
SELECT DISTINCT %(answers)s::bigint, excel_row, title, rule, left(message, 300) FROM found ORDER BY 2, 3;
