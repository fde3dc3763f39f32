"""Three workers of one cluster with 200 connectors of two tasks, beside three of Kafka Connect 4.3.1: what an idle worker takes,
until all tasks run, until a dead worker's tasks run elsewhere, and until a change is answered.

The connectors are sinks of a topic with two empty partitions. One cluster after the other, on a Kafka of its own.
bench_cluster_workers [--quick]
"""

import concurrent.futures
import contextlib
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import requests
from bench import cpu_seconds, is_quick, report, rss_mb
from connect_worker import ConnectWorker
from harness.kafka import KafkaNode
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS, Worker

SESSION_MS = 6000  # the shortest that Kafka allows as it is delivered
PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Effort:
    connectors: int = 200
    changes: int = 200
    idle_seconds: int = 10


@dataclass
class Member:
    id: str  # as status answers call it
    process: object
    url: str
    kill: object


class Cluster:
    """Any three workers that speak Connect's REST API."""

    def __init__(self, name, members, sink):
        self.name, self.members, self.sink = name, members, sink
        self._session = requests.Session()

    def measure(self, effort):
        self._idle(effort.idle_seconds)
        self._create(effort.connectors)
        self.loaded_mb = max(rss_mb(member.process.pid) for member in self.members)
        self._change(effort)
        self._lose_one(effort.connectors)
        print(
            f"{self.name}: idle {self.idle_mb:.1f} MB and {self.idle_percent:.1f} % of a core; all {2 * effort.connectors} "
            f"tasks run after {self.create_seconds:.1f} s, {self.loaded_mb:.0f} MB then; {self.moved} tasks of a dead worker run "
            f"elsewhere after {self.moved_seconds:.1f} s; a change is answered after {1000 * self.change_p50:.0f} ms, "
            f"p99 {1000 * self.change_p99:.0f} ms",
            flush=True,
        )
        return self

    def _idle(self, seconds):
        time.sleep(seconds / 2)  # what the start has begun
        before = [cpu_seconds(member.process.pid) for member in self.members]
        time.sleep(seconds)
        used = [cpu_seconds(member.process.pid) - each for member, each in zip(self.members, before, strict=True)]
        self.idle_percent = 100 * statistics.median(used) / seconds
        self.idle_mb = statistics.median(rss_mb(member.process.pid) for member in self.members)

    def _put(self, number, config):
        """Until it is answered: Connect's workers refuse while they rebalance."""
        member = self.members[number % len(self.members)]
        url = f"{member.url}/connectors/sink-{number}/config"
        while True:
            answer = requests.put(url, json=config, timeout=PATIENCE_SECONDS)
            if answer.ok:
                return
            assert answer.status_code in (409, 500, 503), answer.text
            time.sleep(0.1)  # between two tries

    def _running(self, connectors, among=None):
        with contextlib.suppress(requests.RequestException, KeyError, ValueError):
            answer = self._session.get(f"{self.members[0].url}/connectors?expand=status", timeout=60).json()
            tasks = [task for each in answer.values() for task in each["status"]["tasks"]]
            here = [
                task for task in tasks if task["state"] == "RUNNING" and (among is None or task["worker_id"] in among)
            ]
            return len(here) == len(tasks) == 2 * connectors
        return False

    def _create(self, connectors):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: self._put(number, self.sink), range(connectors)))
        wait_until("all tasks run", lambda: self._running(connectors), PATIENCE_SECONDS)
        self.create_seconds = time.monotonic() - began

    def _change(self, effort):
        took = []
        for number in range(effort.changes):
            began = time.monotonic()
            self._put(number % effort.connectors, self.sink | {"errors.retry.timeout": str(number + 1)})
            took.append(time.monotonic() - began)
        self.change_p50, self.change_p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
        wait_until("all tasks run", lambda: self._running(effort.connectors), PATIENCE_SECONDS)

    def _lose_one(self, connectors):
        answer = self._session.get(f"{self.members[0].url}/connectors?expand=status", timeout=60).json()
        by_worker = {}
        for each in answer.values():
            for task in each["status"]["tasks"]:
                by_worker[task["worker_id"]] = by_worker.get(task["worker_id"], 0) + 1
        lost = self.members.pop()
        self.moved = by_worker.pop(lost.id, 0)
        began = time.monotonic()
        lost.kill()
        wait_until("all run elsewhere", lambda: self._running(connectors, set(by_worker)), PATIENCE_SECONDS)
        self.moved_seconds = time.monotonic() - began


def of_framespool(folder, effort):
    kafka = KafkaNode("bench-cluster-ours").start()
    workers = []
    try:
        kafka.create_topic("bench", 2)
        for number in range(3):
            (folder / f"w{number}").mkdir(parents=True)
            settings = {
                "bootstrap.servers": kafka.plain,
                "group.id": "bench",
                "worker.id": f"w{number}",
                "config.storage.topic": "bench-configs",
                "offset.storage.topic": "bench-offsets",
                "status.storage.topic": "bench-status",
                "session.timeout.ms": str(SESSION_MS),
                "heartbeat.interval.ms": "2000",
                "plugin.path": f"{PLUGINS},{BAD_PLUGINS}",
            }
            workers.append(Worker(folder / f"w{number}", settings).start(ready=False))
        for worker in workers:
            wait_until("the worker is healthy", worker._is_ready)
        members = [
            Member(f"w{number}", worker.process, worker.rest.url, worker.kill) for number, worker in enumerate(workers)
        ]
        sink = {"connector.class": "SharingSink", "topics": "bench", "tasks.max": "2"}
        return Cluster("Framespool", members, sink).measure(effort)
    finally:
        for worker in workers:
            worker.kill()
        kafka.kill()


def of_connect(folder, effort):
    kafka = KafkaNode("bench-cluster-connect").start()
    workers = []
    try:
        kafka.create_topic("bench", 2)
        more = {"session.timeout.ms": str(SESSION_MS), "heartbeat.interval.ms": "2000"}
        for number in range(3):
            workers.append(ConnectWorker(folder / f"c{number}", kafka.plain, **more))
        for worker in workers:
            worker.await_healthy(600)
        members = [
            Member(worker.url.removeprefix("http://"), worker.process, worker.url, worker.stop) for worker in workers
        ]
        sink = {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
            "topics": "bench",
            "tasks.max": "2",
            "file": str(folder / "lines"),
        }
        return Cluster("Kafka Connect 4.3.1", members, sink).measure(effort)
    finally:
        for worker in workers:
            worker.stop()
        kafka.kill()


def show(effort, ours, theirs):
    for what, unit, figure, aim in (
        ("cluster: memory of an idle worker", "MB", "idle_mb", 10),
        ("cluster: CPU of an idle worker", "%", "idle_percent", 1),
        (f"cluster: until {2 * effort.connectors} tasks run", "s", "create_seconds", 5),
        ("cluster: memory of a worker then", "MB", "loaded_mb", 10),
        ("cluster: until a dead worker's tasks run", "s", "moved_seconds", 5),
        ("cluster: a change, p99", "s", "change_p99", 1),
    ):
        report(what, theirs.name, unit, [getattr(ours, figure)], [getattr(theirs, figure)], False, aim)


def main():
    effort = Effort(10, 20, 2) if is_quick("bench_cluster_workers") else Effort()
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder:
        ours = of_framespool(Path(folder), effort)
        show(effort, ours, of_connect(Path(folder), effort))


if __name__ == "__main__":
    main()
