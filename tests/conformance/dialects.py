"""The connectors that stand in for each other: both sources number lines into a topic, both sinks write it to a file."""

from conversation import Dialect

# Kafka makes no topic by itself here; both workers make it from these keys.
CREATION = {"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"}


def of_connect(folder):
    lines = folder / "lines.txt"
    lines.write_text("".join(f"line {i}\n" for i in range(100)))
    source = {
        "connector.class": "FileStreamSource",
        "tasks.max": "1",
        "file": str(lines),
        "topic": "conformance",
    } | CREATION
    sink = {
        "connector.class": "FileStreamSink",
        "tasks.max": "1",
        "file": str(folder / "sink.txt"),
        "topics": "conformance",
    }
    return Dialect(
        source=source,
        sink=sink,
        broken_sink=sink | {"file": "/no/such/folder/sink.txt"},
        other_source=source | {"batch.size": "100"},
        source_class="FileStreamSource",
        sink_class="FileStreamSink",
        logger="org.apache.kafka.connect.runtime.Worker",
        source_offset={"partition": {"filename": str(lines)}, "offset": {"position": 14}},
        topic="conformance",
    )


def of_framespool(folder, topic):
    source = {"connector.class": "HeartbeatSource", "tasks.max": "1", "rate": "50", "topic": topic} | CREATION
    sink = {"connector.class": "LineFileSink", "tasks.max": "1", "file": str(folder / "sink.txt"), "topics": topic}
    return Dialect(
        source=source,
        sink=sink,
        broken_sink=sink | {"file": "/no/such/folder/sink.txt"},
        other_source=source | {"rate": "40"},
        source_class="HeartbeatSource",
        sink_class="LineFileSink",
        logger="herder",
        source_offset={"partition": {"connector": "source"}, "offset": {"number": 14}},
        topic=topic,
    )
