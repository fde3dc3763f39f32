"""The records that every chain is asked to take: 200 of all kinds that topics have, each with its number in the header "n"."""

import json
import struct
from dataclasses import dataclass

COUNT = 200


@dataclass(frozen=True)
class Record:
    name: str  # what its value, its key and its headers are: "flat object 0/text key/two of a name"
    key: bytes | None
    value: bytes | None
    headers: list
    timestamp: int


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _schema(kind, **more):
    return {"type": kind, "optional": True} | more


def _fields(**fields):
    return [schema | {"field": name} for name, schema in fields.items()]


def _envelope(schema, payload):
    return _json({"schema": schema, "payload": payload})


_STRUCT = {
    "type": "struct",
    "optional": False,
    "name": "seen",
    "version": 1,
    "fields": _fields(
        a=_schema("int32"),
        b=_schema("string"),
        c=_schema("boolean"),
        d=_schema("double"),
        at=_schema("int64", name="org.apache.kafka.connect.data.Timestamp", version=1),
        ms={"type": "int64", "optional": False},
        when=_schema("string"),
        box=_schema(
            "struct", fields=_fields(x=_schema("int8"), size=_schema("struct", fields=_fields(w=_schema("int16"))))
        ),
        tags=_schema("array", items=_schema("string")),
    ),
}


def _seen(number, **other):
    return {
        "a": number,
        "b": f"text {number}",
        "c": number % 2 == 0,
        "d": number / 4,
        "at": 1_700_000_000_123 + number,
        "ms": 1_600_000_000_000,
        "when": "2023-11-14T22:13:20.123Z",
        "box": {"x": 1, "size": {"w": 2}},
        "tags": ["a", "b"],
    } | other


_MANY_TYPES = _schema(
    "struct",
    fields=_fields(
        a=_schema("int8"),
        i16=_schema("int16"),
        i64=_schema("int64"),
        f=_schema("float"),
        d=_schema("double"),
        raw=_schema("bytes"),
        day=_schema("int32", name="org.apache.kafka.connect.data.Date", version=1),
        time=_schema("int32", name="org.apache.kafka.connect.data.Time", version=1),
        list=_schema("array", items=_schema("int32")),
    ),
)
_MAPS = _schema(
    "struct",
    fields=_fields(
        a=_schema("int32"),
        named=_schema("map", keys={"type": "string", "optional": False}, values=_schema("int32")),
        numbered=_schema("map", keys={"type": "int32", "optional": False}, values=_schema("string")),
    ),
)

# (kind, values)
_VALUES = [
    ("tombstone", [None] * 6),
    ("empty", [b""] * 4),
    (
        "flat object",
        [
            _json({"a": n, "b": f"text {n}", "c": n % 2 == 0, "d": n / 4, "e": None, "ms": 1_700_000_000_123 + n})
            for n in range(18)
        ],
    ),
    (
        "nested object",
        [
            _json(
                {
                    "a": n,
                    "box": {"x": n, "size": {"w": 2, "h": 3}, "none": {}},
                    "tags": ["a", "b"],
                    "deep": [1, [2, {"y": None}]],
                    "a.b": 5,
                    "when": "2024-02-29T23:59:59.999Z",
                    "ms": -n,
                }
            )
            for n in range(18)
        ],
    ),
    (
        "wrong types",
        [
            _json(value)
            for value in (
                {"a": "twelve", "b": 5, "c": "yes", "when": "yesterday", "ms": "soon", "box": "none"},
                {"a": "12", "b": True, "c": "TRUE", "d": "1e3", "ms": 1.5, "box": [1]},
                {"a": [1], "b": {"x": 1}, "c": None, "ms": {}, "when": 7, "box": None},
                {"a": {"x": 1}, "ms": True, "tags": "none", "when": None},
                {"a": True, "b": "", "ms": None, "when": "2024-01-02"},
                {"a": "5", "when": "2024-1-2T3:04:05.006Z"},
                {"a": " 5", "ms": "1700000000123", "when": "2024-13-45T99:00:00.000Z"},
            )
        ],
    ),
    (
        "numbers",
        [
            value if isinstance(value, bytes) else _json(value)
            for value in (
                {"a": 9223372036854775807, "d": 1e300, "ms": 253402300799999},
                {"a": -9223372036854775808, "d": -1e-300, "ms": 0},
                {"a": 300, "d": 0.1, "ms": 1},
                {"a": -129, "d": 123456789.125, "ms": -1},
                {"a": 2147483648, "d": 1e7, "ms": 1700000000},
                {"a": 1.0, "d": 0.001},
                {"a": 1.999, "d": 100},
                b'{"a":-0.0,"d":1E5}',
                {"a": 0, "d": 9.999e-4},
                {"a": -1.5, "d": 12345678.9},
            )
        ],
    ),
    ("huge number", [b'{"a":18446744073709551616}', b'{"a":9223372036854775808}', b'{"d":1e400}']),
    ("unicode", [_json({"a": 1, "b": text}) for text in ("é ü 漢", "😀", "a/b <c> & 'd'")]),
    ("control characters", [b'{"a":1,"b":"\\u0001\\u007f\\u2028"}', b'{"a":1,"b":"tab\\tquote\\"back\\\\"}']),
    ("spaced JSON", [b'{ "a" : 1, "b" : "x" }', b' {"a":1}\n', b'{"a":1,"b":"\\u00e9\\/"}']),
    ("twice a name", [b'{"a":1,"a":2,"b":"x"}']),
    ("no fields", [b"{}", b'{"other":1}', b'{"":1}']),
    ("scalar", [b"42", b"-7", b'"text"', b'"12"', b"true", b"false", b"1.5", b"12", b"1700000000123", b"[]", b"[1,2]"]),
    ("JSON null", [b"null"] * 2),
    ("bad JSON", [b'{"a":', b"{'a':1}", b"nul", b'{"a":1,}', b"[1,2", b'"open', b"{a:1}", b'{"a":01}', b"NaN"]),
    ("JSON and more", [b'{"a":1} trailing', b'{"a":1}{"a":2}']),
    ("JSON with bad UTF-8", [b'{"a":1,"b":"\xff"}', b'{"a":1,"b":"\xc3"}']),
    ("envelope", [_envelope(_STRUCT, _seen(n)) for n in range(24)]),
    (
        "envelope with nulls",
        [
            _envelope(_STRUCT, _seen(1, a=None, b=None, at=None, box=None, tags=None)),
            _envelope(_STRUCT, _seen(2, box={"x": None, "size": None}, tags=[None, ""])),
            _envelope(_STRUCT, {"ms": 5}),
        ],
    ),
    (
        "envelope that lies",
        [
            _envelope(_STRUCT, _seen(1, a="text")),
            _envelope(_STRUCT, _seen(1, ms=None)),
            _envelope(_STRUCT, _seen(1, tags="none")),
            _envelope(_STRUCT, [1]),
            _envelope(_STRUCT, None),
        ],
    ),
    ("envelope of more", [_envelope(_STRUCT, _seen(1, surplus=1))]),
    (
        "envelope of many types",
        [
            _envelope(
                _MANY_TYPES,
                {
                    "a": 5,
                    "i16": -300,
                    "i64": 1 << 53,
                    "f": 0.1,
                    "d": 2.5,
                    "raw": "AAECAw==",
                    "day": 19000,
                    "time": 45296789,
                    "list": [1, None, 3],
                },
            ),
            _envelope(_MANY_TYPES, {"a": 300, "i16": 70000, "i64": -1, "f": 1e10, "d": 7, "raw": ""}),
            _envelope(_MANY_TYPES, {"a": 1.5, "raw": "not base64!"}),
        ],
    ),
    (
        "envelope of maps",
        [
            _envelope(_MAPS, {"a": 1, "named": {"x": 1, "y": None}, "numbered": [[1, "one"], [2, None]]}),
            _envelope(_MAPS, {"a": 2, "named": {}, "numbered": []}),
        ],
    ),
    (
        "envelope with defaults",
        [_envelope(_schema("struct", fields=_fields(a=_schema("int32", default=9), b=_schema("string"))), {"b": "x"})],
    ),
    (
        "envelope of a scalar",
        [
            _envelope(_schema("int32"), 42),
            _envelope(_schema("string"), "text"),
            _envelope(
                {"type": "int64", "optional": False, "name": "org.apache.kafka.connect.data.Timestamp", "version": 1}, 5
            ),
            _envelope(_schema("boolean"), True),
            _envelope(_schema("double"), 1.5),
            _envelope(_schema("float"), 0.1),
            _envelope(_schema("string"), None),
            _envelope(_schema("array", items=_schema("int32")), [1, 2]),
        ],
    ),
    (
        "envelope of a decimal",
        [
            _envelope(
                _schema("bytes", name="org.apache.kafka.connect.data.Decimal", version=1, parameters={"scale": "2"}),
                "MDk=",
            )
        ],
    ),
    ("envelope without a schema", [_envelope(None, {"a": 1, "b": "x"}), _envelope(None, 5), _envelope(None, None)]),
    (
        "broken envelope",
        [
            _json({"schema": {"type": "none"}, "payload": 1}),
            _json({"schema": {}, "payload": 1}),
            _json({"schema": "int32", "payload": 1}),
            _json({"schema": {"type": "struct"}, "payload": {}}),
            _json({"schema": _schema("int32"), "payload": 1, "more": 2}),
            _json({"payload": 1}),
        ],
    ),
    ("text", [b"hello", "grüße".encode(), b"12", b" 12 ", b"-1.5e3", b"true", b"a,b"]),
    ("4 bytes", [struct.pack(">i", number) for number in (0, 7, -1, 2**31 - 1)]),
    ("8 bytes", [struct.pack(">q", number) for number in (0, 7, -1, 2**63 - 1, 1_700_000_000_123)]),
    ("8 bytes of a double", [struct.pack(">d", number) for number in (1.5, -0.0, 1e300, 0.1)]),
    ("NaN in 8 bytes", [struct.pack(">d", number) for number in (float("nan"), float("inf"))]),
    ("bytes", [b"\xff\xd8\xff\xe0 not a picture", b"\x00", b"\xc3\x28"]),
]

_KEYS = [
    ("null key", None),
    ("text key", b"cam-7"),
    ("JSON key", _json({"id": 7, "name": "k", "in": {"x": 1}})),
    ("number key", b"42"),
    (
        "envelope key",
        _envelope(
            _schema("struct", fields=_fields(id=_schema("int32"), name=_schema("string"))), {"id": 7, "name": "k"}
        ),
    ),
    ("empty key", b""),
    ("4 bytes key", struct.pack(">i", 7)),
    ("8 bytes key", struct.pack(">q", 1_700_000_000_123)),
    ("quoted key", b'"cam"'),
    ("bad key", b"\xff{"),
]

_HEADERS = [
    ("one header", [("site", b"yard")]),
    ("no header", []),
    ("two of a name", [("site", b"yard"), ("camera", b"4"), ("site", b"gate")]),
    ("three of a name", [("t", b"1"), ("t", b"2"), ("t", b"1"), ("size", b"640x480")]),
    ("empty header", [("site", b"")]),
    ("unicode header", [("ort", "Hof, Süd".encode()), ("größe", b"12")]),
    ("typed headers", [("flag", b"true"), ("count", b"1234567"), ("real", b"1.5"), ("neg", b"-3")]),
    ("odd numbers in headers", [("zeros", b"007"), ("real", b"1.50"), ("exponent", b"1e3")]),
    ("lists in headers", [("list", b"[1, 2]"), ("map", b'{"a": 1}')]),
    ("quotes in headers", [("quoted", b'"text"'), ("spaced", b" x ")]),
    ("dates in headers", [("date", b"2024-01-02"), ("at", b"2024-01-02T03:04:05.006Z"), ("time", b"03:04:05.006Z")]),
    ("null header", [("nothing", None)]),
    ("bytes in headers", [("raw", b"\xff\x00\x01")]),
]

_TIMES = [1_700_000_000_123, 0, 1, 1_709_251_199_999, 253_402_300_799_999, 951_782_400_000, 86_399_999]


def records():
    all_values = [(f"{kind} {i}", value) for kind, values in _VALUES for i, value in enumerate(values)]
    # The rarer ones come first, then again with other keys and headers.
    made = []
    for number in range(COUNT):
        kind, value = all_values[number % len(all_values)]
        key_name, key = _KEYS[(number + number // len(_KEYS)) % len(_KEYS)]
        header_name, headers = _HEADERS[number % len(_HEADERS)]
        name = f"{kind}/{key_name}/{header_name}"
        made.append(Record(name, key, value, [*headers, ("n", str(number).encode())], _TIMES[number % len(_TIMES)]))
    assert len(all_values) <= COUNT, len(all_values)
    return made
