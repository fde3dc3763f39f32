"""A worker on Kafka beside Kafka Connect 4.3.1, on the same Kafka: what a source path and a sink path cost, with connectors at
their ends that cost nothing. bench_connect_paths [--quick]

Both run all the time and work by turns, on records of 100 KB and on the same topic. The first turn, in which a JVM compiles,
does not count."""

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path

from bench import cpu_seconds, is_quick, report, rss_mb
from connect_worker import LIBRARIES, ConnectWorker, fetch_connect
from harness.kafka import KafkaNode
from harness.rest import Rest
from harness.waiting import wait_until
from harness.worker import BUILD, PLUGINS, Worker

HERE = Path(__file__).resolve().parent
RECORD_BYTES = 100_000
BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter"
STRING = "org.apache.kafka.connect.storage.StringConverter"
CONNECT, OURS = "Kafka Connect", "Framespool"


class Side:
    def __init__(self, name, rest, pid, source_class, sink_class, more):
        self.name = name
        self.rest = rest
        self.pid = pid
        self._source = {"connector.class": source_class, "bytes": str(RECORD_BYTES)} | more
        self._sink = {"connector.class": sink_class} | more
        self.megabytes_per_second = {"source": [], "sink": []}
        self.cpu_per_gigabyte = {"source": [], "sink": []}

    def source(self, folder, topic, records):
        self._run("source", folder, self._source | {"topic": topic}, records)

    def sink(self, folder, topic, records):
        self._run("sink", folder, self._sink | {"topics": topic}, records)

    def _run(self, path, folder, config, records):
        done = folder / "report"
        done.unlink(missing_ok=True)
        # Of one name, both would have one consumer group.
        name = f"{self.name.replace(' ', '-')}-{path}-{len(self.cpu_per_gigabyte[path])}"
        cpu, began = cpu_seconds(self.pid), time.monotonic()
        self.rest.put(name, config | {"tasks.max": "1", "records": str(records), "report": str(done)})
        wait_until(f"{self.name}'s {path} is through", done.exists, 600)
        seconds, cpu = time.monotonic() - began, cpu_seconds(self.pid) - cpu
        self.rest.delete(name)
        gigabytes = records * RECORD_BYTES / 1e9
        self.megabytes_per_second[path].append(gigabytes * 1000 / seconds)
        self.cpu_per_gigabyte[path].append(cpu / gigabytes)
        print(
            f"{self.name}, {path} path: {gigabytes * 1000 / seconds:.0f} MB/s, {cpu / gigabytes:.2f} CPU-s/GB",
            flush=True,
        )


def compile_ends(folder):
    """BenchEnds.java as a plugin of Kafka Connect's."""
    fetch_connect()
    folder.mkdir(parents=True)
    subprocess.run(
        ["javac", "--release", "17", "-cp", f"{LIBRARIES}/*", "-d", folder, HERE / "BenchEnds.java"], check=True
    )


def sides(folder, bootstrap, ended):
    compile_ends(folder / "connect" / "plugins" / "bench")
    connect = ConnectWorker(folder / "connect", bootstrap)
    ended.callback(connect.stop)
    connect.await_healthy(600)
    (folder / "ours").mkdir()
    plugins = f"{PLUGINS},{BUILD / 'bench-plugins'}"
    worker = Worker(folder / "ours", {"bootstrap.servers": bootstrap, "plugin.path": plugins}).start()
    ended.callback(worker.kill)
    of_connect = {
        "value.converter": BYTES,
        "key.converter": STRING,
        "topic.creation.default.partitions": "1",
        "topic.creation.default.replication.factor": "1",
    }
    ends = "framespool.bench.BenchEnds$"
    return (
        Side(OURS, worker.rest, worker.process.pid, "BenchSource", "BenchSink", {}),
        Side(CONNECT, Rest(connect.url), connect.process.pid, f"{ends}Source", f"{ends}Sink", of_connect),
    )


def main():
    quick = is_quick("bench_connect_paths")
    turns, records = (2, 100) if quick else (6, 5000)
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder, contextlib.ExitStack() as ended:
        folder = Path(folder)
        node = KafkaNode("bench").start()
        ended.callback(node.kill)
        ours, connect = sides(folder, node.plain, ended)
        order = [ours, connect]
        for turn in range(turns):
            topic = f"turn-{turn}"
            node.create_topic(topic, max_message_bytes=16 << 20)
            for side in order:
                side.source(folder, topic, records)
            # Each sink reads what both sources have written.
            for side in order:
                side.sink(folder, topic, 2 * records)
            ours.rest.answer("DELETE", f"/topics/{topic}")
            order.reverse()
        resident = {side.name: rss_mb(side.pid) for side in order}
    for path in ("source", "sink"):
        for figures, unit, more_is_better, aim in (
            ("cpu_per_gigabyte", "CPU-s/GB", False, 3),
            ("megabytes_per_second", "MB/s", True, 0),
        ):
            report(
                f"{path} path on Kafka, records of 100 KB",
                "Kafka Connect's runtime",
                unit,
                getattr(ours, figures)[path][1:],
                getattr(connect, figures)[path][1:],
                more_is_better,
                aim,
            )
    report(
        "memory behind that", "Kafka Connect's runtime", "MB", [resident[OURS]], [resident[CONNECT]], False, aim=10
    )  # fmt: skip


if __name__ == "__main__":
    main()
