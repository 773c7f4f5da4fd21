-- What is wrong with the rows of a bank's list of cards: Excel row, column, message. No message repeats a number.
WITH s AS MATERIALIZED (
    SELECT * FROM households_stagedcard WHERE list_id = %(list)s
), known AS MATERIALIZED (
    SELECT s.excel_row, s.name AS told, p.id, p.name, p.state, t.id AS township_id, t.name AS township
      FROM s JOIN households_person p ON p.id_digest = s.id_digest AND p.state <> 'moved'
      JOIN households_household h ON h.id = p.household_id
      JOIN accounts_division v ON v.id = h.village_id JOIN accounts_division t ON t.id = v.parent_id
), doubles AS (
    SELECT number_digest, (array_agg(excel_row ORDER BY excel_row))[1:5] AS rows
      FROM s WHERE number_digest IS NOT NULL GROUP BY number_digest HAVING count(*) > 1
)
SELECT s.excel_row, '身份证号', '本乡镇底册中没有这个身份证号。请核对，或先登记人员'
  FROM s LEFT JOIN known k USING (excel_row) WHERE s.id_digest IS NOT NULL AND k.id IS NULL
UNION ALL
SELECT excel_row, '身份证号', format('此人在「%%s」的底册中，请由该乡镇登记', township)
  FROM known WHERE township_id <> %(township)s
UNION ALL
SELECT excel_row, '姓名', '姓名与底册中这个身份证号的姓名不同，请核对'
  FROM known WHERE township_id = %(township)s AND told <> name
UNION ALL
SELECT excel_row, '身份证号', '此人已登记死亡，请把卡折退回银行' FROM known WHERE state = 'dead'
UNION ALL
SELECT s.excel_row, '卡号', format('同一卡号出现在第 %%s 行', array_to_string(d.rows, '、'))
  FROM s JOIN doubles d USING (number_digest)
UNION ALL
SELECT s.excel_row, '卡号', '这张卡折已经登记过送达'
  FROM s JOIN households_deliveredcard c ON c.number_digest = s.number_digest AND c.state <> 'returned'
UNION ALL
SELECT DISTINCT s.excel_row, '卡号', '该卡号在底册中是他人的账户，请对照卡折核对'
  FROM s JOIN households_bankaccount a ON a.number_digest = s.number_digest AND a.in_use
  JOIN households_person p ON p.id = a.person_id WHERE p.id_digest <> s.id_digest
UNION ALL
SELECT excel_row, '类别', '类别应为：银行卡、社保卡、存折 之一'
  FROM s WHERE kind IS NOT NULL AND kind <> ALL (%(words)s::text[])
 ORDER BY 1, 2
