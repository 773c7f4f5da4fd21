"""The matching of a file's rows with the register, the standards, the template and the amounts.

Every rule is one condition over all rows; what it finds becomes a row error with the row as Excel counts it. The
columns are those of the roster's shape (`rosters.shapes`), for its template has names, formulas and numbers of its own.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from lib.sheets.model import DEFAULT_LIMITS
from rosters import lines, payees, sharing
from rosters.models import Roster
from rosters.shapes import COLUMNS, PREFIX, Shape, columns_for, of
from rosters.staging import LAST, Part
from subsidies.columns import Extra

__all__ = ["COLUMNS", "LIMITS", "columns_for", "conclude", "good", "match"]

# A village as people write it: 某某村, 某某村民委员会, 某某嘎查委员会, or with its code before it.
_VILLAGE = (
    "regexp_replace(regexp_replace({0}, '^[0-9]{{6,12}}[-—_]', ''), "
    "'(村民委员会|居民委员会|嘎查委员会|村委会|居委会|委员会)$', '')"
)

# The rows that are matched together.
_PART = "t.excel_row BETWEEN %(first)s AND %(last)s"

# Which standard a row means follows from tier, price and age: asked once for each that occurs, not once a row. What
# follows from other columns is written where nothing was typed, for whoever shows or takes in the rows.
_MATCH = f"""
WITH g AS MATERIALIZED (
    SELECT t.excel_row, t.id_number_digest, {{quantity}} AS quantity, coalesce(t.tier, '') AS tier,
           coalesce(t.unit_fen, -9e18::bigint) AS unit_fen,
           coalesce(extract(year FROM age(r.period_end, t.id_number_birth))::integer, -9999) AS age
      FROM rosters_stagedline t, {payees.ROSTER} r WHERE t.batch_id = %(batch)s AND {_PART}
), s AS MATERIALIZED (
    SELECT k.tier, k.unit_fen, k.age, min(c.id) AS id, min(c.amount_fen) AS amount_fen
      FROM (SELECT DISTINCT tier, unit_fen, age FROM g) k, subsidies_standard c
     WHERE c.version_id = %(r_version)s
       AND (k.tier = '' OR k.tier IN (c.code, c.name, normalize(c.name, NFKC)))
       AND (k.unit_fen = -9e18::bigint OR c.amount_fen = k.unit_fen)
       AND (k.tier <> '' OR k.age = -9999 OR k.age BETWEEN coalesce(c.age_from, 0) AND coalesce(c.age_to, 999))
     GROUP BY k.tier, k.unit_fen, k.age HAVING count(*) = 1
), found AS (
    UPDATE rosters_stagedline t
       SET person_id = b.id, village_id = h.village_id,
           holder = CASE pol.unit WHEN 'household' THEN 'H' || b.household_id ELSE 'P' || b.id END,
           standard_id = s.id, line_fen = round(g.quantity * s.amount_fen)::bigint,
           quantity = coalesce(t.quantity, g.quantity)
      FROM {payees.POLICY} pol, g
      LEFT JOIN households_person b ON b.id_digest = g.id_number_digest AND b.state <> 'moved'
      LEFT JOIN households_household h ON h.id = b.household_id
      LEFT JOIN s ON s.tier = g.tier AND s.unit_fen = g.unit_fen AND s.age = g.age
     WHERE t.batch_id = %(batch)s AND {_PART} AND t.excel_row = g.excel_row
    RETURNING t.*, b.name AS person_name, h.id AS household_id, h.state AS household_state, h.head_id
)"""  # noqa: S608

# One look at every row for all rules; sentences are made only for rows that break one.
_BROKEN = f"""
INSERT INTO rosters_rosterrowerror (batch_id, "row", "column", rule, message)
SELECT t.batch_id, t.excel_row, e.title, e.rule, left(e.message, 300)
  FROM found t
  JOIN {payees.ROSTER} r ON true
  JOIN {payees.POLICY} pol ON true
 CROSS JOIN LATERAL (SELECT t.person_id AS id, t.person_name AS name) b
 CROSS JOIN LATERAL (SELECT t.household_id AS id, t.household_state AS state, t.head_id) h
  LEFT JOIN accounts_division v ON v.id = t.village_id
  {payees.INSTEAD}
  LEFT JOIN households_bankaccount a ON a.person_id = {payees.PAYEE} AND a.in_use
 CROSS JOIN LATERAL (VALUES {{rules}}) e (title, rule, message)
 WHERE ({{any}}) AND e.message IS NOT NULL
"""  # noqa: S608


@dataclass(frozen=True)
class RowRule:
    """One rule over all rows. `column` is the key of the column at fault, `message` SQL that yields the sentence."""

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
        "id_number",
        "t.id_number_digest IS NOT NULL AND b.id IS NULL",
        _text("该身份证号不在补贴对象信息库，请先在底册建档，或核对号码"),
    ),
    RowRule(
        "person.township",
        "id_number",
        f"b.id IS NOT NULL AND (NOT {payees.STANDS} OR h.state <> 'living')",
        _text("该人员不在本乡镇的正常农户中，请核对，或由户籍所在地列入，或先办理跨区划引用"),
    ),
    RowRule(
        "person.name",
        "name",
        f"{_OURS} AND t.name IS NOT NULL AND b.name <> t.name",
        _text("姓名与补贴对象信息库中该身份证号的姓名不一致，请核对"),
    ),
    RowRule(
        "person.village",
        "village",
        # Most write it as the register does; only the others are looked at closely.
        f"{_OURS} AND CASE WHEN t.village = v.name THEN false"
        f" ELSE {_VILLAGE.format('t.village')} <> {_VILLAGE.format('v.name')} END",
        "'与底册登记的村不一致，底册为“' || v.name || '”'",
    ),
    RowRule(
        "payee.no_head",
        "name",
        f"{_OURS} AND pol.unit = 'household' AND h.head_id IS NULL",
        _text("该户没有户主档案，按户发放的补贴不能改发给家庭成员，请先补建户主"),
    ),
    RowRule(
        "account.none",
        "name",
        f"{_OURS} AND {payees.PAYEE} IS NOT NULL AND a.id IS NULL",
        "CASE pol.unit WHEN 'household' THEN '户主' ELSE '享受人' END || '没有用于发放的一卡通账户，请先在底册登记'",
    ),
    RowRule(
        "standard.unknown",
        "tier",
        "t.standard_id IS NULL AND t.tier IS NOT NULL",
        _text("档次不在本政策的标准中，或与填写的补贴标准不符，请核对"),
    ),
    RowRule(
        "standard.unclear",
        "tier",
        "t.standard_id IS NULL AND t.tier IS NULL AND t.unit_fen IS NULL",
        _text("不能确定适用哪一档标准（年龄不符，或本政策有多个档次），请填写档次"),
    ),
    RowRule(
        "standard.amount",
        "unit",
        "t.standard_id IS NULL AND t.tier IS NULL AND t.unit_fen IS NOT NULL",
        _text("补贴标准与本政策的标准不符，或年龄不符合该档次，请核对"),
    ),
    RowRule("quantity.zero", "quantity", "{quantity} <= 0", _text("数量应大于零")),
    RowRule("quantity.range", "quantity", "{quantity} >= 10000000000", _text("数量过大，请核对")),
    RowRule(
        "amount.differs",
        "amount",
        "t.amount_fen IS NOT NULL AND t.line_fen IS NOT NULL AND t.amount_fen <> t.line_fen AND NOT ({share})",
        f"'金额应为' || {_YUAN.format('t.line_fen')} || '元（数量×标准），现为' || "
        f"{_YUAN.format('t.amount_fen')} || '元'",
    ),
    RowRule("amount.zero", "quantity", "{quantity} > 0 AND t.line_fen = 0", _text("数量太小，算出的金额不足一分")),
)

# Where the roster's rules hand out a standard's rest, an amount may have a share of it: no more than a fen for each
# unit of the quantity and one for the line, or the standard would be higher. The share is never taken from a file.
_SHARE = "%(rest)s AND t.amount_fen - t.line_fen BETWEEN 1 AND ceil({quantity}) + 1"
_THERE = """(SELECT o.number FROM rosters_rosterline x JOIN rosters_roster o ON o.id = x.roster_id
              WHERE x.once_key = {key} AND x.living AND NOT x.taken_out AND o.id <> r.id LIMIT 1)"""


def _rules_of(shape: Shape) -> list[RowRule]:
    """The rules that a template adds: formulas hold, none of their columns is empty, a number is paid once for ever."""
    found = []
    for extra in (*shape.template.columns, None):
        found += _formula_rules(shape, extra)
    basis = shape.template.basis
    if basis.once:
        there = _THERE.replace("{key}", _once(basis.once))
        told = f"{_text(f'该{basis.title}已在清册')} || {there} || {_text('中补贴过，全县只补一次，请核对')}"
        found.append(RowRule("basis.once", "basis", f"t.basis IS NOT NULL AND {there} IS NOT NULL", told))
    return found


def _once(register: str) -> str:
    return f"rosters_once_key({_text(register)}, t.basis)"


def _formula_rules(shape: Shape, extra: Extra | None) -> list[RowRule]:
    template = shape.template
    formula = template.formula_of(extra) if extra else template.of_quantity
    if formula is None:
        return []
    computed, words = shape.computed(shape.typed, extra), template.in_words(formula)
    values = {name: shape.value(template.by_key[name], shape.typed) for name in formula.names}
    filled = f"num_nonnulls({', '.join(values.values())})"
    title = extra.title if extra else template.quantity.title
    typed = shape.typed(extra) if extra else "t.quantity"
    column = PREFIX + extra.key if extra else "quantity"
    found = [
        RowRule(
            "formula.empty",
            PREFIX + name,
            f"t.row_errors = 0 AND {filled} > 0 AND {values[name]} IS NULL",
            _text(f"“{title}”按公式“{words}”计算，要用到“{template.titles[name]}”，请填写（没有的填0）"),
        )
        for name in formula.names
        if not template.by_key[name].zero
    ]
    found.append(
        RowRule(
            "formula.differs",
            column,
            f"{computed} <> {typed}",
            f"{_text(f'按公式“{words}”算出的是')} || trim_scale({computed}) || '，现为' || trim_scale({typed})",
        )
    )
    if extra is None:
        found.append(
            RowRule(
                "formula.nothing",
                column,
                f"t.row_errors = 0 AND t.quantity IS NULL AND {filled} = 0",
                _text(f"请填写“{title}”，或者填写算它用的各列（{words}）"),
            )
        )
    return found


def _match_and_tell(shape: Shape) -> str:
    """The statement that matches rows and writes which rules they break."""
    rules = _all_rules(shape)
    conditions = [rule.condition.replace("{share}", _SHARE).replace("{quantity}", shape.quantity) for rule in rules]
    told = [
        f"({_text(shape.title[rule.column])}, {_text(rule.id)}, CASE WHEN {condition} THEN {rule.message} END)"
        for rule, condition in zip(rules, conditions, strict=True)
    ]
    any_ = " OR ".join(f"({condition})" for condition in conditions)
    match = _MATCH.replace("{quantity}", shape.quantity)
    return match + _BROKEN.replace("{any}", any_).replace("{rules}", ", ".join(told))


_DOUBLE = """
INSERT INTO rosters_rosterrowerror (batch_id, "row", "column", rule, message)
SELECT %(batch)s, excel_row, '享受人身份证号', 'row.double',
       '与第' || first || '行是同一权益。确属不同地块、合同或机具的，请填写不同的“' || %(basis)s || '”'
  FROM (SELECT excel_row, first_value(excel_row) OVER (PARTITION BY holder, coalesce(basis, '') ORDER BY excel_row)
               AS first FROM rosters_stagedline WHERE batch_id = %(batch)s AND holder IS NOT NULL) q
 WHERE excel_row <> first"""

# One number in two rows of the file, whoever they are for.
_ONCE = """
INSERT INTO rosters_rosterrowerror (batch_id, "row", "column", rule, message)
SELECT %(batch)s, excel_row, %(basis)s, 'basis.once',
       '与第' || first || '行的' || %(basis)s || '相同，一个编号只补一次，请核对'
  FROM (SELECT excel_row, first_value(excel_row) OVER (PARTITION BY {key} ORDER BY excel_row) AS first
          FROM rosters_stagedline t WHERE batch_id = %(batch)s AND basis IS NOT NULL) q
 WHERE excel_row <> first"""

# From here on `row_errors` counts what the matching found as well: good is a row without any.
_MARK = """
UPDATE rosters_stagedline t SET row_errors = t.row_errors + e.found
  FROM (SELECT "row", count(*) AS found FROM rosters_rosterrowerror
         WHERE batch_id = %(batch)s AND rule = ANY(%(rules)s) GROUP BY "row") e
 WHERE t.excel_row = e."row" AND t.batch_id = %(batch)s"""

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


def good(roster: Roster) -> str:
    """The rows without errors as picks, with what the template's columns hold; of some `villages`, or of all."""
    shape = of(roster)
    return f"""
SELECT t.person_id, t.standard_id, t.quantity, coalesce(t.basis, ''), coalesce(t.remark, ''), t.excel_row,
       {shape.extra}, {shape.ciphers}
  FROM rosters_stagedline t
 WHERE t.batch_id = %(batch)s AND t.row_errors = 0
   AND (%(villages)s::bigint[] IS NULL OR t.village_id = ANY(%(villages)s::bigint[]))"""  # noqa: S608


def match(*, batch: int, roster: Roster, part: Part | None = None) -> None:
    """Matches the staged rows, or a part of them, and writes what is wrong with each by itself."""
    shape = of(roster)
    first, last = (part.first, part.last) if part else (0, LAST)
    params = {**_params(batch, roster, shape), "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM rosters_stagedline t WHERE t.batch_id = %(batch)s AND {_PART}", params)  # noqa: S608
        lines.plan_for(cursor.fetchone()[0])
        cursor.execute(_match_and_tell(shape), params)


def conclude(*, batch: int, roster: Roster) -> tuple[int, int, int]:
    """Writes what is wrong with matched rows beside each other, and marks the rows that have errors; returns rows, good
    rows, and the good rows' amount in fen."""
    shape = of(roster)
    params = _params(batch, roster, shape)
    found = sorted({rule.id for rule in _all_rules(shape)} | {"row.double"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rosters_stagedline WHERE batch_id = %(batch)s", params)
        lines.plan_for(cursor.fetchone()[0])
        cursor.execute(_DOUBLE, params)
        if shape.template.basis.once:
            cursor.execute(_ONCE.replace("{key}", _once(shape.template.basis.once)), params)
        cursor.execute(_MARK, {**params, "rules": found})
        cursor.execute(_COUNTS, params)
        rows, good_rows, fen = cursor.fetchone()
    return rows, good_rows, fen


def _all_rules(shape: Shape) -> list[RowRule]:
    return [*ROW_RULES, *_rules_of(shape)]


def _params(batch: int, roster: Roster, shape: Shape) -> dict[str, Any]:
    rest = sharing.hands_out_rest(roster)
    return {"batch": batch, "basis": shape.title["basis"], "rest": rest, **payees.known(roster)}
