"""What the policy's template asks for: required columns, formulas that hold, numbers that are paid once for ever."""

from decimal import Decimal

from rosters import shapes
from rosters.checks.rule import ERROR, Row, Rule, quantity
from rosters.models import Roster

_TEMPLATE = """
  FROM rosters_roster r
  JOIN subsidies_policyversion pv ON pv.id = r.version_id
  JOIN subsidies_columntemplate ct ON ct.id = pv.template_id"""

# The required columns of the template are few, and mostly there are none: then no line is looked at.
_REQUIRED = f"""
SELECT l.id, l.number, string_agg(c.title, '”“' ORDER BY c.place)
  FROM (SELECT r.id AS roster_id, e.value ->> 'key' AS key, e.value ->> 'title' AS title, e.place {_TEMPLATE}
         CROSS JOIN LATERAL jsonb_array_elements(coalesce(ct.content -> 'columns', '[]'))
               WITH ORDINALITY AS e (value, place)
         WHERE r.id = %(roster)s AND (e.value ->> 'required')::boolean AND coalesce(e.value ->> 'formula', '') = '') c
  JOIN rosters_rosterline l ON l.roster_id = c.roster_id AND NOT l.extra ? c.key
 GROUP BY l.id, l.number ORDER BY l.number"""  # noqa: S608
_BASIS = f"""
SELECT l.id, l.number {_TEMPLATE}
  JOIN rosters_rosterline l ON l.roster_id = r.id AND l.basis = ''
 WHERE r.id = %(roster)s AND (ct.content #>> '{{basis,required}}')::boolean ORDER BY l.number"""
_ONCE = """
SELECT l.id, l.number, o.number, x.number
  FROM rosters_rosterline l
  JOIN rosters_rosterline x ON x.once_key = l.once_key AND x.id <> l.id AND NOT x.taken_out
       AND (x.living OR x.roster_id = l.roster_id AND x.number < l.number)
  JOIN rosters_roster o ON o.id = x.roster_id
 WHERE l.roster_id = %(roster)s AND l.once_key <> '' AND l.corrects_id IS DISTINCT FROM x.id ORDER BY l.number"""
_NOTHING = "SELECT NULL::bigint, NULL::int WHERE false"


def _formulas(roster: Roster) -> str:
    """The lines on which a formula of the template does not hold."""
    shape = shapes.of(roster)
    template = shape.template
    found = []
    for one in (*template.columns, None):
        formula = template.formula_of(one) if one else template.of_quantity
        if formula is None:
            continue
        kept = shape.kept(one) if one else "l.quantity"
        values = ", ".join(shape.value(template.by_key[name], shape.kept) for name in formula.names)
        title = (one.title if one else template.quantity.title).replace("'", "''").replace("%", "%%")
        found.append(
            f"SELECT l.id, l.number, '{title}' AS title, n.computed, {kept} AS kept FROM rosters_rosterline l"  # noqa: S608
            f" CROSS JOIN LATERAL (SELECT {shape.computed(shape.kept, one)} AS computed) n"
            f" WHERE l.roster_id = %(roster)s AND l.extra <> '{{}}'"
            f" AND num_nonnulls({values}) > 0 AND n.computed IS DISTINCT FROM {kept}"
        )
    return " UNION ALL ".join(found) + " ORDER BY 2, 3" if found else _NOTHING


def _basis(roster: Roster, row: Row) -> str:
    return f"没有填写“{shapes.of(roster).title['basis']}”，请补填后再检查。"


def _formula(roster: Roster, row: Row) -> str:
    computed: Decimal | None = row[3]
    if computed is None:
        return f"“{row[2]}”按公式计算，要用到的列没有填全，请打开本行补填（没有的填0）。"
    now = "没有填写" if row[4] is None else f"现为{quantity(row[4])}"
    return f"“{row[2]}”按公式算出的是{quantity(computed)}，{now}，请打开本行改正。"


def _once(roster: Roster, row: Row) -> str:
    title = shapes.of(roster).title["basis"]
    return f"同一{title}已列入清册{row[2]}第{row[3]}号，全县只补一次。请核对编号，重复的删除本行。"


RULES: tuple[Rule, ...] = (
    Rule(
        "template.required",
        "模板要求的列没有填写",
        ERROR,
        "模板列",
        _REQUIRED,
        lambda roster, row: f"没有填写“{row[2]}”，请打开本行补填。",
    ),
    Rule("template.basis", "没有填写计发依据", ERROR, "计发依据", _BASIS, _basis),
    Rule(
        "template.formula",
        "与公式不符",
        ERROR,
        "模板列",
        _NOTHING,
        _formula,
        build=_formulas,
        when="l.extra <> '{}'::jsonb",
    ),
    Rule("template.once", "编号已经补贴过", ERROR, "计发依据", _ONCE, _once, when="l.once_key <> ''"),
)
