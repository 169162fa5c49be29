"""What an attacker would write as a formula: refused with a message, or harmless."""

import time
from datetime import date

import pytest

from chanjiao_engine.indicators import (
    FormulaRefused,
    Period,
    empty_facts,
    is_select,
    open_workspace,
    parse_formula,
)
from chanjiao_engine.indicators.expressions import parse_expression
from tests.engine.indicators.worlds import YEAR, World

COUNT = "SELECT count(*) FROM "
M = "member"
REFUSED = [
    # files and table functions
    COUNT + "read_csv('/etc/passwd')", COUNT + "read_csv_auto('/etc/passwd')",
    COUNT + "read_text('/etc/passwd')", COUNT + "read_blob('/etc/passwd')",
    COUNT + "read_json('/x')", COUNT + "read_parquet('x.parquet')", COUNT + "parquet_scan('x')",
    COUNT + "parquet_metadata('x')", COUNT + "glob('/*')", COUNT + "sniff_csv('/etc/passwd')",
    COUNT + "'/etc/passwd'", COUNT + "'file.parquet'", COUNT + "\"'/etc/passwd'\"",
    COUNT + '"/etc/passwd"', COUNT + '"member"."x"', COUNT + "main.member",
    COUNT + "memory.main.member", COUNT + "information_schema.tables",
    COUNT + "pg_catalog.pg_class", COUNT + "duckdb_settings()", COUNT + "duckdb_secrets()",
    COUNT + "pragma_table_info('member')", COUNT + "sqlite_master",
    COUNT + "range(1000000000000)", COUNT + "generate_series(1, 1000000000000)",
    COUNT + "repeat_row(1, num_rows=1000000000)", COUNT + "unnest([1, 2, 3])",
    COUNT + "query('SELECT 1')", COUNT + "query_table('member')",
    COUNT + "postgres_scan('host=x', 'public', 't')", COUNT + "(VALUES (1), (2)) v",
    COUNT + "member TABLESAMPLE 10%", COUNT + "member AT (VERSION => 1)",
    COUNT + "member m(a, b)", COUNT + "(FROM member)", "FROM member",
    COUNT + "(PIVOT member ON side USING count(*))", COUNT + "(SUMMARIZE member)",
    COUNT + "(DESCRIBE member)", COUNT + "(SHOW TABLES)", "TABLE member",
    # commands
    "COPY member TO '/tmp/x'", "COPY (SELECT 1) TO '/tmp/x'", "ATTACH '/tmp/x.db'",
    "DETACH x", "LOAD httpfs", "INSTALL httpfs", "PRAGMA database_list", "SET memory_limit = '1TB'",
    "RESET ALL", "CALL pragma_version()", "EXPORT DATABASE '/tmp/x'", "IMPORT DATABASE '/tmp/x'",
    "CREATE TABLE x AS SELECT 1", "DROP TABLE member", "DELETE FROM member",
    "INSERT INTO member SELECT * FROM member", "UPDATE member SET name = ''", "VACUUM", "CHECKPOINT",
    "EXPLAIN SELECT count(*) FROM member", "USE x", "BEGIN", "PREPARE a AS SELECT 1",
    "EXECUTE a", "CREATE SECRET (TYPE s3)", "CREATE MACRO f(x) AS x", "ALTER TABLE member ADD x INT",
    "SELECT count(*) FROM member; DROP TABLE member", "SELECT 1; SELECT 2", "; ;",
    "SELECT count(*) INTO x FROM member", "MERGE INTO member USING need ON TRUE",
    # functions that tell or do something
    "SELECT getenv('HOME')", "SELECT current_setting('memory_limit')", "SELECT version()",
    "SELECT current_user", "SELECT current_database()", "SELECT count(*) + random() FROM member",
    "SELECT max(now()) FROM member", "SELECT count(*) FROM member WHERE joined_on < current_date",
    "SELECT count(*) FROM member WHERE joined_on < today()", "SELECT max(uuid()) FROM member",
    "SELECT nextval('s')", "SELECT hash(name) FROM member", "SELECT max(md5(name)) FROM member",
    "SELECT getvariable('x')", "SELECT write_log('x')", "SELECT error('x')", "SELECT sleep_ms(100000)",
    "SELECT count(*) FROM member WHERE in_search_path('x', 'y')", "SELECT txid_current()",
    # bombs
    "SELECT length(repeat('a', 1000000000))", "SELECT max(lpad(name, 1000000000, 'x')) FROM member",
    "SELECT max(name || name || name) FROM member", "SELECT max(concat(name, name)) FROM member",
    "SELECT max(printf('%1000000000d', 1)) FROM member", "SELECT string_agg(name) FROM member",
    "SELECT list(name) FROM member", "SELECT max(replace(name, '', name)) FROM member",
    "SELECT count(*) FROM member WHERE regexp_matches(name, '(a+)+$')",
    "SELECT count(*) FROM member WHERE name ~ '(a|a)*b'", "SELECT count(*) FROM member WHERE name SIMILAR TO 'a'",
    "SELECT count(*) FROM member WHERE name LIKE '%a%a%a%a%a%'",
    "SELECT count(*) FROM member WHERE name LIKE name", "SELECT count(*) FROM member WHERE name GLOB '*'",
    "SELECT count(*) FROM member a, member b, member c", "SELECT count(*) FROM member a CROSS JOIN member b",
    "SELECT count(*) FROM member a JOIN member b ON TRUE", "SELECT count(*) FROM member a JOIN member b ON 1 = 1",
    "SELECT count(*) FROM member a JOIN member b ON a.unit < b.unit",
    "SELECT count(*) FROM member a JOIN member b ON a.unit = a.unit",
    "SELECT count(*) FROM member a JOIN member b ON a.unit = b.unit OR TRUE",
    "SELECT count(*) FROM member a POSITIONAL JOIN member b", "SELECT count(*) FROM member a NATURAL JOIN member b",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "WITH a AS (SELECT unit FROM member), b AS (SELECT x.unit FROM a x JOIN a y ON x.unit = y.unit), "
    "c AS (SELECT x.unit FROM b x JOIN b y ON x.unit = y.unit), d AS (SELECT x.unit FROM c x JOIN c y "
    "ON x.unit = y.unit) SELECT count(*) FROM d x JOIN d y ON x.unit = y.unit",
    "SELECT count(*) FROM member WHERE unit IN (" + ",".join(["'a'"] * 500) + ")",
    "SELECT " + "(" * 300 + "1" + ")" * 300, "SELECT " + "NOT " * 2000 + "TRUE",
    "SELECT " + "-" * 1 + " -" * 1500 + "1", "SELECT count(*) FROM member WHERE " + "(SELECT " * 60 + "1" + ")" * 60,
    "SELECT " + "CASE WHEN TRUE THEN " * 40 + "1" + " END" * 40, "SELECT count(*) " + "/* */" * 2000 + " FROM member",
    "SELECT " + "+".join(["count(*)"] * 900) + " FROM member", "SELECT " + "[" * 200 + "]" * 200,
    "SELECT count(*) FROM " + "(SELECT * FROM " * 30 + "member" + ")" * 30,
    # values that are not exact, or change their type
    "SELECT avg(staff) FROM member", "SELECT stddev(staff) FROM member", "SELECT median(staff) FROM member",
    "SELECT sum(staff) / count(*) FROM member", "SELECT sum(staff) // 2 FROM member",
    "SELECT sum(staff) % 2 FROM member", "SELECT sum(staff) ** 2 FROM member", "SELECT sqrt(sum(staff)) FROM member",
    "SELECT round(sum(staff), 1) FROM member", "SELECT sum(staff * 1e10) FROM member",
    "SELECT sum(staff::DOUBLE) FROM member", "SELECT sum(CAST(name AS INTEGER)) FROM member",
    "SELECT count(*) FROM member WHERE CAST(staff AS VARCHAR) = '1'", "SELECT count(*) FROM member WHERE name = 1",
    "SELECT sum(staff = 1) FROM member", "SELECT TRY_CAST(max(name) AS BIGINT) FROM member",
    "SELECT sum(name) FROM member", "SELECT max(quorate) FROM meeting", "SELECT 0.1::FLOAT + count(*) FROM member",
    "SELECT sum(1.00001) FROM member", "SELECT sum(99999999999999999999) FROM member",
    # other odd structures
    "SELECT * FROM member", "SELECT count(*), 1 FROM member", "SELECT unit FROM member", "SELECT 1 FROM member",
    "SELECT count(*) FROM member GROUP BY side", "SELECT count(*) FROM member HAVING count(*) > 1",
    "SELECT count(*) FROM member ORDER BY 1", "SELECT count(*) FROM member LIMIT 1", "SELECT DISTINCT count(*) FROM member",
    "SELECT count(*) OVER () FROM member", "SELECT count(*) FROM member QUALIFY 1 = 1", "SELECT count(*) FROM member WINDOW w AS ()",
    "SELECT count(*) FROM (SELECT unit FROM member LIMIT 1) x", "SELECT sum(x) FROM (SELECT row_number() OVER () AS x FROM member) y",
    "SELECT count(*) FROM member m, LATERAL (SELECT 1) x", "SELECT count(*) FROM member FULL JOIN need USING (unit)",
    "SELECT count(*) FROM member UNION SELECT count(*) FROM need", "SELECT count(COLUMNS(*)) FROM member",
    "SELECT count(* EXCLUDE (unit)) FROM member", "SELECT count(member) FROM member", "SELECT count({'a': 1}) FROM member",
    "SELECT count([1, 2][1]) FROM member", "SELECT list_transform([1], x -> x) FROM member", "SELECT count(ROW(1)) FROM member",
    "SELECT count(*) FROM member WHERE unit = ANY (SELECT unit FROM need)", "SELECT count(*) FROM member WHERE unit = $1",
    "SELECT count(*) FROM member WHERE joined_on < :now", "SELECT count(*) FROM member WHERE unit = ?",
    "SELECT count(*) FROM member WHERE unit = @x", "SELECT count(*) AS pack FROM member", "SELECT count(pack) FROM member",
    "WITH member AS (SELECT 1 AS unit) SELECT count(*) FROM member", "SELECT count(*) FROM packs",
    "SELECT count(*) FROM member AS \"x y\"", "SELECT count(*) FROM member AS \"a\"\"; DROP\"",
    "SELECT count(*) FROM member WHERE name = 'a\\'", "SELECT count(*) FROM member WHERE name = E'\\x41'",
    "SELECT count(*) FROM member WHERE name = 'a\u0000b'", "SELECT count(*) FROM member WHERE name = $$x$$ || ''",
    "SELECT count(*) FROM ｍember", "SELECT count(*) FROM mеmber", "SELECT count（*） FROM member",
    "SELECT count(*) FROM member WHERE joined_on > DATE '2026-02-30'",
    "SELECT count(*) FROM member WHERE joined_on + INTERVAL 1 HOUR > :since",
    "SELECT count(*) FROM member WHERE joined_on + INTERVAL (staff) DAY > :since",
    "SELECT count(*) FROM member WHERE joined_on + INTERVAL 99999999 YEAR > :since",
    "SELECT sum((SELECT count(*) FROM need n WHERE n.unit = m.unit)) FROM member m",
    "SELECT count(*) FROM member m WHERE EXISTS (SELECT 1 FROM need n WHERE EXISTS (SELECT 1 FROM offer o WHERE o.unit = m.unit))",
    "SELECT count(*) + (SELECT count(*) FROM need n WHERE n.unit = m.unit) FROM member m",
    "", "   ", "--", "SELECT", "(((", "'", "\x00", "SELECT count(*) FROM", "你好",
]  # fmt: skip

HARMLESS = [
    "SELECT count(*) FROM member -- '; DROP TABLE member",
    "SELECT /* COPY x TO 'y' */ count(*) FROM member WHERE name = '''; DROP TABLE member; --'",
    'SELECT count(*) FROM "MEMBER" WHERE "Unit" <> \'/etc/passwd\'',
    "SELECT count(*) FROM member WHERE name = 'read_csv(''/etc/passwd'')'",
    "SELECT count(*) FROM member WHERE name LIKE '100%_%'",
    "select Count(*) FrOm member;",
]


@pytest.mark.parametrize("text", REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
def test_a_hostile_formula_is_refused_with_a_message(text):
    began = time.perf_counter()
    with pytest.raises(FormulaRefused) as refused:
        parse_formula(text) if is_select(text) else parse_expression(text)
    assert time.perf_counter() - began < 2
    where, colon, what = str(refused.value).partition("：")
    assert colon and what and (where == "公式" or where.startswith("第"))
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("text", HARMLESS)
def test_a_strange_formula_is_only_a_formula(text):
    formula = parse_formula(text)
    sql = formula.sql(YEAR)
    assert "--" not in sql.replace("; --'", "") and "/*" not in sql
    with open_workspace(empty_facts()) as workspace:
        assert workspace.rows(sql) == [(0,)]


@pytest.mark.parametrize(
    "text",
    ["value('1') * value('2')", "value('1') / 2", "value(1)", "value('1') + 1", "value('1', '2')",
     "valuе('1')", "1 + 1", "value('1'); DROP TABLE x", "getenv('HOME')", "value(value('1'))",
     "value('1') ** 2", "(SELECT 1)", "value('1') + (SELECT 1)", "value('1') || 'x'"],
)  # fmt: skip
def test_only_sums_of_indicators_are_expressions(text):
    with pytest.raises(FormulaRefused):
        parse_expression(text)


def test_what_takes_too_long_is_stopped():
    world = World(1, 12)
    member = world.rows["member"]
    many = [member[0] | {"joined_on": date.fromordinal(700_000 + n)} for n in range(3_000)]
    world.rows["member"][:] = many
    text = "SELECT count(*) FROM member a JOIN member b ON a.unit = b.unit JOIN member c ON c.unit = b.unit"
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    sql = parse_formula(text + " WHERE length(a.name) + length(b.name) + length(c.name) > 2").sql(
        year
    )
    began = time.perf_counter()
    with (
        open_workspace(world.facts(), seconds=0.3) as workspace,
        pytest.raises(FormulaRefused, match="已停止"),
    ):
        workspace.rows(sql)
    assert time.perf_counter() - began < 20
