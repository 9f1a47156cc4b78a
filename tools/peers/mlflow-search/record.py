"""Records what MLflow makes of search filters and orderings, for the tests of src/store/search.

Run with the Python of an environment that has mlflow 3.11:  python record.py OUTPUT_DIRECTORY
Each language becomes one JSON file: {"filters": [[text, outcome]], "orderings": [[text, outcome]]}; an outcome is what
the parser yields, {"error": message} where the parser or the store behind it refuses, or {"crash": class} where MLflow
answers 500. Sets in messages come in any order: the test compares them sorted.
"""

import json
import logging
import os
import sys
import tempfile

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
logging.disable(logging.CRITICAL)

from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore
from mlflow.utils.search_logged_model_utils import parse_filter_string
from mlflow.utils.search_utils import (
    SearchExperimentsUtils,
    SearchLoggedModelsUtils,
    SearchModelUtils,
    SearchModelVersionUtils,
    SearchTraceUtils,
    SearchUtils,
)

OPERATORS = ["=", "!=", ">", ">=", "<", "<=", "LIKE", "ILIKE", "RLIKE", "like", "<>", "==", "NOT LIKE"]
VALUES = ["'x'", '"x"', "`x`", "x", "1", "1.5", "-2", "('x')"]


def crossed(identifiers, values=VALUES):
    """Every operator and every kind of value on each identifier."""
    for name in identifiers:
        for operator in OPERATORS:
            yield f"{name} {operator} 1" if operator in (">", ">=", "<", "<=") else f"{name} {operator} 'x'"
            yield f"{name} {operator} 'x'"
        for value in values:
            yield f"{name} = {value}"
        yield f"{name} IN ('x', 'y')"
        yield f"{name} NOT IN ('x', 'y')"
        yield f"{name} IS NULL"
        yield f"{name} IS NOT NULL"


def common(key, text, more):
    """Quoting, spacing, joining and damage, on an identifier that takes text and another clause."""
    return [
        "", " ", "\n", "AND", f"{text} = 'x' AND", f"AND {text} = 'x'", f"{text} = 'x' AND AND {more}",
        f"{text} = 'x' {more}", f"{text} = 'x' and {more}", f"{text} = 'x' And {more} aNd {more}",
        f"  {text}  =  'x'  ", f"{text}='x'", f"\t{text}\n=\n'x'\n", f"{text} = 'x'\r\nAND {more}", f"{text} = ''", f'{text} = ""',
        f"{text} = 'it''s'", f"{text} = 'it\\'s'", f'{text} = "it\'s"', f"{text} = 'say \"hi\"'", f'{text} = "a""b"', f'{text} = "a\\"b"',
        f"{text} = 'a\\\\b'", f"{text} = 'ends\\'", f"{text} = 'ends\\' AND {more}", f"{text} = 'über 日本 🚀'", f"{text} = 'a;b'", f"{text} = 'a -- b'",
        f"{text} = 'a AND b'", f"{text} = 'x OR 1=1'", f"{text} = 'a%_b'", f"{text} LIKE '%'", f"{text} ILIKE 'ÄB%'", f"{text} = '  x  '", f"{text} = 'x\ny'",
        f"{text} = '(x)'", f"{text} = 'x')", f"({text} = 'x'", f"{text} = 'x';", f"{text} = 'x'; {more}", f"{text} =", f"= 'x'", f"{text}", f"{text} 'x'", f"'x' = {text}",
        f"{text} = 'x", f'{text} = "x', f"{text} = x'", f"{text} = 'x' foo", f"{text} = 'x' , {more}", f"{text} = = 'x'", f"{text} = 'x' = 'y'", f"{text} <=> 'x'",
        f"foo bar", "foo", "'x'", "1", "1 = 1", "foo.bar = 'x'", "foo.bar.baz = 'x'", ".a = 'x'", "nothing = 'x'", "nothing > 1", "NULL", "NOT", "OR",
        f"{text} = TRUE", f"{text} = true", f"{text} = NULL", f"{text} = None", f"{text} = 0x1F", f"{text} = 1e5", f"{text} = @x", f"{text} = ?", f"{text} = $1",
        f"{text} = 'x' -- comment", f"{text} = 'x' /* comment */ AND {more}", f"{text} = 'x' # comment", f"{text} = + 1", f"{text} = a.b", f"{text} = a-b",
        f"{text} = 'a' 'b'", f"{text} IS 'x'", f"{text} IS", f"{text} IN", f"{text} NOT 'x'", f"{text} BETWEEN 'a' AND 'b'", f"{key}. = 'x'", f"{text} = ()", f"{text} IN 'x'",
    ]


def keyed(prefix, value):
    """Keys, bare and quoted, after one prefix."""
    keys = [
        "a", "A", "a.b", "a.b.c", "a_b", "_a", "a1", "1a", "über", "日本", "a$b", "a#b", "`a`", '"a"', "'a'", "`a b`", '"a b"', "`a.b`", '"a.b"', "`a/b`", '"a/b"', "`a-b`",
        '"a-b"', "`a:b`", '"über 日本"', "`🚀`", "`a\"b`", '"a`b"', "`a'b`", "`a``b`", '"a""b"', "``", '""', "` a `", "`a`.b", "a.`b`", "a.`b c`", '"a".b', 'a."b"', "`a`.`b`", "`mlflow.runName`",
        "mlflow.runName", "a-b", "a/b", "a b", "a:b", "type", "order", "group", "select", "key", "value", "name", "from", "in", "as", "case", "end", "desc", "like", "and", "or", "not", "null", "timestamp",
        "text", "date", "int", "count", "min", "user", "source", "status", "1", "0.5", "a.1", "auc_0.5", "a[0]", "a(0)",
    ]
    return [f"{prefix}.{key} = {value}" for key in keys]


def numbers(name):
    """Numbers in all their forms."""
    forms = [
        "0", "1", "-1", "+1", "1.5", "-1.5", ".5", "-.5", "5.", "1e5", "1E5", "1e-5", "1e+5", "1.5e3", "-1.5e-3", ".5e3", "5.e3", "0x10", "1_000", "1e400", "007", "00.5",
        "9007199254740993", "1e", "--1", "- 1", "1.2.3", "nan", "NaN", "inf", "Infinity", "-inf", "1,5", "1 000", "'1'", '"1"', "1a", "a1", "1%", "1/2", "(1)", "1f",
    ]
    return [f"{name} > {form}" for form in forms] + [f"{name}>1", f"{name}>=-1", f"{name}!=1", f"{name}<.5", f"1 < {name}", f"{name} > 1 AND {name} <= 2.5e-3"]


def lists(name):
    """Lists after IN."""
    forms = [
        "('a')", "('a','b')", "( 'a' , 'b' )", "('a',)", '("a","b")', "(\"a\", 'b')", "()", "(,)", "('a',,'b')", "('a' 'b')", "(a)", "(a, b)", "(1)", "(1, 2)", "('a', 1)", "(`a`)", "'a'", "a",
        "('a'", "('a', 'b", "(('a'))", "('a', ('b'))", "('A', 'b')", "('it''s')", "('it\\'s')", "(\"it's\")", "('a\\\\b')", "('a\\tb')", "('a\\db')", "('über')", "('a)b')", "('a,b')", "(None)", "(True)", "('')", "('a'\n,\t'b')",
        "('123')",
    ]
    texts = [f"{name} IN {form}" for form in forms] + [f"{name} NOT IN {form}" for form in forms]
    return texts + [f"{name} in ('a')", f"{name} not in ('a')", f"{name} Not  In ('a')", f"{name} IN('a')", f"{name} = ('a')", f"{name} > ('a')", f"{name} LIKE ('a')"]


def nulls(name, more):
    """IS NULL in all its forms."""
    return [
        f"{name} IS NULL", f"{name} IS NOT NULL", f"{name} is null", f"{name} is not null", f"{name}  IS  NULL ", f"{name} IS\nNOT\nNULL", f"{name} IS NULL AND {more}", f"{more} AND {name} IS NULL",
        f"{name} IS NOT NULL AND {more}", f"{more} AND {name} IS NOT NULL", f"{name} IS NULL {name} IS NULL", f"{name} NULL", f"{name} NOT NULL", f"{name} ISNULL", f"{name} IS NULL NULL",
    ]


def orderings(names):
    """Every suffix on each name, and damage."""
    forms = ["{0}", "{0} ASC", "{0} DESC", "{0} asc", "{0} desc", "{0} Desc", " {0} DESC ", "{0}  DESC", "{0}\tDESC", "{0} foo", "{0} DESC foo", "{0} DESC NULLS LAST", "{0}, {0}", "DESC {0}", "{0} = 1", "{0};", "-{0}", "`{0}`", '"{0}"', "'{0}'"]
    texts = [form.format(name) for name in names for form in forms[:5]] + [form.format(name) for name in names[:2] for form in forms[5:]]
    return texts + ["", " ", "foo", "foo DESC", "foo.bar", "foo.bar DESC", "DESC", "ASC", "1", "'x'", ";", ".a", "a.", "nothing desc"]


def ordered_keys(prefix):
    keys = ["a", "a.b", "`a b`", '"a b"', "'a b'", "`a.b`", '"a.b"', "`a/b`", "`a-b`", "a-b", "a/b", "a b", "über", "`日本`", "`a'b`", "``", "type", "order", "from", "desc", "`a`.b", "1", "auc_0.5", "`a\"b`", "timestamp"]
    return [f"{prefix}.{key}{suffix}" for key in keys for suffix in ("", " DESC")]


def attempt(parse, run, text):
    """What is parsed, once the store has taken it too."""
    try:
        run(text)
        return [clause(c) for c in parse(text)]
    except MlflowException as error:
        return {"error": error.message.split("\n[SQL")[0]}
    except Exception as error:
        return {"crash": type(error).__name__}


def clause(found):
    """Type, key, comparator, value; numbers as Python prints them, because JSON has no infinity."""
    if isinstance(found, dict):
        return [found["type"], found["key"], found["comparator"], plain(found["value"])]
    if hasattr(found, "entity"):
        return [found.entity.type.value, found.entity.key, found.op, plain(found.value)]
    return found


def plain(value):
    return list(value) if isinstance(value, tuple) else repr(value) if isinstance(value, (int, float)) else value


def record(directory, name, language):
    parse, run, filters, parse_order, run_order, orders = language
    recorded = {
        "filters": [[text, attempt(parse, run, text)] for text in dict.fromkeys(filters)],
        "orderings": [[text, attempt(lambda t: [list(parse_order(t))], run_order, text)] for text in dict.fromkeys(orders)],
    }
    with open(os.path.join(directory, f"{name}.json"), "w", encoding="utf-8") as file:
        file.write(compact(recorded))
    print(name, len(recorded["filters"]), len(recorded["orderings"]))


def compact(recorded):
    """One outcome a line, so that differences are readable."""
    parts = []
    for key, rows in recorded.items():
        lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'  "{key}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def languages(tracking, registry):
    runs_more = "metrics.m > 1"
    yield "runs", (
        SearchUtils.parse_search_filter,
        lambda text: tracking.search_runs(["0"], text, 1, 5, None, None),
        [
            *common("params", "params.p", runs_more), *crossed(["metrics.m", "params.p", "tags.t", "run_id", "run_name", "status", "start_time", "end_time", "artifact_uri", "user_id", "created", "dataset.name", "dataset.digest"]),
            *[f"{name} = 'x'" for name in ["metric.m", "metrics.m"]], *[f"{t}.k = 'x'" for t in ["param", "params", "parameter", "parameters", "tag", "tags", "attribute", "attr", "attributes", "run", "Params", "PARAMS", "`params`", '"params"']],
            *[f"{t}.status = 'x'" for t in ["attribute", "attr", "attributes", "run", "Run", "ATTRIBUTE", "`attribute`"]], *[f"{n} = 'x'" for n in ['"run name"', "`run name`", "`Run name`", '"Run Name"', "run.`run name`", "attributes.`Run name`", "`run_name`", "RUN_ID", "Status", "experiment_id", "lifecycle_stage", "run_uuid"]],
            *[f"{n} > 1" for n in ["Created", "created", "`Created`", "attributes.Created", "attr.created", "attribute.start_time", "`start_time`", '"end_time"']],
            *[f"{d}.{k} = 'x'" for d in ["dataset", "datasets"] for k in ["name", "digest", "context", "`name`", "schema", "source"]],
            *keyed("params", "'x'"), *keyed("metrics", "1"), *keyed("tags", '"x"'), *numbers("metrics.m"), *numbers("attributes.start_time"), *lists("run_id"), *lists("dataset.name"), *lists("attributes.status"), *lists("params.p"),
            *nulls("tags.t", runs_more), *nulls("params.`a b`", runs_more), *nulls("metrics.m", runs_more), *nulls("run_name", runs_more), *nulls("dataset.name", runs_more),
        ],
        SearchUtils.parse_order_by_for_search_runs,
        lambda text: tracking.search_runs(["0"], None, 1, 5, [text], None),
        [*orderings(["metrics.m", "start_time", "params.p", "tags.t", "attribute.run_name", "run_name", "status", "end_time", "artifact_uri", "user_id", "run_id", "Created", "created", "`Run name`", '"run name"', "dataset.name", "experiment_id", "timestamp", "attr.start_time", "run.status"]), *ordered_keys("metrics"), *ordered_keys("params")],
    )
    more = "tags.t = 'y'"
    yield "experiments", (
        SearchExperimentsUtils.parse_search_filter,
        lambda text: tracking.search_experiments(1, 5, text, None, None),
        [*common("attribute", "name", more), *crossed(["name", "tags.t", "tag.t", "creation_time", "last_update_time", "attribute.name", "experiment_id"]), *[f"{n} = 'x'" for n in ["attr.name", "attributes.name", "`name`", '"name"', "attribute.`name`", "Name", "params.p", "metrics.m", "`tags`.t"]], *keyed("tags", "'x'"), *numbers("creation_time"), *lists("name"), *nulls("tags.t", more), *nulls("name", more)],
        SearchExperimentsUtils.parse_order_by_for_search_experiments,
        lambda text: tracking.search_experiments(1, 5, None, [text], None),
        [*orderings(["name", "creation_time", "last_update_time", "experiment_id", "attribute.name", "tags.t", "attributes.name", "params.p", "lifecycle_stage"]), *ordered_keys("tags")],
    )
    yield "registered-models", (
        SearchModelUtils.parse_search_filter,
        lambda text: registry.search_registered_models(text, 5, None, None),
        [*common("attribute", "name", more), *crossed(["name", "tags.t", "tag.t", "attribute.name", "creation_timestamp", "last_updated_timestamp"]), *[f"{n} = 'x'" for n in ["attr.name", "attributes.name", "`name`", '"name"', "attribute.`name`", "Name", "params.p"]], *keyed("tags", "'x'"), *lists("name"), *nulls("tags.t", more), *[f"tags.`mlflow.prompt.is_prompt` {o} {v}" for o in ("=", "!=", "LIKE") for v in ("'true'", "'false'", "'TRUE'", "'x'")]],
        SearchUtils.parse_order_by_for_search_registered_models,
        lambda text: registry.search_registered_models(None, 5, [text], None),
        orderings(["name", "timestamp", "last_updated_timestamp", "creation_timestamp", "attribute.name", "tags.t", "`timestamp`", "`name`", "TIMESTAMP"]),
    )
    yield "model-versions", (
        SearchModelVersionUtils.parse_search_filter,
        lambda text: registry.search_model_versions(text, 5, None, None),
        [*common("attribute", "name", more), *crossed(["name", "tags.t", "tag.t", "attribute.name", "version_number", "run_id", "source_path", "creation_timestamp", "source", "version"]), *[f"{n} = 'x'" for n in ["attr.name", "attributes.name", "`name`", '"name"', "attribute.`name`", "`run_id`"]], *keyed("tags", "'x'"), *numbers("version_number"), *lists("run_id"), *lists("name"), *nulls("tags.t", more), *[f"tags.`mlflow.prompt.is_prompt` {o} {v}" for o in ("=", "!=") for v in ("'true'", "'false'")]],
        SearchModelVersionUtils.parse_order_by_for_search_model_versions,
        lambda text: registry.search_model_versions(None, 5, [text], None),
        orderings(["name", "version_number", "creation_timestamp", "last_updated_timestamp", "attribute.name", "tags.t", "timestamp", "`name`", "run_id"]),
    )
    more = "metrics.m > 1"
    yield "logged-models", (
        parse_filter_string,
        lambda text: tracking.search_logged_models(["0"], text, None, 5, None, None),
        [*common("params", "params.p", more), *crossed(["name", "attributes.name", "model_id", "model_type", "status", "source_run_id", "creation_timestamp", "last_updated_timestamp", "creation_time", "creation_timestamp_ms", "attributes.creation_timestamp_ms", "attributes.creation_timestamp", "experiment_id", "metrics.m", "params.p", "tags.t", "metric.m", "attribute.name", "lifecycle_stage", "artifact_location", "status_message"]), *keyed("params", "'x'"), *keyed("metrics", "1"), *numbers("metrics.m"), *numbers("creation_time"), *lists("name"), *lists("params.p"), *nulls("tags.t", more)],
        lambda text: SearchLoggedModelsUtils.parse_order_by_for_logged_models({"field_name": text}).__dict__.values(),
        lambda text: tracking.search_logged_models(["0"], None, None, 5, [{"field_name": text}], None),
        ["name", "model_id", "model_type", "status", "source_run_id", "creation_timestamp", "creation_time", "creation_timestamp_ms", "last_updated_timestamp", "last_updated_time", "metrics.m", "metrics.a.b", "metrics.`a b`", "params.p", "tags.t", "attributes.name", "foo", "", " name ", "name DESC", "experiment_id"],
    )
    more = "tag.t = 'y'"
    yield "traces", (
        SearchTraceUtils.parse_search_filter_for_search_traces,
        lambda text: tracking.search_traces(filter_string=text, max_results=5, locations=["0"]),
        [
            *common("tag", "tag.t", more), *crossed(["request_id", "timestamp", "timestamp_ms", "execution_time", "execution_time_ms", "end_time", "end_time_ms", "status", "client_request_id", "name", "run_id", "prompt", "text", "tag.t", "tags.t", "metadata.m", "request_metadata.m", "attribute.status", "attributes.timestamp_ms", "trace.status", "trace.text", "span.name", "span.type", "span.status", "span.content", "span.foo", "span.attributes.a", "span.attributes.`a b`", "feedback.f", "expectation.e", "issue.id", "issue.x"]),
            *[f"{n} = 'x'" for n in ["Name", "STATUS", "`name`", "attr.name", "run.name", "feedback.`a b`", 'feedback."a b"', "span.`name`", "span.attributes.", "span.attributes.a.b", "trace.run_id", "tag.name", "metadata.name", "feedback.name", "expectation.run_id", "feedback.", "prompt", "metadata.`mlflow.trace.session`", "tag.timestamp", "feedback.text"]], "prompt = 'a/1'", "prompt = 'a/b/1'", "prompt != 'a/1'", "text LIKE '%x%'", "trace.text LIKE '%x%'", "text ILIKE '%x%'", "span.content LIKE '%x%'", "name RLIKE '^a'", "name rlike '^a'", "tag.t RLIKE '('", "feedback.f = 'true'",
            *keyed("tag", "'x'"), *numbers("timestamp"), *numbers("timestamp_ms"), *numbers("execution_time"), *lists("status"), *lists("name"), *lists("span.name"), *lists("tag.t"), *lists("timestamp"), *nulls("tag.t", more), *nulls("metadata.m", more), *nulls("feedback.f", more), *nulls("name", more), *nulls("status", more), *nulls("span.name", more),
        ],
        SearchTraceUtils.parse_order_by_for_search_traces,
        lambda text: tracking.search_traces(max_results=5, order_by=[text], locations=["0"]),
        [*orderings(["timestamp", "timestamp_ms", "execution_time", "end_time", "status", "request_id", "name", "run_id", "experiment_id", "tag.t", "metadata.m", "attribute.timestamp", "trace.status", "client_request_id", "prompt", "text", "feedback.f", "span.name"]), *ordered_keys("tag")],
    )


def main():
    directory = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        database = f"sqlite:///{scratch}/search.db"
        tracking, registry = TrackingStore(database, f"{scratch}/artifacts"), RegistryStore(database)
        for name, language in languages(tracking, registry):
            record(directory, name, language)


if __name__ == "__main__":
    main()
