"""Where records come out of a chain unlike Kafka Connect 4.3.1's, and why. A difference that is none any more fails the test."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    reason: str
    chains: str  # a regular expression for the whole name of a chain (chains.py)
    records: str  # and for the whole name of a record (chain_records.py)
    lines: str  # and for the whole line that tells the difference

    def covers(self, chain, record, line):
        return all(
            re.fullmatch(pattern, text, re.DOTALL)
            for pattern, text in ((self.chains, chain), (self.records, record), (self.lines, line))
        )


# Chains that never ask for the value, or for the key, as data.
_NO_TRANSFORM = r"(?:json|envelope|string) as it is"
_BAD_UTF8 = r"(?:JSON with bad UTF-8|4 bytes|8 bytes(?: of a double)?|NaN in 8 bytes|bytes) \d+/.*"

DIFFERENCES = [
    Difference(
        "librdkafka takes a time of 0 for none and writes the time of writing.",
        ".*",
        ".*",
        r"timestamp: \d+; Connect has 0",
    ),
    Difference(
        "Headers are text and stay as they are; Connect's SimpleHeaderConverter reads numbers, lists and maps and writes"
        " them in its own way, and other bytes than UTF-8's as U+FFFD.",
        ".*",
        r".*/(odd numbers in headers|lists in headers|bytes in headers)",
        r"header (zeros: b'007'; Connect has b'7'|real: b'1.50'; Connect has b'1.5'|exponent: b'1e3'; Connect has b'1000'"
        r"|list: b'\[1, 2\]'; Connect has b'\[1,2\]'|map: b'{\"a\": 1}'; Connect has b'{\"a\":1}'"
        r"|raw: b'\\xff\\x00\\x01'; Connect has b'\\xef\\xbf\\xbd\\x00\\x01')",
    ),
    Difference(
        "Headers are text: a null one is empty text.",
        ".*",
        ".*",
        r"header \w+: b''; Connect has None",
    ),
    Difference(
        "Headers are text: Connect's ByteArrayConverter refuses to write the text that its own InsertHeader inserts.",
        "headers as bytes",
        ".*",
        "only here: .*",
    ),
    Difference(
        "What no transform changes stays the bytes that it was; Connect reads and writes each value and key anew, and"
        " leaves out what its converter cannot read.",
        _NO_TRANSFORM,
        ".*",
        r"(value|key|only here): .*",
    ),
    Difference(
        "The same: an empty value and JSON's null are null to a chain, and stay the bytes that they were behind it. Connect"
        " writes a tombstone.",
        ".*",
        r"(empty \d+|JSON null \d+|envelope without a schema 2)/.*",
        r"value: b'(null|{\"schema\":null,\"payload\":null})?'; Connect has None",
    ),
    Difference(
        "The same: an empty key.",
        ".*",
        r".*/empty key/.*",
        r"key: b''; Connect has None",
    ),
    Difference(
        "The same: bytes that are a NaN stay what they were; Java knows one NaN.",
        "double to double",
        r"8 bytes [23]/.*",
        r"value: .*; Connect has b'\\x7f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00'",
    ),
    Difference(
        "A key that a chain only replaces is not read: Connect leaves out records whose old key its converter cannot read.",
        "ValueToKey.*|key, header and topic",
        ".*/(text|bad|4 bytes|8 bytes|number|empty|quoted|JSON|envelope) key/.*",
        "only here: .*",
    ),
    Difference(
        "Other bytes than UTF-8's are no text, and refused; Connect writes U+FFFD in their place.",
        "string hoisted",
        _BAD_UTF8,
        "only Connect's: .*",
    ),
    Difference(
        "The same, of keys.",
        "keys: string",
        ".*/(bad|8 bytes) key/.*",
        "only Connect's: .*",
    ),
    Difference(
        "What stands behind the end of JSON is refused; Connect does not read on.",
        ".*",
        r"JSON and more \d+/.*",
        "only Connect's: .*",
    ),
    Difference(
        "A number with a 0 before it is no JSON; Connect takes it.",
        ".*",
        r"bad JSON 7/.*",
        "only Connect's: .*",
    ),
    Difference(
        'A number beyond float64 is refused; Connect makes the text "Infinity" of it.',
        ".*",
        r"huge number 2/.*",
        "only Connect's: .*",
    ),
    Difference(
        "A whole number beyond int64 becomes a float64; Connect keeps its lowest 64 bits, which are another number.",
        ".*",
        r"huge number [01]/.*",
        r"(value|key|header \w+): .*|only (here|Connect's): .*",
    ),
    Difference(
        "A predicate sees what is in the topic: an empty value and JSON's null are no tombstones. Connect converts before any"
        " predicate, and makes null of both.",
        "fields but of tombstones",
        r"(empty|JSON null) \d+/.*",
        r"headers: .*; Connect has .*\('gone', b'yes'\).*|value: b'{\"all\":null}'; Connect has None",
    ),
    Difference(
        "A payload that is unlike its schema is refused; Connect makes 0 of text and an empty array of anything.",
        ".*",
        "envelope that lies [02]/.*",
        "only Connect's: .*",
    ),
    Difference(
        "A schema's defaults are not kept, and so no null is replaced by one.",
        ".*",
        "envelope with defaults 0/.*",
        r"value: .*; Connect has .*\"default\":\"?9.*",
    ),
    Difference(
        "A schema's parameters are not kept, such as the scale of a Decimal.",
        ".*",
        "envelope of a decimal 0/.*",
        r"value: .*; Connect has .*\"parameters\":{\"scale\":\"2\"}.*",
    ),
    Difference(
        "The text of -0.0 keeps its sign; Connect reads numbers as BigDecimals, which have none.",
        ".*",
        "numbers 7/.*",
        r"(key|value|header \w+): .*-0\.0.*; Connect has .*\b0\.0.*",
    ),
    Difference(
        "Maps keep the order in which they came; Connect's HashMap has another in the text of a header.",
        "HeaderFrom moves",
        r"nested object \d+/.*",
        r"header box: b'{\"x\".*; Connect has b'{\"size\".*",
    ),
    Difference(
        "A month 13 or 1 for 01 and an hour 99 are refused where the pattern has MM and HH; Connect's SimpleDateFormat takes them.",
        "TimestampConverter to unix",
        "wrong types [56]/.*",
        "only Connect's: .*",
    ),
]
