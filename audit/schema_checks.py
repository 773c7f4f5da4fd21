"""Proving that the database still holds the truths: every constraint, trigger, function and right as the migrations
made them.

`data/schema.json` is what a freshly migrated database looks like; `verify_schema --write` makes it anew after a
migration, and a test holds the two together.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from audit.verification import Finding

MANIFEST = Path(__file__).parent / "data" / "schema.json"
Manifest = dict[str, dict[str, str]]

# Temporary tables and other schemas are none of ours. NOT NULL is told by columns, whatever the server's version.
QUERIES = {
    "column": """
        SELECT c.relname || '.' || a.attname,
               format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
           AND NOT a.attisdropped
    """,
    "constraint": """
        SELECT c.relname || '.' || k.conname,
               pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' not validated' END
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE c.relnamespace = current_schema()::regnamespace AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    """,
    "index": """
        SELECT t.relname || '.' || i.relname,
               pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' invalid' END
          FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
         WHERE t.relnamespace = current_schema()::regnamespace AND x.indisunique
    """,
    "trigger": """
        SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
    """,
    "function": """
        SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
               md5(p.prosrc) || ' ' || l.lanname || CASE WHEN p.prosecdef THEN ' definer' ELSE '' END
          FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
         WHERE p.pronamespace = current_schema()::regnamespace
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """,
    "right": """
        SELECT c.relname || ' for portal_web',
               concat_ws(' ', CASE WHEN has_table_privilege('portal_web', c.oid, 'SELECT') THEN 'select' END,
                         CASE WHEN has_table_privilege('portal_web', c.oid, 'INSERT') THEN 'insert' END,
                         CASE WHEN has_table_privilege('portal_web', c.oid, 'UPDATE') THEN 'update' END,
                         CASE WHEN has_table_privilege('portal_web', c.oid, 'DELETE') THEN 'delete' END,
                         CASE WHEN has_table_privilege('portal_web', c.oid, 'TRUNCATE') THEN 'truncate' END)
          FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
    """,
}
# Written by Django and by the server, and different where extra tools are installed.
FOREIGN_TABLES = ("django_migrations",)


def present() -> Manifest:
    """What the connected database has now."""
    found: Manifest = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        prefix = f"{cursor.fetchone()[0]}."
        for kind, sql in QUERIES.items():
            cursor.execute(sql)
            found[kind] = {
                name: _plain(text.replace(prefix, ""))
                for name, text in sorted(cursor.fetchall())
                if not name.startswith(FOREIGN_TABLES)
            }
    return found


def _plain(text: str) -> str:
    """One spelling, and short: long definitions by their digest after a readable beginning."""
    plain = " ".join(text.split())
    if len(plain) <= 160:
        return plain
    return f"{plain[:120]}… {hashlib.sha256(plain.encode()).hexdigest()[:16]}"


def write_manifest() -> None:
    MANIFEST.parent.mkdir(exist_ok=True)
    MANIFEST.write_text(json.dumps(present(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def findings() -> Iterator[Finding]:
    """Whatever is missing, different, or there beyond what the migrations made."""
    expected: Manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    actual = present()
    # Triggers, constraints and rights first: they are the truths; the rest only carries them.
    for kind in ("trigger", "constraint", "right", "function", "index", "column"):
        wanted, there = expected[kind], actual[kind]
        for name in sorted(wanted.keys() | there.keys()):
            if name not in there:
                yield Finding("the schema is as the migrations made it", f"{kind} {name}", "it is missing")
            elif name not in wanted:
                yield Finding("the schema is as the migrations made it", f"{kind} {name}", "nobody knows it")
            elif wanted[name] != there[name]:
                what = f"it is “{there[name]}” and should be “{wanted[name]}”"
                yield Finding("the schema is as the migrations made it", f"{kind} {name}", what)
