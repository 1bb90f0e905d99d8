# SPDX-License-Identifier: Apache-2.0
"""What batch.py and stream.py share: the session, records out of bytes, Delta tables."""
import gc
import json
import pathlib

from problems import Problem, problem_of

HERE = pathlib.Path(__file__).resolve().parent

# Cells of a place, beside the record's own columns.
PLACES = ("pinflow_topic string, pinflow_partition int, pinflow_offset bigint, pinflow_line bigint, pinflow_item bigint, "
          "pinflow_object string")
# So few that what is read of them is still in the processor's cache when it is made a column.
DOCUMENTS_A_BATCH, BYTES_A_BATCH = 500, 16 << 20
REFUSALS = "pinflow_reason string, pinflow_raw binary"
QUARANTINE = [["reason", "string"], ["topic", "string"], ["partition", "int"], ["offset", "bigint"], ["line", "bigint"],
              ["object", "string"], ["raw", "binary"]]


# Under these the SQL gives the embedded engine's answers.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a value that does not fit is an error, as in the embedded engine, never another value
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Rows of whole objects go to the Python workers: few at a time.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "8",
}


def session(name):
    from pyspark.sql import SparkSession
    spark = made_ready(SparkSession.builder.appName(name).getOrCreate())
    for file in ("decoder.py", "problems.py", "tables.py"):
        spark.sparkContext.addPyFile(str(HERE / file))
    return spark


def another_session(spark):
    """With views of its own, over the same cluster."""
    return made_ready(spark.newSession())


def made_ready(spark):
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    spark.sql("CREATE OR REPLACE TEMPORARY FUNCTION list_value(a DOUBLE, b DOUBLE) RETURNS ARRAY<DOUBLE> RETURN array(a, b)")
    return spark


def pipeline():
    """pipeline.json, with the text of each SQL file put in."""
    found = json.loads((HERE / "pipeline.json").read_text("utf-8"))
    for kind in found["kinds"]:
        kind["sql"] = (HERE / kind["clean"]).read_text("utf-8")
    for question in found["questions"]:
        question["sql"] = (HERE / question["file"]).read_text("utf-8")
    return found


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def ddl(columns):
    return ", ".join(f"{quoted(name)} {type_name}" for name, type_name in columns)


def user_of(pattern, text):
    """The user of "ab.pin" by "{user}.pin"; None when it does not fit; "" when the pattern has no user and is the text."""
    if pattern == text:
        return ""
    before, mark, after = pattern.partition("{user}")
    fits = mark and text.startswith(before) and text.endswith(after) and len(text) > len(before) + len(after)
    return text[len(before):len(text) - len(after)] if fits else None


def record_batches(kind, documents):
    """Decodes (document, place) pairs into Arrow batches: the record's columns, the place, the refusal.

    A place is (topic, partition, offset, line, object); an accepted record of a document is numbered by its item."""
    import decoder
    import pyarrow
    types = {"int": pyarrow.int32(), "bigint": pyarrow.int64(), "double": pyarrow.float64(), "string": pyarrow.string(),
             "boolean": pyarrow.bool_(), "array<double>": pyarrow.list_(pyarrow.float64()), "binary": pyarrow.binary()}
    fields = [(name, types[type_name]) for name, type_name in kind["record"]]
    fields += [(part.split()[0], types[part.split()[1]]) for part in (PLACES + ", " + REFUSALS).split(", ")]
    schema = pyarrow.schema(fields)
    decode_many = decoder.Decoder(kind).decode_many

    def batch(texts, places):
        columns, whose, items, refusals = decode_many(texts)
        nothing, refused = [None] * len(refusals), [at for at, _, _ in refusals]
        topics, partitions, offsets, lines, keys = ([column[at] for at in (*whose, *refused)] for column in zip(*places))
        columns = [column + nothing for column in columns]
        columns += [topics, partitions, offsets, lines, items + [0] * len(refused), keys]
        columns += [[None] * len(whose) + [refusal[part] for refusal in refusals] for part in (1, 2)]
        return pyarrow.RecordBatch.from_arrays([pyarrow.array(column, field.type) for column, field in zip(columns, schema)],
                                               schema=schema)

    # Nothing here is in a ring, and looking for rings among so many values is a fifth of the work.
    gc.disable()
    try:
        texts, places, size = [], [], 0
        for document, place in documents:
            texts.append(document)
            places.append(place)
            size += len(document)
            if len(texts) == DOCUMENTS_A_BATCH or size >= BYTES_A_BATCH:
                yield batch(texts, places)
                texts, places, size = [], [], 0
        if texts:
            yield batch(texts, places)
    finally:
        gc.enable()


def records_schema(kind):
    return f"{ddl(kind['record'])}, {PLACES}, {REFUSALS}"


def refusals(records):
    """The quarantine's rows."""
    names = {"reason": "pinflow_reason", "raw": "pinflow_raw"}
    return records.where("pinflow_reason IS NOT NULL").selectExpr(
        *(f"CAST({names.get(name, 'pinflow_' + name)} AS {type_name}) AS {quoted(name)}" for name, type_name in QUARANTINE))


def run_sql(spark, text, file):
    """The text's result, or a Problem that names the file."""
    from pyspark.errors import PySparkException
    try:
        return spark.sql(text)
    except PySparkException as error:
        raise problem_of(error, spark, "invalid_argument", file) from error


def cleaned(spark, kind):
    """The kind's SQL over the view `raw`, as the declared columns."""
    given = run_sql(spark, kind["sql"], kind["clean"])
    declared = [name for name, _ in kind["cleaned"]]
    if given.columns != declared:
        raise Problem("invalid_argument", f"gives the columns {', '.join(given.columns)}; the pipeline's `cleaned` declares "
                      f"{', '.join(declared)}", kind["clean"])
    return given.selectExpr(*(f"CAST({quoted(name)} AS {type_name}) AS {quoted(name)}" for name, type_name in kind["cleaned"]))


# ---- tables ----

# What other ways to load note on a table, and what would be untrue of rows that this application wrote.
FOREIGN_MARKS = ("pinflow.epoch", "pinflow.cleaning", "pinflow.batch", "pinflow.totals")


def properties_of(spark, path):
    found = spark.sql(f"SHOW TBLPROPERTIES delta.{quoted(path)}").collect()
    return {row[0]: row[1] for row in found}


def is_table(spark, path):
    hadoop = spark._jvm.org.apache.hadoop.fs.Path(path + "/_delta_log")
    return hadoop.getFileSystem(spark._jsc.hadoopConfiguration()).exists(hadoop)


def make_ready(spark, path, columns, load):
    """The table is there, and its marks say how its rows will have been made, before they are replaced."""
    if not is_table(spark, path):
        marks = "'delta.enableDeletionVectors'='false'" + (f", 'pinflow.load'='{load}'" if load else "")
        spark.sql(f"CREATE TABLE delta.{quoted(path)} ({ddl(columns)}) USING delta TBLPROPERTIES ({marks})")
        return
    marks = properties_of(spark, path)
    wrong = [name for name in FOREIGN_MARKS if name in marks]
    if wrong:
        names = ", ".join(f"'{name}'" for name in wrong)
        spark.sql(f"ALTER TABLE delta.{quoted(path)} UNSET TBLPROPERTIES IF EXISTS ({names})")
    if load and marks.get("pinflow.load") != load:
        spark.sql(f"ALTER TABLE delta.{quoted(path)} SET TBLPROPERTIES ('pinflow.load'='{load}')")


def last_commit(spark, path):
    """(version, rows written) of the newest commit."""
    row = spark.sql(f"DESCRIBE HISTORY delta.{quoted(path)} LIMIT 1").collect()[0]
    return row["version"], int((row["operationMetrics"] or {}).get("numOutputRows", "0"))
