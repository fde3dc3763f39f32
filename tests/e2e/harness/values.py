"""The values that a topic holds, as a sink is brought them."""

from harness.waiting import wait_until


def values_of(worker, topic, name, file, **config):
    """Of all records, each with a line feed behind it, or of those that `config`, more of the sink `name`'s, lets pass.
    Nobody writes to the topic any more."""
    sink = {"connector.class": "LineFileSink", "topics": topic, "file": str(file)}
    worker.rest.run(name, sink | config)
    partitions = worker.rest.answer("GET", f"/topics/{topic}")["partitions"]
    end = sum(each["end_offset"] for each in partitions)

    def read_all():
        offsets = worker.rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
        return sum(each["offset"]["kafka_offset"] for each in offsets) >= end

    wait_until("all records are written to a file", read_all)
    return file.read_bytes() if file.exists() else b""
