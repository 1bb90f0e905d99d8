# SPDX-License-Identifier: Apache-2.0
"""The decoder that runs on Spark beside the program's own: the same rows and the same refusals of random hostile bytes.

No Spark is needed: the decoder is plain Python."""
import base64
import json
import random
import sys

from house import ROOT, folder, run, run_json

sys.path.insert(0, str(ROOT / "src/remote/spark/application"))

KIND = {"record": [["id", "bigint"], ["n", "int"], ["d", "double"], ["b", "boolean"], ["s", "string"], ["t", "string"],
                   ["l", "array<double>"]], "key": "id", "key_fallbacks": ["index", "n"], "unwrap": ["json_string", "base64"]}
COLUMNS = [name for name, _ in KIND["record"]]
NUMBERS = ["0", "-0", "1", "33", "20.5", "24.0", "1e3", "-1E+2", "9223372036854775807", "9223372036854775808",
           "-9223372036854775808", "-9223372036854775809", "2147483647", "2147483648", "-2147483649", "1e400", "-1e400",
           "1e-400", "-1e-400", "0.1e400", "0.0e999", "4.9e-324", "2e-324", "123456789012345678901234567890", "0.1",
           "1.7976931348623157e308", "1.7976931348623159e308", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "NaN",
           "Infinity", "-Infinity", "+Infinity", "INF", "+INF", "-INF", "-NaN", "nan", "1_000", "--1", "9" * 1000, "9" * 1001,
           "0." + "0" * 999, "1e-" + "0" * 998, "-" + "1" * 1000, "0." + "0" * 400 + "1e405", "1" + "0" * 400 + "e-400",
           "00", "-01", "1" * 310, "1" * 309 + ".5"]
STRINGS = ['""', '"abc"', '"NaN"', '"Infinity"', '"-INF"', '"33"', '"true"', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud83d"',
           '"\\ude00"', '"\\ud83d\\u0041"', '"\\ud800\\ue000"', '"\\uD800x"', '"\\x"', '"\\"', '"\\u12"', '"\\u12G4"', '"é"',
           '"😀"', '"\x01"', '"\t"', '"a\\nb\\t\\"\\\\\\/\\b\\f\\r"', '"\\u0000"', '"\x7f"', '"\u2028"', '"unclosed',
           "'single'", '"\\u00"', '"' + "x" * 50 + '"', '"\\\\ud800"', '"\\\\"']
WORDS = ["true", "false", "null", "True", "nul", "tru", "undefined", "None"]
NAMES = ['"id"', '"n"', '"d"', '"b"', '"s"', '"t"', '"l"', '"index"', '"other"', '"i\\u0064"', '"ID"', '""', '"\\ud800"',
         '"\\udc00"', '"\\ud83d\\ude00"', '"a b"', "id", '"\\x"', '"\\ud800\\u0041"']
SPLINTERS = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\x00", b"\x0c", b"\x1a", b"\xff", b"\xc0\x80",
             b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"0", b"e", b"-", b"u", b"\xef\xbb\xbf", b"\r", b"\x1f", b"\\u",
             b"\\ud800"]
ENDS = [b"}", b"]", b" {}", b"x", b'"', b",", b" 5", b"\r", b" \t", b"}}", b'{"id":1}']

PIPELINE = """name: hostile
kinds:
  thing:
    source_table: thing
    topic: "{user}.thing"
    table: thing
    stream: "streaming-{user}-thing"
    stream_table: "{user}_thing_table"
    view: thing
    key: id
    key_fallbacks: [index, n]
    unwrap: [json_string, base64]
    record: &columns
      id: bigint
      n: int
      d: double
      b: boolean
      s: string
      t: string
      l: array<double>
    clean: clean/thing.sql
    cleaned:
      id: bigint
      n: int
      d: double
      b: boolean
      s: string
      t: string
      l: array<double>
""".replace("&columns", "")


class Documents:
    """Mostly nearly right."""

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def space(self):
        return self.dice.choice(["", "", "", " ", "\t", "\r", "  "])

    def right(self, name):
        dice = self.dice
        return {'"id"': lambda: str(dice.randrange(1_000_000)), '"n"': lambda: str(dice.randrange(-5, 5)),
                '"d"': lambda: repr(dice.uniform(-1e6, 1e6)), '"b"': lambda: dice.choice(["true", "false"]),
                '"s"': lambda: json.dumps(dice.choice(["x", "é😀", 'a"b', "\\", "tab\t", "", '{"id":1}']), ensure_ascii=False),
                '"t"': lambda: '"y"', '"l"': lambda: dice.choice(["[]", "[1,2.5]", "[null,1]", "[NaN]"])
                }.get(name, lambda: "1")()

    def any(self, depth=0):
        at = self.dice.random()
        if at < .35:
            return self.dice.choice(NUMBERS)
        if at < .65:
            return self.dice.choice(STRINGS)
        if at < .8 or depth > 4:
            return self.dice.choice(WORDS)
        if at < .9:
            return "[" + ",".join(self.space() + self.any(depth + 1) for _ in range(self.dice.randrange(4))) + "]"
        return self.object(depth + 1)

    def object(self, depth=0):
        wrong = self.dice.choice([0, .1, .5])
        names = self.dice.sample(NAMES[:7], self.dice.randrange(1, 8)) if depth == 0 else []
        if depth == 0 and self.dice.random() < .85 and '"id"' not in names:
            names.append('"id"')
        if depth or self.dice.random() < .3:
            names += [self.dice.choice(NAMES) for _ in range(self.dice.randrange(3))]
        return "{" + ",".join(self.space() + name + self.space() + ":" + self.space() +
                              (self.any(depth) if self.dice.random() < wrong else self.right(name)) + self.space()
                              for name in names) + "}"

    def deep(self):
        levels, name = self.dice.choice([998, 999, 1000, 1001, 1002]), self.dice.choice(['"x"', '"s"', '"l"', '"d"'])
        if self.dice.random() < .7:
            return '{"id":7,%s:%s}' % (name, "[" * (levels - 1) + "]" * (levels - 1))
        return '{"id":8,"x":' * levels + "1" + "}" * levels

    def wrapped(self):
        text = self.object() if self.dice.random() < .8 else f"[{self.object()},{self.object()}]"
        for _ in range(self.dice.choice([1, 1, 2, 3, 4])):
            if self.dice.random() < .6:
                text = json.dumps(text, ensure_ascii=self.dice.random() < .5)
            else:
                text = '"' + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode() + '"'
        return text

    def text(self):
        at = self.dice.random()
        if at < .6:
            return self.object()
        if at < .7:
            return "[" + ",".join(self.space() + (self.object() if self.dice.random() < .9 else self.any())
                                  for _ in range(self.dice.randrange(4))) + "]"
        if at < .76:
            return self.dice.choice(NUMBERS + STRINGS + WORDS + ["", "  ", "\r", "5 6", '"a" "b"', "{} {}", "[{}] 1"])
        return self.deep() if at < .78 else self.wrapped()

    def damaged(self, document):
        broken = bytearray(document)
        for _ in range(self.dice.choice([1, 1, 1, 2, 3])):
            how, at = self.dice.random(), self.dice.randrange(len(broken) + 1)
            if how < .3 and broken:
                del broken[min(at, len(broken) - 1)]
            elif how < .55:
                broken[at:at] = self.dice.choice(SPLINTERS)
            elif how < .65:
                del broken[at:]
            elif how < .75 and broken:
                broken[min(at, len(broken) - 1)] = self.dice.randrange(256)
            else:
                broken += self.dice.choice(ENDS)
        return bytes(broken)

    def next(self):
        document = self.text().encode("utf-8", "surrogatepass")
        if self.dice.random() < .35:
            document = self.damaged(document)
        if self.dice.random() < .01:
            document = b"\xef\xbb\xbf" + document
        return document.replace(b"\n", b"")


def write_objects(bucket, topic, documents, an_object=1000):
    place = bucket / "topics" / topic / "partition=0"
    place.mkdir(parents=True)
    for first in range(0, len(documents), an_object):
        (place / f"{topic}+0+{first:010}.json").write_bytes(b"\n".join(documents[first:first + an_object]) + b"\n")


def write_pipeline(path):
    (path / "clean").mkdir(parents=True)
    (path / "pipeline.yaml").write_text(PIPELINE)
    (path / "clean/thing.sql").write_text(f"select {', '.join(COLUMNS)} from raw\n")


def as_shown(value):
    """As the program prints it: NaN and infinities as texts."""
    if isinstance(value, list):
        return [as_shown(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def check_seed(seed, count=8_000):
    import decoder
    source = Documents(seed)
    documents = [source.next() for _ in range(count)]
    with folder() as scratch:
        write_objects(scratch / "bucket", "u.thing", documents)
        write_pipeline(scratch / "pipeline")
        run("batch", "run", "--pipeline", scratch / "pipeline", "--objects", scratch / "bucket", "--data-dir", scratch / "d")

        def ask(sql):
            return run_json("sql", sql, "--pipeline", scratch / "pipeline", "--data-dir", scratch / "d")
        rows = {row["id"]: list(row.values()) for row in ask("select * from thing")}
        refused = [(row["o"], row["reason"], bytes.fromhex(row["raw"])) for row in ask(
            'select "offset" as o, reason, hex(raw) as raw from thing_quarantine')]
    decode, wanted_rows, wanted_refused = decoder.Decoder(KIND), {}, []
    for offset, document in enumerate(documents):
        accepted, refusals = decode.decode(document)
        assert decode.decode_long(document) == (accepted, list(refusals)) or "nan" in repr(accepted), document
        wanted_rows.update((row[0], as_shown(row)) for row in accepted)
        wanted_refused += [(offset, reason, raw) for reason, raw in refusals]
    wrong = sorted(set(refused) ^ set(wanted_refused))[:3]
    assert not wrong and len(refused) == len(wanted_refused), f"seed {seed}: refusals differ: {wrong}"
    assert rows == wanted_rows, f"seed {seed}: rows differ: " + repr(
        [(rows.get(key), wanted_rows.get(key)) for key in rows.keys() | wanted_rows if rows.get(key) != wanted_rows.get(key)][:3])
    for together in (1, 7, 500):
        check_side_by_side(decode, documents, together)
    assert len(rows) > count / 5 and len({reason for _, reason, _ in refused}) >= 12, "the documents are too tame"


def check_side_by_side(decode, documents, together):
    """Many documents at once come to what each one comes to alone."""
    for first in range(0, len(documents), together):
        some = documents[first:first + together]
        columns, whose, items, refusals = decode.decode_many(some)
        there = sorted((at, item, repr(list(row))) for at, item, *row in zip(whose, items, *columns))
        alone = [decode.decode(document) for document in some]
        assert there == [(at, item, repr(row)) for at, (rows, _) in enumerate(alone) for item, row in enumerate(rows)]
        assert refusals == [(at, *refusal) for at, (_, refused) in enumerate(alone) for refusal in refused]


def scenario_the_decoder_on_spark_gives_the_programs_rows_and_refusals():
    for seed in (1, 2, 3):
        check_seed(seed)
