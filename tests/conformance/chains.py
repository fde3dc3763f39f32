"""Chains of transforms, predicates and converters, as configs that Kafka Connect and Framespool take alike."""

_CONVERTERS = {
    "bytes": {"": "org.apache.kafka.connect.converters.ByteArrayConverter"},
    "string": {"": "org.apache.kafka.connect.storage.StringConverter"},
    "short": {"": "org.apache.kafka.connect.converters.ShortConverter"},
    "integer": {"": "org.apache.kafka.connect.converters.IntegerConverter"},
    "long": {"": "org.apache.kafka.connect.converters.LongConverter"},
    "float": {"": "org.apache.kafka.connect.converters.FloatConverter"},
    "double": {"": "org.apache.kafka.connect.converters.DoubleConverter"},
    "boolean": {"": "org.apache.kafka.connect.converters.BooleanConverter"},
    "json": {"": "org.apache.kafka.connect.json.JsonConverter", ".schemas.enable": "false"},
    "envelope": {"": "org.apache.kafka.connect.json.JsonConverter", ".schemas.enable": "true"},
}
_TRANSFORMS = "org.apache.kafka.connect.transforms."
_PREDICATES = "org.apache.kafka.connect.transforms.predicates."


def _chain(*steps, key="bytes", value="json", headers="simple", **predicates):
    """`steps`: (class, config) in their order; `predicates`: alias=(class, config)."""
    config = {
        "header.converter": {
            "simple": "org.apache.kafka.connect.storage.SimpleHeaderConverter",
            "bytes": "org.apache.kafka.connect.converters.ByteArrayConverter",
            "string": "org.apache.kafka.connect.storage.StringConverter",
        }[headers],
        "errors.tolerance": "all",
    }
    for part, name in (("key", key), ("value", value)):
        config |= {f"{part}.converter{more}": text for more, text in _CONVERTERS[name].items()}
    if steps:
        config["transforms"] = ",".join(f"step{i}" for i in range(len(steps)))
    for i, (name, keys) in enumerate(steps):
        config[f"transforms.step{i}.type"] = _TRANSFORMS + name
        config |= {f"transforms.step{i}.{more}": text for more, text in keys.items()}
    if predicates:
        config["predicates"] = ",".join(predicates)
    for alias, (name, keys) in predicates.items():
        config[f"predicates.{alias}.type"] = _PREDICATES + name
        config |= {f"predicates.{alias}.{more}": text for more, text in keys.items()}
    return config


_INSERT = {"topic.field": "from", "timestamp.field": "time", "static.field": "site", "static.value": "yard"}
_AS_TEXT = {"field": "ms", "target.type": "string", "format": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"}
_FROM_TEXT = {"field": "when", "format": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"}
_LITERAL = {"header": "site", "value.literal": "roof"}

CHAINS = {
    # Converters, with a transform that has them read and write each value, and without one.
    "bytes": _chain(value="bytes"),
    "headers as bytes": _chain(("InsertHeader", _LITERAL), value="bytes", headers="bytes"),
    "headers as text": _chain(value="bytes", headers="string"),
    "json as it is": _chain(key="string"),
    "envelope as it is": _chain(value="envelope"),
    "string as it is": _chain(key="string", value="string"),
    "string hoisted": _chain(
        ("HoistField$Value", {"field": "line"}), ("ExtractField$Value", {"field": "line"}), value="string"
    ),
    "json hoisted": _chain(("HoistField$Value", {"field": "all"})),
    "envelope hoisted": _chain(("HoistField$Value", {"field": "all"}), value="envelope"),
    "json and back": _chain(("HoistField$Value", {"field": "a"}), ("ExtractField$Value", {"field": "a"})),
    "envelope and back": _chain(
        ("HoistField$Value", {"field": "a"}), ("ExtractField$Value", {"field": "a"}), value="envelope"
    ),
    "integer to integer": _chain(("Cast$Value", {"spec": "int32"}), value="integer"),
    "long to long": _chain(("Cast$Value", {"spec": "int64"}), value="long"),
    "double to double": _chain(("Cast$Value", {"spec": "float64"}), value="double"),
    "float to float": _chain(("Cast$Value", {"spec": "float32"}), value="float"),
    "boolean to boolean": _chain(("Cast$Value", {"spec": "boolean"}), value="boolean"),
    "short to short": _chain(("Cast$Value", {"spec": "int16"}), value="short"),
    "keys: json": _chain(("HoistField$Key", {"field": "k"}), key="json", value="bytes"),
    "keys: envelope": _chain(("HoistField$Key", {"field": "k"}), key="envelope", value="bytes"),
    "keys: string": _chain(("Cast$Key", {"spec": "string"}), key="string", value="bytes"),
    "keys: long": _chain(("Cast$Key", {"spec": "int64"}), key="long", value="bytes"),
    "keys: integer": _chain(("Cast$Key", {"spec": "int32"}), key="integer", value="bytes"),
    # Fields.
    "InsertField": _chain(("InsertField$Value", _INSERT)),
    "InsertField of a schema": _chain(("InsertField$Value", _INSERT | {"timestamp.field": "time!"}), value="envelope"),
    "InsertField into keys": _chain(("InsertField$Key", _INSERT), key="json", value="bytes"),
    "ReplaceField": _chain(("ReplaceField$Value", {"exclude": "b,box", "renames": "a:number,c:b"})),
    "ReplaceField of a schema": _chain(
        ("ReplaceField$Value", {"include": "a,b,box,at", "renames": "a:number,at:time"}), value="envelope"
    ),
    "ReplaceField of keys": _chain(("ReplaceField$Key", {"exclude": "name"}), key="envelope", value="bytes"),
    "MaskField": _chain(("MaskField$Value", {"fields": "a,b,c,d,tags,box"})),
    "MaskField of a schema": _chain(("MaskField$Value", {"fields": "a,b,c,d,at,tags"}), value="envelope"),
    "MaskField with a replacement": _chain(("MaskField$Value", {"fields": "a,b", "replacement": "7"})),
    "MaskField of a schema with a replacement": _chain(
        ("MaskField$Value", {"fields": "a,b,d", "replacement": "7"}), value="envelope"
    ),
    "Cast": _chain(("Cast$Value", {"spec": "a:int8,b:string,c:boolean,d:float32"})),
    "Cast to text": _chain(("Cast$Value", {"spec": "a:string,d:string,c:string"})),
    "Cast to long numbers": _chain(("Cast$Value", {"spec": "a:int64,d:float64,ms:int32"})),
    "Cast of a schema": _chain(("Cast$Value", {"spec": "a:int64,b:string,c:int8,d:int16,at:string"}), value="envelope"),
    "Cast of a schema to text": _chain(
        ("Cast$Value", {"spec": "a:string,c:string,d:string,f:string,raw:string,day:string,time:string"}),
        value="envelope",
    ),
    "Cast of the whole": _chain(("Cast$Value", {"spec": "float64"})),
    "Cast of the whole to text": _chain(("Cast$Value", {"spec": "string"})),
    "Cast of text": _chain(("Cast$Value", {"spec": "int32"}), ("Cast$Value", {"spec": "string"}), value="string"),
    "ExtractField": _chain(("ExtractField$Value", {"field": "a"})),
    "ExtractField by a path": _chain(("ExtractField$Value", {"field": "box.size.w", "field.syntax.version": "V2"})),
    "ExtractField of a schema": _chain(("ExtractField$Value", {"field": "box"}), value="envelope"),
    "ExtractField of a schema by a path": _chain(
        ("ExtractField$Value", {"field": "box.size", "field.syntax.version": "V2"}), value="envelope"
    ),
    "ExtractField of keys": _chain(("ExtractField$Key", {"field": "id"}), key="envelope", value="bytes"),
    "Flatten": _chain(("Flatten$Value", {})),
    "Flatten of a schema": _chain(("Flatten$Value", {"delimiter": "_"}), value="envelope"),
    "ValueToKey": _chain(("ValueToKey", {"fields": "a,b"}), key="json"),
    "ValueToKey of a schema": _chain(("ValueToKey", {"fields": "a,b"}), key="envelope", value="envelope"),
    "ValueToKey and one of its fields": _chain(
        ("ValueToKey", {"fields": "a"}), ("ExtractField$Key", {"field": "a"}), key="long"
    ),
    # Times.
    "TimestampConverter to text": _chain(("TimestampConverter$Value", _AS_TEXT)),
    "TimestampConverter to text of a schema": _chain(("TimestampConverter$Value", _AS_TEXT), value="envelope"),
    "TimestampConverter of a Timestamp": _chain(
        ("TimestampConverter$Value", _AS_TEXT | {"field": "at"}), value="envelope"
    ),
    "TimestampConverter to unix": _chain(
        ("TimestampConverter$Value", _FROM_TEXT | {"target.type": "unix", "unix.precision": "seconds"})
    ),
    "TimestampConverter to unix of a schema": _chain(
        ("TimestampConverter$Value", _FROM_TEXT | {"target.type": "unix", "unix.precision": "microseconds"}),
        value="envelope",
    ),
    "TimestampConverter to Timestamp": _chain(
        ("TimestampConverter$Value", {"field": "ms", "target.type": "Timestamp"}), value="envelope"
    ),
    "TimestampConverter to Date": _chain(
        ("TimestampConverter$Value", {"field": "ms", "target.type": "Date"}), value="envelope"
    ),
    "TimestampConverter to Time": _chain(
        ("TimestampConverter$Value", {"field": "at", "target.type": "Time"}), value="envelope"
    ),
    "TimestampConverter of the whole": _chain(
        (
            "TimestampConverter$Value",
            {"target.type": "string", "format": "EEE, d MMM yyyy HH:mm", "unix.precision": "seconds"},
        )
    ),
    "TimestampConverter of keys": _chain(
        ("TimestampConverter$Key", {"target.type": "string", "format": "yyyyMMdd"}), key="json", value="bytes"
    ),
    # Topics.
    "RegexRouter": _chain(("RegexRouter", {"regex": "chain-(.)(.*)", "replacement": "yard-$2.$1"}), value="bytes"),
    "TimestampRouter": _chain(
        ("TimestampRouter", {"topic.format": "${timestamp}.${topic}", "timestamp.format": "yyyy-MM"}), value="bytes"
    ),
    # Headers.
    "InsertHeader": _chain(("InsertHeader", _LITERAL), value="bytes"),
    "DropHeaders": _chain(("DropHeaders", {"headers": "site,nothing,t"}), value="bytes"),
    "HeaderFrom copies": _chain(("HeaderFrom$Value", {"fields": "a,b", "headers": "site,b", "operation": "copy"})),
    "HeaderFrom moves": _chain(
        ("HeaderFrom$Value", {"fields": "a,tags,box", "headers": "a,t,box", "operation": "move"})
    ),
    "HeaderFrom of a schema": _chain(
        ("HeaderFrom$Value", {"fields": "a,d,c,box,at,tags", "headers": "a,d,c,box,at,t", "operation": "move"}),
        value="envelope",
    ),
    "HeaderFrom keys": _chain(
        ("HeaderFrom$Key", {"fields": "id,name", "headers": "id,name", "operation": "move"}),
        key="envelope",
        value="bytes",
    ),
    # Predicates.
    "Filter of tombstones": _chain(("Filter", {"predicate": "gone"}), value="bytes", gone=("RecordIsTombstone", {})),
    "Filter of all but tombstones": _chain(
        ("Filter", {"predicate": "gone", "negate": "true"}), value="bytes", gone=("RecordIsTombstone", {})
    ),
    "Filter by header": _chain(
        ("Filter", {"predicate": "there", "negate": "true"}), value="bytes", there=("HasHeaderKey", {"name": "site"})
    ),
    "Filter by topic": _chain(
        ("Filter", {"predicate": "ours"}), value="bytes", ours=("TopicNameMatches", {"pattern": "chain-[0-9]*"})
    ),
    "header where one is": _chain(
        ("InsertHeader", _LITERAL | {"predicate": "there"}),
        ("RegexRouter", {"regex": "chain", "replacement": "other", "predicate": "there", "negate": "true"}),
        value="bytes",
        there=("HasHeaderKey", {"name": "site"}),
    ),
    "fields but of tombstones": _chain(
        ("HoistField$Value", {"field": "all", "predicate": "gone", "negate": "true"}),
        ("InsertHeader", {"header": "gone", "value.literal": "yes", "predicate": "gone"}),
        gone=("RecordIsTombstone", {}),
    ),
    "tombstones that a chain makes": _chain(
        ("ExtractField$Value", {"field": "box"}), ("Filter", {"predicate": "gone"}), gone=("RecordIsTombstone", {})
    ),
    # Several in a row.
    "five steps": _chain(
        ("Flatten$Value", {"delimiter": "_"}),
        ("InsertField$Value", {"topic.field": "from"}),
        ("ReplaceField$Value", {"exclude": "c,d", "renames": "a:number"}),
        ("Cast$Value", {"spec": "number:string"}),
        ("HeaderFrom$Value", {"fields": "number", "headers": "number", "operation": "copy"}),
    ),
    "five steps of a schema": _chain(
        ("Flatten$Value", {"delimiter": "_"}),
        ("InsertField$Value", {"static.field": "site", "static.value": "yard"}),
        ("ReplaceField$Value", {"exclude": "tags,ms"}),
        ("Cast$Value", {"spec": "box_x:int32,a:int64"}),
        ("TimestampConverter$Value", _AS_TEXT | {"field": "at"}),
        value="envelope",
    ),
    "key, header and topic": _chain(
        ("ValueToKey", {"fields": "a"}),
        ("InsertField$Key", {"static.field": "site", "static.value": "yard"}),
        ("InsertHeader", {"header": "way", "value.literal": "long"}),
        ("DropHeaders", {"headers": "site"}),
        ("RegexRouter", {"regex": "chain-(?<number>[0-9]+)", "replacement": "keyed-${number}"}),
        key="json",
    ),
}
