# SPDX-License-Identifier: Apache-2.0
"""pinflow's daily batch on Spark: objects -> a clean and a quarantine table a kind (Delta) -> the questions' answers.

    spark-submit … batch.py --objects FOLDER --tables FOLDER [--report report.json] [--kind NAME]…

Beside it lie pipeline.json and the pipeline's SQL files, as they are. README.md has the whole command lines. It gives
the rows, the refusals, the ledger and the answers that `pinflow batch run` gives; `load: all` is the one way to load.
"""
import argparse
import re
import time
from concurrent.futures import ThreadPoolExecutor

import problems
import tables
from problems import Problem
from tables import quoted

IGNORED_SHOWN_MAX = 20
OFFSET_DIGITS_MIN = 10
KINDS_AT_ONCE = 3  # one's planning and waiting is another's work
RANGES_MAX = 1000  # of one partition, in a commit's note; past it the hull alone


# ---- objects ----

def listed(spark, root, prefix):
    """(key, bytes) of all under the prefix. Through Python where the folder is a local one: that is much faster."""
    import os
    if "://" not in root and not root.startswith(("dbfs:", "file:")):
        found = []
        for folder, _, names in os.walk(os.path.join(root, prefix)):
            for name in names:
                path = os.path.join(folder, name)
                found.append((os.path.relpath(path, root), os.path.getsize(path)))
        return sorted(found)
    base = spark._jvm.org.apache.hadoop.fs.Path(root)
    files = base.getFileSystem(spark._jsc.hadoopConfiguration())
    start = spark._jvm.org.apache.hadoop.fs.Path(f"{root.rstrip('/')}/{prefix}")
    if not files.exists(start):
        return []
    above = len(files.makeQualified(base).toString().rstrip("/")) + 1
    found, entries = [], files.listFiles(start, True)
    while entries.hasNext():
        entry = entries.next()
        found.append((entry.getPath().toString()[above:], entry.getLen()))
    return sorted(found)


def parse_name(key, prefix):
    """{topic, partition, first, key} of <prefix><topic>/partition=<p>/<topic>+<p>+<offset>.json, or None."""
    if not key.startswith(prefix):
        return None
    parts = key[len(prefix):].split("/", 2)
    if len(parts) != 3 or not parts[0] or not parts[1].startswith("partition="):
        return None
    topic, partition = parts[0], parts[1][len("partition="):]
    stem = f"{topic}+{partition}+"
    if not parts[2].startswith(stem) or not parts[2].endswith(".json"):
        return None
    offset = parts[2][len(stem):-len(".json")]
    is_number = re.compile(r"[0-9]+").fullmatch
    if not is_number(partition) or not is_number(offset) or len(offset) < OFFSET_DIGITS_MIN:
        return None
    if int(partition) > 2**31 - 1 or int(offset) > 2**63 - 1:
        return None
    return {"topic": topic, "partition": int(partition), "first": int(offset), "key": key}


def find_inputs(pipeline, names, prefix):
    """({kind: objects}, ignored): a topic is of the first kind whose pattern fits."""
    inputs, ignored = {kind["name"]: [] for kind in pipeline["kinds"]}, []
    for key, size in names:
        found = parse_name(key, prefix)
        if found is None:
            ignored.append({"key": key, "reason": "not named as the sink names objects"})
            continue
        kind = next((kind for kind in pipeline["kinds"] if tables.user_of(kind["topic"], found["topic"]) is not None), None)
        if kind is None:
            ignored.append({"key": key, "reason": "its topic is of no kind of this pipeline"})
            continue
        if found["topic"][0] in "_.":
            raise Problem("unsupported", f"object {key}: Spark reads no file whose name begins with _ or .; run this with "
                          "the embedded engine")
        inputs[kind["name"]].append({**found, "bytes": size})
    return inputs, ignored


# ---- one kind ----

def decoded(spark, kind, objects, root):
    """Every record of the objects, accepted or refused, with its place."""
    if not objects:
        return spark.createDataFrame([], tables.records_schema(kind))
    known = spark.sparkContext.broadcast({one["key"]: one for one in objects})
    description = {name: kind[name] for name in ("record", "key", "key_fallbacks", "unwrap")}

    def documents(batches):
        for batch in batches:
            for path, content in zip(batch.column("path").to_pylist(), batch.column("content").to_pylist()):
                levels = path.split("/")
                one = next((known.value[key] for key in ("/".join(levels[at:]) for at in range(len(levels)))
                            if key in known.value), None)
                if one is None:
                    continue  # came after the list was made
                if len(content) != one["bytes"]:
                    raise ValueError(f"object {one['key']} changed while it was read: run it again")
                lines = content.split(b"\n")
                if not lines[-1]:
                    lines.pop()
                for line, document in enumerate(lines, 1):
                    yield document, (one["topic"], one["partition"], one["first"] + line - 1, line, one["key"])

    def decode(batches):
        yield from tables.record_batches(description, documents(batches))

    folders = sorted({one["key"].rpartition("/")[0] for one in objects})
    escaped = re.sub(r"([{}\[\]*?\\])", r"\\\1", root.rstrip("/"))
    contents = spark.read.format("binaryFile").option("recursiveFileLookup", "true").option("pathGlobFilter", "*.json") \
        .load([f"{escaped}/{folder}" for folder in folders]).select("path", "content")
    return contents.mapInArrow(decode, tables.records_schema(kind))


def last_of_each_key(records, key):
    from pyspark.sql import Window
    from pyspark.sql import functions as sql
    arrival = [sql.expr(text).desc() for text in ("pinflow_offset - pinflow_line", "pinflow_partition", "pinflow_topic",
                                                  "pinflow_line", "pinflow_item")]
    place = sql.row_number().over(Window.partitionBy(quoted(key)).orderBy(*arrival))
    return records.withColumn("pinflow_place", place).where("pinflow_place = 1")


def lineage(objects, lines):
    """{"ab.pin-0": "0-99,200-299"}: the offsets read, ends included."""
    ranges = {}
    for one in sorted(objects, key=lambda one: one["first"]):
        count = lines.get(one["key"], 0)
        if not count:
            continue
        known = ranges.setdefault(f"{one['topic']}-{one['partition']}", [])
        if known and known[-1][1] == one["first"]:
            known[-1][1] += count
        else:
            known.append([one["first"], one["first"] + count])
    return {name: ",".join(f"{first}-{end - 1}" for first, end in known) if len(known) <= RANGES_MAX
            else f"{known[0][0]}-{known[-1][1] - 1} with gaps" for name, known in ranges.items()}


def replace(spark, rows, path, columns, load, note):
    import json
    tables.make_ready(spark, path, columns, load)
    rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true") \
        .option("userMetadata", json.dumps({"pinflow": note}, sort_keys=True)).save(path)
    return tables.last_commit(spark, path)


def run_kind(spark, kind, objects, options):
    from pyspark import StorageLevel
    began = time.monotonic()
    records = decoded(spark, kind, objects, options.objects).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        counts = records.groupBy("pinflow_object", "pinflow_reason").agg({"*": "count", "pinflow_line": "max"}).collect()
        lines, reasons, read = {}, {}, 0
        for key, reason, *both in ((row[0], row[1], row["count(1)"], row["max(pinflow_line)"]) for row in counts):
            read += both[0]
            lines[key] = max(lines.get(key, 0), both[1])
            if reason is not None:
                reasons[reason] = reasons.get(reason, 0) + both[0]
        missing = [one["key"] for one in objects if one["bytes"] and one["key"] not in lines]
        if missing:
            raise Problem("corrupt", f"object {missing[0]} was listed and could not be read: run it again")
        refused = sum(reasons.values())
        accepted = records.where("pinflow_reason IS NULL")
        latest = accepted.select(quoted(kind["key"])).distinct().count()
        if latest < read - refused:
            accepted = last_of_each_key(accepted, kind["key"])
        accepted.select(*(quoted(name) for name, _ in kind["record"])).createOrReplaceTempView("raw")
        rows = tables.cleaned(spark, kind)
        given = rows.count()
        if given != latest:
            raise Problem("failed_check", f"gives {given} rows for {latest} records; it must be one record in, one row out "
                          "(no grouping, no filter)", kind["clean"])
        note = {"load": "all", "offsets": lineage(objects, lines), "engine": "spark"}
        path = f"{options.tables.rstrip('/')}/{kind['table']}"
        version, written = replace(spark, rows, path, kind["cleaned"], "all", note)
        quarantine_version, quarantined = replace(spark, tables.refusals(records), path + "_quarantine", tables.QUARANTINE,
                                                  "all", note)
        if written != latest or quarantined != refused:
            raise Problem("internal", f"{kind['name']}: read {read}, {latest} to write and {refused} to quarantine, but "
                          f"{written} and {quarantined} were written")
    finally:
        records.unpersist()
    return {"kind": kind["name"], "table": kind["table"], "read": read, "written": written, "quarantined": quarantined,
            "duplicates": read - refused - latest, "late": 0, "reasons": reasons, "objects": len(objects),
            "bytes": sum(one["bytes"] for one in objects), "table_version": version,
            "quarantine_version": quarantine_version, "duration_us": int((time.monotonic() - began) * 1e6)}


# ---- the questions ----

WHOLE = {"tinyint": "int", "smallint": "int", "int": "int", "bigint": "bigint"}


def cell_expression(name, type_name, file):
    """(the column as it is collected, its type in the report)"""
    column = quoted(name)
    if type_name in WHOLE:
        return column, WHOLE[type_name]
    if type_name in ("string", "boolean", "double", "array<double>"):
        return column, type_name
    if type_name == "float":
        return f"CAST({column} AS DOUBLE)", "double"
    if type_name.startswith("decimal"):
        wanted = "bigint" if type_name.endswith(",0)") else "double"
        return f"CAST({column} AS {wanted})", wanted
    if type_name in ("timestamp", "timestamp_ntz"):
        return f"unix_micros(CAST({column} AS TIMESTAMP))", "timestamp"
    if type_name == "binary":
        return f"base64({column})", "binary"
    raise Problem("unsupported", f"column {name} is of type {type_name}, which answers do not have: cast it", file)


def cell_text(value):
    """Texts for all that is not null: so no reader has to guess at a number."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return [cell_text(item) for item in value]
    return repr(value) if isinstance(value, float) else str(value)


def ask(spark, pipeline, options):
    from pyspark.errors import PySparkException
    for kind in pipeline["kinds"]:
        spark.read.format("delta").load(f"{options.tables.rstrip('/')}/{kind['table']}").createOrReplaceTempView(kind["view"])
    answers = []
    for question in pipeline["questions"]:
        began = time.monotonic()
        result = tables.run_sql(spark, question["sql"], question["file"])
        cells = [cell_expression(name, type_name, question["file"]) for name, type_name in result.dtypes]
        names = result.columns
        try:
            rows = result.toDF(*(f"c{at}" for at in range(len(names)))).selectExpr(
                *(text.replace(quoted(name), f"`c{at}`") for at, (name, (text, _)) in enumerate(zip(names, cells)))).collect()
        except PySparkException as error:
            raise problems.problem_of(error, spark, "invalid_argument", question["file"]) from error
        answers.append({"name": question["name"], "columns": [[name, kind] for name, (_, kind) in zip(names, cells)],
                        "rows": [[cell_text(value) for value in row] for row in rows],
                        "duration_us": int((time.monotonic() - began) * 1e6)})
    return answers


def run(spark, options):
    pipeline = tables.pipeline()
    kinds = [kind for kind in pipeline["kinds"] if not options.kind or kind["name"] in options.kind]
    for kind in kinds:
        if kind["load"] != "all":
            raise Problem("unsupported", f"kind {kind['name']}: `load: {kind['load']}` is done by the embedded engine alone; "
                          "on Spark every run reads all objects (`load: all`)")
    inputs, ignored = find_inputs(pipeline, listed(spark, options.objects, options.prefix), options.prefix)
    report = {"spark": spark.version, "ignored_count": len(ignored), "ignored": ignored[:IGNORED_SHOWN_MAX]}
    with ThreadPoolExecutor(KINDS_AT_ONCE) as pool:
        begun = [pool.submit(run_kind, tables.another_session(spark), kind, inputs[kind["name"]], options) for kind in kinds]
    report["kinds"] = [one.result() for one in begun]
    report["answers"] = [] if options.no_questions else ask(spark, pipeline, options)
    return report


def main():
    parser = argparse.ArgumentParser(description="pinflow's batch on Spark")
    parser.add_argument("--objects", required=True, help="the bucket: a folder, or s3a://bucket")
    parser.add_argument("--prefix", default="topics/", help="where the topics are in it")
    parser.add_argument("--tables", required=True, help="the folder of the tables")
    parser.add_argument("--report", default="", help="where to write report.json")
    parser.add_argument("--kind", action="append", default=[], help="this kind alone; may be repeated")
    parser.add_argument("--no-questions", action="store_true")
    options = parser.parse_args()
    spark = tables.session("pinflow batch")
    try:
        report = run(spark, options)
        if options.report:
            problems.write_report(options.report, report)
    except Problem as problem:
        problems.end_with(problem, options.report)
    except Exception as error:
        import traceback
        traceback.print_exc()
        problems.end_with(problems.problem_of(error, spark), options.report)
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
