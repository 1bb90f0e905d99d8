# SPDX-License-Identifier: Apache-2.0
"""Stored JSON becomes typed columns: the rules of pinflow's own decoder (src/codec/records), answer for answer.

Most documents take a short road through Python's own JSON scanner. Whatever that road is not sure of (an error, an
escape of half a pair, a name twice, a container in a text column, a long number, a wrapped text) goes the long road,
which reads the bytes as the C++ decoder does and gives its reasons. A test compares the two on random hostile bytes.

Nothing here needs Spark: a worker gets this file and a kind's description, and calls decode().

One long file, because it travels alone: a cluster's workers are sent just it.
"""
import json
import re
import sys

DOCUMENT_BYTES_MAX = 16 << 20
DEPTH_MAX = 1000
NUMBER_CHARS_MAX = 1000
UNWRAP_MAX = 3

EMPTY = "empty line"
NOT_JSON = "not valid JSON"
NOT_UTF8 = "not valid UTF-8"
LONE_SURROGATE = "half of a surrogate pair"
TEXT_AFTER = "text after the document"
NOT_OBJECT = "not a JSON object"
EMPTY_ARRAY = "empty array"
MIXED_ARRAY = "array with an element that is not a JSON object"
WRAPPED_UNKNOWN = "text that wraps no JSON object"
TOO_DEEP = "nested deeper than 1,000"
NUMBER_TOO_LONG = "number longer than 1,000 characters"
TOO_LARGE = "document over 16 MiB"
KEY_MISSING = "key missing"
KEY_NULL = "key is null"
KEY_NOT_WHOLE = "key is not a whole number"

SPACE = b" \t\r\n"
NAMED_REALS = {"NaN": float("nan"), "Infinity": float("inf"), "+Infinity": float("inf"), "+INF": float("inf"),
               "-Infinity": float("-inf"), "-INF": float("-inf")}
WHOLE_BITS = {"int": 31, "bigint": 63}

# The long road recurses once or twice a level.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 4 * DEPTH_MAX + 1000))


# ---- the short road ----

class Whole(str):
    """The text of a number without point and exponent."""


class Real(str):
    """The text of any other number, or NaN, Infinity, -Infinity."""


class Unsure(Exception):
    """The short road cannot tell: take the long one."""


def members(pairs):
    """By name; of repeated names the long road knows which counts."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unsure
    return fields


scan_json = json.JSONDecoder(object_pairs_hook=members, parse_int=Whole, parse_float=Real, parse_constant=Real)
# What a number is written with becomes a 0: an expression over a long document would take longer than reading it.
NUMBER_CHARS = bytes(ord("0") if chr(code) in "0123456789+-.eE" else ord(" ") for code in range(256))
LONG_NUMBER = b"0" * (NUMBER_CHARS_MAX + 1)
CONTAINERS_MAX = 500  # of which each may hold the next


def is_for_long_road(document):
    size = len(document)
    return (b"\\" in document and (b"\\ud" in document or b"\\uD" in document)
            or size > CONTAINERS_MAX and document.count(b"{") + document.count(b"[") > CONTAINERS_MAX
            or size > NUMBER_CHARS_MAX and (size > DOCUMENT_BYTES_MAX or LONG_NUMBER in document.translate(NUMBER_CHARS)))


def short_text(value):
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is Whole or kind is Real:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    raise Unsure  # a container: its text is in the bytes


def short_whole(bits):
    low, high = -(1 << bits), (1 << bits) - 1

    def read(value):
        if type(value) is not Whole:
            return None
        whole = int(value)
        return whole if low <= whole <= high else None
    return read


def short_real(value):
    kind = type(value)
    if kind is Whole or kind is Real:
        return float(value)
    return NAMED_REALS.get(value) if kind is str else None


def short_boolean(value):
    return value if type(value) is bool else None


def short_list(value):
    if type(value) is list:
        raise Unsure
    return None


def short_reader(type_name):
    return {"string": short_text, "double": short_real, "boolean": short_boolean,
            "array<double>": short_list}.get(type_name) or short_whole(WHOLE_BITS[type_name])


# Columns of these kinds of values alone are read as one; each as its reader would read every value.
NOTHING = type(None)
ALIKE = {"string": ({str, NOTHING}, lambda values: values), "double": ({Whole, Real}, lambda values: list(map(float, values))),
         "boolean": ({bool, NOTHING}, lambda values: values)}


def short_column(values, type_name, read, unsure):
    """The column's values; where the short road cannot tell, the place in it goes into `unsure`."""
    kinds = set(map(type, values))
    alike, read_all = ALIKE.get(type_name, ((), None))
    if read_all and kinds <= alike:
        return read_all(values)
    if type_name in WHOLE_BITS and kinds == {Whole}:
        wholes, bits = list(map(int, values)), WHOLE_BITS[type_name]
        if -(1 << bits) <= min(wholes) and max(wholes) < 1 << bits:
            return wholes
    column = []
    for at, value in enumerate(values):
        try:
            column.append(read(value))
        except Unsure:
            unsure.add(at)
            column.append(None)
    return column


# ---- the long road ----

class Refused(Exception):
    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class WrongType:
    """There, but not of the column's type."""


WRONG = WrongType()
skip_space = re.compile(rb"[ \t\r\n]*").match
scan_string = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL).match
# A form feed and \x1a end a token too: the C++ reader's tables take them for marks.
scan_scalar = re.compile(rb'[^ \t\r\n,:{}\[\]"\x0c\x1a]*').match
scan_number = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").fullmatch
find_quote = re.compile(rb'\\.|"', re.DOTALL).finditer
control_character = re.compile(rb"[\x00-\x1f]").search
escape = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.?))", re.DOTALL)
PLAIN_ESCAPES = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def classify(token):
    """invalid, null, boolean, integer or real: what a token is that is neither a string nor a container."""
    first = token[:1]
    if first.isdigit() or (first == b"-" and token[1:2].isdigit()):
        number = scan_number(token)
        if not number:
            return "invalid"
        return "real" if number.group(1) or number.group(2) else "integer"
    if token == b"null":
        return "null"
    if token in (b"true", b"false"):
        return "boolean"
    return "real" if token.decode("latin-1") in NAMED_REALS else "invalid"


def real_number(token):
    named = NAMED_REALS.get(token.decode("latin-1"))
    return float(token) if named is None else named


class Walk:
    """One walk over one document, checking all of it: what nobody wants can still refuse it."""

    def __init__(self, document, slots):
        self.slots = slots
        self.raws = []      # of each object, its bytes
        self.records = []   # of each object, {name: value, None, WRONG}; absent ones are not there
        self.text = None    # of a document that is a string
        if len(document) > DOCUMENT_BYTES_MAX:
            raise Refused(TOO_LARGE)
        self.bytes = document[3:] if document.startswith(b"\xef\xbb\xbf") else document
        if not self.bytes.strip(SPACE):
            raise Refused(EMPTY)
        self.has_surrogates = b"\\ud" in self.bytes or b"\\uD" in self.bytes
        self.check_strings()
        self.read_document()

    # What is wrong with the quotes or the bytes is found before anything else, wherever it is.
    def check_strings(self):
        opened = None
        for found in find_quote(self.bytes):
            if found.group() != b'"':
                continue
            if opened is None:
                opened = found.start()
                continue
            if control_character(self.bytes, opened, found.start()):
                raise Refused(NOT_JSON)
            opened = None
        if opened is not None:
            raise Refused(NOT_JSON)
        try:
            self.bytes.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(NOT_UTF8) from None

    def read_document(self):
        at, last = self.next(0), self.bytes.rstrip(SPACE)[-1:]
        first = self.bytes[at:at + 1]
        if first == b"{":
            if last != b"}":
                raise Refused(NOT_JSON)
            self.raws.append(self.bytes.rstrip(SPACE))
            self.check_end(self.read_object(at, 1))
        elif first == b"[":
            if last != b"]":
                raise Refused(NOT_JSON)
            self.check_end(self.read_array(at))
        else:
            string = scan_string(self.bytes, at)
            if string and self.next(string.end()) == len(self.bytes):
                self.text = self.unescape(string.group())
                return
            token = self.scalar(at)
            raise Refused(NOT_JSON if classify(token) == "invalid" else NOT_OBJECT)

    def check_end(self, at):
        if self.next(at) != len(self.bytes):
            raise Refused(TEXT_AFTER)

    def read_array(self, at):
        """Spark takes all elements or, when one of them is no object, none."""
        is_mixed = False
        for begin in self.elements(at):
            if self.bytes[begin:begin + 1] == b"{":
                self.passed = self.read_object(begin, 2)
                self.raws.append(self.bytes[begin:self.passed])
            else:
                is_mixed = True
                self.passed = self.check(begin, 1)
        if is_mixed:
            raise Refused(MIXED_ARRAY)
        if not self.raws:
            raise Refused(EMPTY_ARRAY)
        return self.passed

    def elements(self, at):
        """Where each element begins; the caller leaves in `passed` where it ends. At last: where the array does."""
        at = self.next(at + 1)
        if self.bytes[at:at + 1] == b"]":
            self.passed = at + 1
            return
        while True:
            yield at
            at = self.next(self.passed)
            mark = self.bytes[at:at + 1]
            if mark == b"]":
                self.passed = at + 1
                return
            if mark != b",":
                raise Refused(NOT_JSON)
            at = self.next(at + 1)

    def members(self, at):
        """(name, where the value begins) of each member, as elements() does."""
        at = self.next(at + 1)
        if self.bytes[at:at + 1] == b"}":
            self.passed = at + 1
            return
        while True:
            string = scan_string(self.bytes, at)
            if not string:
                raise Refused(NOT_JSON)
            at = self.next(string.end())
            if self.bytes[at:at + 1] != b":":
                raise Refused(NOT_JSON)
            yield self.name_of(string.group()), self.next(at + 1)
            at = self.next(self.passed)
            mark = self.bytes[at:at + 1]
            if mark == b"}":
                self.passed = at + 1
                return
            if mark != b",":
                raise Refused(NOT_JSON)
            at = self.next(at + 1)

    def name_of(self, string):
        content = string[1:-1]
        if b"\\" not in content:
            return content.decode("utf-8")
        try:
            return self.unescape(string)
        except Refused:
            raise Refused(NOT_JSON) from None  # of names, the C++ reader says no more

    def read_object(self, at, depth):
        record = {}
        self.records.append(record)
        for name, begin in self.members(at):
            type_name = self.slots.get(name)
            if type_name is None:
                self.passed = self.check(begin, depth)
                continue
            value, self.passed = self.read_field(begin, type_name, depth)
            # The last of repeated names counts; but a value that was right stands when a later one is of a wrong type.
            if value is not WRONG or record.get(name) is None:
                record[name] = value
        return self.passed

    def read_field(self, at, type_name, depth):
        first = self.bytes[at:at + 1]
        if first == b'"':
            return self.read_string(at, type_name)
        if first not in (b"{", b"["):
            token = self.scalar(at)
            return self.read_scalar(token, type_name), at + len(token)
        if type_name == "array<double>" and first == b"[":
            return self.read_list(at, depth)
        end = self.check(at, depth)
        return (self.bytes[at:end].decode("utf-8") if type_name == "string" else WRONG), end

    def read_string(self, at, type_name):
        string = scan_string(self.bytes, at)
        if not string:
            raise Refused(NOT_JSON)
        content = self.unescape(string.group())
        if type_name == "string":
            return content, string.end()
        if type_name == "double" and content in NAMED_REALS:
            return NAMED_REALS[content], string.end()
        return WRONG, string.end()

    def read_scalar(self, token, type_name):
        kind = self.check_scalar(token)
        if kind == "null":
            return None
        if type_name == "string":
            return token.decode("utf-8")
        if type_name == "boolean" and kind == "boolean":
            return token == b"true"
        if type_name == "double" and kind != "boolean":
            return real_number(token)
        if type_name in WHOLE_BITS and kind == "integer":
            whole, bits = int(token), WHOLE_BITS[type_name]
            if -(1 << bits) <= whole < 1 << bits:
                return whole
        return WRONG

    def read_list(self, at, depth):
        """One element of the wrong type makes the whole list null."""
        if depth + 1 > DEPTH_MAX:
            raise Refused(TOO_DEEP)
        items, fits = [], True
        for begin in self.elements(at):
            item, self.passed = self.read_field(begin, "double", depth + 1)
            fits = fits and item is not WRONG
            items.append(item)
        return (items if fits else WRONG), self.passed

    def check(self, at, depth):
        """Where the value ends, or why it is none."""
        first = self.bytes[at:at + 1]
        if first in (b"{", b"["):
            if depth + 1 > DEPTH_MAX:
                raise Refused(TOO_DEEP)
            if first == b"{":
                for _, begin in self.members(at):
                    self.passed = self.check(begin, depth + 1)
            else:
                for begin in self.elements(at):
                    self.passed = self.check(begin, depth + 1)
            return self.passed
        if first == b'"':
            string = scan_string(self.bytes, at)
            if not string:
                raise Refused(NOT_JSON)
            self.unescape(string.group())
            return string.end()
        token = self.scalar(at)
        self.check_scalar(token)
        return at + len(token)

    def check_scalar(self, token):
        kind = classify(token)
        if kind == "invalid":
            raise Refused(NOT_JSON)
        if len(token) > NUMBER_CHARS_MAX:
            raise Refused(NUMBER_TOO_LONG)
        return kind

    def scalar(self, at):
        found = scan_scalar(self.bytes, at)
        if self.bytes[found.end():found.end() + 1] == b'"':
            return b""  # letters and a quote together are no token
        return found.group()

    def unescape(self, string):
        content = string[1:-1]
        if b"\\" not in content:
            return content.decode("utf-8")
        text, at = bytearray(), 0
        while True:
            begin = content.find(b"\\", at)
            if begin < 0:
                text += content[at:]
                break
            text += content[at:begin]
            found = escape.match(content, begin)
            at = found.end()
            if found.group(1) is None:
                plain = PLAIN_ESCAPES.get(found.group(2))
                if plain is None:
                    raise Refused(LONE_SURROGATE if self.has_surrogates else NOT_JSON)
                text += plain
                continue
            code = int(found.group(1), 16)
            if 0xd800 <= code < 0xdc00:
                low = escape.match(content, at)
                if not low or low.group(1) is None or not 0xdc00 <= int(low.group(1), 16) < 0xe000:
                    raise Refused(LONE_SURROGATE)
                code = 0x10000 + ((code - 0xd800) << 10) + (int(low.group(1), 16) - 0xdc00)
                at = low.end()
            elif 0xdc00 <= code < 0xe000:
                raise Refused(LONE_SURROGATE)
            text += chr(code).encode("utf-8")
        return text.decode("utf-8")

    def next(self, at):
        return skip_space(self.bytes, at).end()


# ---- both roads ----

def base64_decoded(text):
    """Strict RFC 4648 with padding; None for anything else."""
    import binascii
    if len(text) % 4 or not re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", text):
        return None
    try:
        return binascii.a2b_base64(text)
    except ValueError:
        return None


def looks_wrapped(text):
    return text.strip(SPACE)[:1] in (b"{", b"[", b'"')


class Decoder:
    """For one kind: {"record": [[name, type], …], "key": …, "key_fallbacks": […], "unwrap": […]}."""

    def __init__(self, kind):
        self.columns = [name for name, _ in kind["record"]]
        self.slots = {name: type_name for name, type_name in kind["record"]}
        self.key, self.fallbacks = kind["key"], kind["key_fallbacks"]
        for name in self.fallbacks:
            self.slots.setdefault(name, self.slots[self.key])
        self.unwrap = kind["unwrap"]
        self.key_at = self.columns.index(self.key)
        self.readers = [(name, short_reader(type_name)) for name, type_name in kind["record"]]

    def decode(self, document):
        """(rows, refusals) of one document: lists of the columns' values, and (reason, the record's bytes)."""
        try:
            return self.decode_short(document), ()
        except (Unsure, ValueError, RecursionError):
            return self.decode_long(document)

    def decode_many(self, documents):
        """(columns, whose, items, refusals): the accepted records as columns, with the place of each one's document and its
        place in that; and (the document's place, reason, the record's bytes). Nearly all documents are one object each, and
        go the short road side by side: a column at a time is a fraction of the work."""
        fields = self.plain_objects(documents)
        whose = [at for at, found in enumerate(fields) if found is not None]
        if len(whose) < len(fields):
            fields = [fields[at] for at in whose]
        columns, unsure = self.short_columns(fields)
        if unsure:
            whose = [at for place, at in enumerate(whose) if place not in unsure]
            columns = [[value for place, value in enumerate(column) if place not in unsure] for column in columns]
        items, refusals = [0] * len(whose), []
        if len(whose) < len(documents):
            for at in sorted(set(range(len(documents))).difference(whose)):
                rows, refused = self.decode(documents[at])
                refusals += ((at, reason, raw) for reason, raw in refused)
                for item, row in enumerate(rows):
                    whose.append(at)
                    items.append(item)
                    for column, value in zip(columns, row):
                        column.append(value)
        return columns, whose, items, refusals

    def plain_objects(self, documents):
        """Of each document its members; None of what is not plainly one object."""
        scan, found = scan_json.scan_once, []
        for document in documents:
            fields = None
            if not is_for_long_road(document):
                try:
                    text = document.decode("utf-8")
                    fields, end = scan(text, 0)
                    if type(fields) is not dict or end != len(text):
                        fields = None
                except (Unsure, ValueError, StopIteration, RecursionError):
                    fields = None
            found.append(fields)
        return found

    def short_columns(self, fields):
        unsure = set()
        columns = [short_column([record.get(name) for record in fields], self.slots[name], read, unsure)
                   for name, read in self.readers]
        key = columns[self.key_at]
        if None in key:
            unsure.update(at for at, value in enumerate(key) if value is None)  # a fallback, or a refusal
        return columns, unsure

    def decode_short(self, document):
        if is_for_long_road(document):
            raise Unsure
        value = scan_json.decode(document.decode("utf-8"))
        if type(value) is dict:
            return [self.short_row(value)]
        if type(value) is not list or not value:
            raise Unsure
        return [self.short_row(record) for record in value]

    def short_row(self, fields):
        if type(fields) is not dict:
            raise Unsure
        row = [read(fields.get(name)) for name, read in self.readers]
        if row[self.key_at] is None:
            raise Unsure  # a fallback, or a refusal
        return row

    def decode_long(self, document):
        content, unwrapped = document, 0
        try:
            walk = Walk(content, self.slots)
            while walk.text is not None:
                content = None
                if self.unwrap and unwrapped < UNWRAP_MAX:
                    content = self.unwrapped(walk.text.encode("utf-8"))
                unwrapped += 1
                if content is None:
                    raise Refused(WRAPPED_UNKNOWN if self.unwrap else NOT_OBJECT)
                walk = Walk(content, self.slots)
        except Refused as refused:
            return [], [(refused.reason, document)]
        rows, refusals = [], []
        for record, raw in zip(walk.records, walk.raws):
            key = self.key_of(record)
            if type(key) is str:
                # A document of one record is kept as it was stored, wrapping and all.
                refusals.append((key, document if len(walk.raws) == 1 else raw))
            else:
                rows.append([key if name == self.key else value_of(record, name) for name in self.columns])
        return rows, refusals

    def unwrapped(self, text):
        """What the first declared wrapping that fits holds, or None."""
        for wrapping in self.unwrap:
            if wrapping == "json_string" and looks_wrapped(text):
                return text
            if wrapping == "base64":
                decoded = base64_decoded(text)
                if decoded is not None and looks_wrapped(decoded):
                    return decoded
        return None

    def key_of(self, record):
        """The record's key, or (a text) why it has none."""
        own = value_of(record, self.key)
        if own is not None:
            return own
        for name in self.fallbacks:
            fallback = value_of(record, name)
            if fallback is not None and self.has_other_column(record):
                return fallback
        if self.key not in record:
            return KEY_MISSING
        return KEY_NOT_WHOLE if record[self.key] is WRONG else KEY_NULL

    def has_other_column(self, record):
        """A fallback is believed only beside a value of another column: else the record is of another kind."""
        return any(value_of(record, name) is not None for name in self.columns
                   if name != self.key and name not in self.fallbacks)


def value_of(record, name):
    value = record.get(name)
    return None if value is WRONG else value
