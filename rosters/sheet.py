"""The columns of a roster's file, and the matching of its rows with the register, the standards and the amounts.

Every rule is one statement over all rows; what it finds becomes a row error with the row as Excel counts it.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from lib.sheets.model import DEFAULT_LIMITS
from lib.sheets.parse import Column
from rosters import lines, payees

COLUMNS = (
    Column("serial", "序号", "text", max_length=20),
    Column(
        "village",
        "村(居)委会",
        "text",
        synonyms=("村", "行政村", "村名", "嘎查村", "嘎查", "社区", "村(社区)"),
        max_length=60,
    ),
    Column("group_no", "村(居)民小组", "group", synonyms=("村民小组", "小组", "组", "组别"), max_length=30),
    Column(
        "name",
        "享受人姓名",
        "name",
        required=True,
        synonyms=("享受人", "姓名", "补贴对象", "补贴对象姓名"),
        max_length=50,
    ),
    Column(
        "id_number",
        "享受人身份证号",
        "id",
        required=True,
        synonyms=("身份证号", "身份证号码", "享受人身份证号码", "居民身份证号", "公民身份号码"),
        cipher=False,  # the register has it
    ),
    Column(
        "quantity",
        "数量",
        "decimal",
        required=True,
        synonyms=("补贴面积(亩)", "补贴面积", "面积", "种植面积", "月数", "份数", "台数", "人数", "补贴数量"),
        places=2,
    ),
    Column("tier", "档次", "text", synonyms=("补贴档次", "标准档次", "类别"), max_length=60),
    Column("unit", "补贴标准(元)", "money", synonyms=("补贴标准", "标准")),
    Column("amount", "补贴金额(元)", "money", synonyms=("补贴金额", "金额", "发放金额")),
    Column(
        "basis",
        "计发依据(地块/合同/机具编号)",
        "text",
        synonyms=("计发依据", "地块编号", "合同编号", "机具编号"),
        max_length=60,
    ),
    Column("remark", "备注", "text", synonyms=("说明",), max_length=200),
)

STAGED = (
    "excel_row",
    *(name for column in COLUMNS for name, _ in column.outputs()),
    "row_errors",
)
COPY = f"COPY rosters_stagedline ({', '.join(STAGED)}) FROM STDIN"

# A village as people write it: 某某村, 某某村民委员会, 某某嘎查委员会, or with its code before it.
_VILLAGE = (
    "regexp_replace(regexp_replace({0}, '^[0-9]{{6,12}}[-—_]', ''), "
    "'(村民委员会|居民委员会|嘎查委员会|村委会|居委会|委员会)$', '')"
)

# Which standard a row means follows from tier, price and age: asked once for each that occurs, not once a row.
_MATCH = """
WITH r AS MATERIALIZED (
    SELECT r.id, r.version_id, r.period_end, pol.unit
      FROM rosters_roster r JOIN subsidies_policy pol ON pol.id = r.policy_id WHERE r.id = %(roster)s
), g AS MATERIALIZED (
    SELECT t.excel_row, t.id_number_digest, t.quantity, coalesce(t.tier, '') AS tier,
           coalesce(t.unit_fen, -9e18::bigint) AS unit_fen,
           coalesce(extract(year FROM age(r.period_end, t.id_number_birth))::integer, -9999) AS age
      FROM rosters_stagedline t, r WHERE t.batch_id = %(batch)s
), s AS MATERIALIZED (
    SELECT k.tier, k.unit_fen, k.age, min(c.id) AS id, min(c.amount_fen) AS amount_fen
      FROM (SELECT DISTINCT tier, unit_fen, age FROM g) k, r, subsidies_standard c
     WHERE c.version_id = r.version_id
       AND (k.tier = '' OR k.tier IN (c.code, c.name))
       AND (k.unit_fen = -9e18::bigint OR c.amount_fen = k.unit_fen)
       AND (k.tier <> '' OR k.age = -9999 OR k.age BETWEEN coalesce(c.age_from, 0) AND coalesce(c.age_to, 999))
     GROUP BY k.tier, k.unit_fen, k.age HAVING count(*) = 1
)
UPDATE rosters_stagedline t
   SET person_id = b.id, holder = CASE r.unit WHEN 'household' THEN 'H' || b.household_id ELSE 'P' || b.id END,
       standard_id = s.id, line_fen = round(g.quantity * s.amount_fen)::bigint
  FROM r, g
  LEFT JOIN households_person b ON b.id_digest = g.id_number_digest AND b.state <> 'moved'
  LEFT JOIN s ON s.tier = g.tier AND s.unit_fen = g.unit_fen AND s.age = g.age
 WHERE t.batch_id = %(batch)s AND t.excel_row = g.excel_row"""

_ROWS = f"""
  FROM rosters_stagedline t
  JOIN {payees.ROSTER} r ON true
  JOIN subsidies_policy pol ON pol.id = r.policy_id
  LEFT JOIN households_person b ON b.id = t.person_id
  LEFT JOIN households_household h ON h.id = b.household_id
  LEFT JOIN accounts_division v ON v.id = h.village_id
  {payees.INSTEAD}
  LEFT JOIN households_bankaccount a ON a.person_id = {payees.PAYEE} AND a.in_use
"""


@dataclass(frozen=True)
class RowRule:
    """One rule over all rows. `message` is SQL that yields the sentence."""

    id: str
    column: str
    condition: str
    message: str


def _text(words: str) -> str:
    return "'" + words.replace("'", "''").replace("%", "%%") + "'"


_YUAN = "to_char({0} / 100.0, 'FM999999999990.00')"
_OURS = f"b.id IS NOT NULL AND {payees.STANDS} AND h.state = 'living'"

ROW_RULES: tuple[RowRule, ...] = (
    RowRule(
        "person.unknown",
        "享受人身份证号",
        "t.id_number_digest IS NOT NULL AND b.id IS NULL",
        _text("该身份证号不在补贴对象信息库，请先在底册建档，或核对号码"),
    ),
    RowRule(
        "person.township",
        "享受人身份证号",
        f"b.id IS NOT NULL AND (NOT {payees.STANDS} OR h.state <> 'living')",
        _text("该人员不在本乡镇的正常农户中，请核对，或由户籍所在地列入，或先办理跨区划引用"),
    ),
    RowRule(
        "person.name",
        "享受人姓名",
        f"{_OURS} AND t.name IS NOT NULL AND b.name <> t.name",
        _text("姓名与补贴对象信息库中该身份证号的姓名不一致，请核对"),
    ),
    RowRule(
        "person.village",
        "村(居)委会",
        # Most write it as the register does; only the others are looked at closely.
        f"{_OURS} AND CASE WHEN t.village = v.name THEN false"
        f" ELSE {_VILLAGE.format('t.village')} <> {_VILLAGE.format('v.name')} END",
        "'与底册登记的村不一致，底册为“' || v.name || '”'",
    ),
    RowRule(
        "payee.no_head",
        "享受人姓名",
        f"{_OURS} AND pol.unit = 'household' AND h.head_id IS NULL",
        _text("该户没有户主档案，按户发放的补贴不能改发给家庭成员，请先补建户主"),
    ),
    RowRule(
        "account.none",
        "享受人姓名",
        f"{_OURS} AND {payees.PAYEE} IS NOT NULL AND a.id IS NULL",
        "CASE pol.unit WHEN 'household' THEN '户主' ELSE '享受人' END || '没有用于发放的一卡通账户，请先在底册登记'",
    ),
    RowRule(
        "standard.unknown",
        "档次",
        "t.standard_id IS NULL AND t.tier IS NOT NULL",
        _text("档次不在本政策的标准中，或与填写的补贴标准不符，请核对"),
    ),
    RowRule(
        "standard.unclear",
        "档次",
        "t.standard_id IS NULL AND t.tier IS NULL AND t.unit_fen IS NULL",
        _text("不能确定适用哪一档标准（年龄不符，或本政策有多个档次），请填写档次"),
    ),
    RowRule(
        "standard.amount",
        "补贴标准(元)",
        "t.standard_id IS NULL AND t.tier IS NULL AND t.unit_fen IS NOT NULL",
        _text("补贴标准与本政策的标准不符，或年龄不符合该档次，请核对"),
    ),
    RowRule("quantity.zero", "数量", "t.quantity <= 0", _text("数量应大于零")),
    RowRule("quantity.range", "数量", "t.quantity >= 10000000000", _text("数量过大，请核对")),
    RowRule(
        "amount.differs",
        "补贴金额(元)",
        "t.amount_fen IS NOT NULL AND t.line_fen IS NOT NULL AND t.amount_fen <> t.line_fen",
        f"'金额应为' || {_YUAN.format('t.line_fen')} || '元（数量×标准），现为' || "
        f"{_YUAN.format('t.amount_fen')} || '元'",
    ),
    RowRule("amount.zero", "数量", "t.quantity > 0 AND t.line_fen = 0", _text("数量太小，算出的金额不足一分")),
)

# One look at every row for all rules; sentences are made only for rows that break one.
_BROKEN = f"""
INSERT INTO rosters_rosterrowerror (batch_id, "row", "column", rule, message)
SELECT t.batch_id, t.excel_row, e.title, e.rule, left(e.message, 300)
  {_ROWS}
 CROSS JOIN LATERAL (VALUES {{rules}}) e (title, rule, message)
 WHERE t.batch_id = %(batch)s AND ({{any}}) AND e.message IS NOT NULL
"""
_BROKEN = _BROKEN.replace("{any}", " OR ".join(f"({rule.condition})" for rule in ROW_RULES)).replace(
    "{rules}",
    ", ".join(
        f"({_text(rule.column)}, {_text(rule.id)}, CASE WHEN {rule.condition} THEN {rule.message} END)"
        for rule in ROW_RULES
    ),
)

_DOUBLE = """
INSERT INTO rosters_rosterrowerror (batch_id, "row", "column", rule, message)
SELECT %(batch)s, excel_row, '享受人身份证号', 'row.double',
       '与第' || first || '行是同一权益。确属不同地块、合同或机具的，请填写不同的计发依据'
  FROM (SELECT excel_row, first_value(excel_row) OVER (PARTITION BY holder, coalesce(basis, '') ORDER BY excel_row)
               AS first FROM rosters_stagedline WHERE batch_id = %(batch)s AND holder IS NOT NULL) q
 WHERE excel_row <> first"""

# From here on `row_errors` counts what the matching found as well: good is a row without any.
_MARK = """
UPDATE rosters_stagedline t SET row_errors = t.row_errors + e.found
  FROM (SELECT "row", count(*) AS found FROM rosters_rosterrowerror
         WHERE batch_id = %(batch)s AND rule = ANY(%(rules)s) GROUP BY "row") e
 WHERE t.excel_row = e."row" AND t.batch_id = %(batch)s"""

GOOD = """
SELECT t.person_id, t.standard_id, t.quantity, coalesce(t.basis, ''), coalesce(t.remark, ''), t.excel_row
  FROM rosters_stagedline t
 WHERE t.batch_id = %(batch)s AND t.row_errors = 0"""

_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE row_errors = 0),
       coalesce(sum(line_fen) FILTER (WHERE row_errors = 0), 0)::bigint
  FROM rosters_stagedline WHERE batch_id = %(batch)s"""

# A file as long as a sheet can be is one roster: a county's parcels, each with its line.
LIMITS = replace(
    DEFAULT_LIMITS,
    file_bytes=160 * 2**20,
    unpacked_bytes=2**30,
    rows=1_050_000,
    cpu_seconds=600,
    wall_seconds=900,
)


def match(*, batch: int, roster: int) -> tuple[int, int, int]:
    """Matches the staged rows and writes their errors; returns rows, good rows, and the good rows' amount in fen."""
    params: dict[str, Any] = {"batch": batch, "roster": roster}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rosters_stagedline WHERE batch_id = %(batch)s", params)
        lines.plan_for(cursor.fetchone()[0])
        cursor.execute(_MATCH, params)
        cursor.execute(_BROKEN, params)
        cursor.execute(_DOUBLE, params)
        cursor.execute(_MARK, {**params, "rules": [*(rule.id for rule in ROW_RULES), "row.double"]})
        cursor.execute(_COUNTS, params)
        rows, good, fen = cursor.fetchone()
    return rows, good, fen


def forget(batch: int) -> None:
    """Drops the staged rows of an import."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM rosters_stagedline WHERE batch_id = %s", [batch])
