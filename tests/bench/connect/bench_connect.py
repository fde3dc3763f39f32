"""This worker, on its embedded log and on Kafka, beside Kafka Connect 4.3.1: start, memory, creation, and the list with states.

Each worker is measured alone, one after the other, through the same requests. wrk counts the requests a second.
bench_connect [--quick]
"""

import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import dialects
import requests
from bench import is_quick, report, rss_mb
from connect_worker import ConnectWorker, KafkaNode
from harness.waiting import wait_until
from harness.worker import Worker


@dataclass(frozen=True)
class Effort:
    connectors: int = 100
    creations: int = 9
    load_seconds: int = 10
    warm_up_seconds: int = 5
    settling_seconds: int = 10


class Measured:
    """One worker's figures, from its start to its end."""

    def __init__(self, effort, name, start_seconds, process, url, source):
        self._effort = effort
        self.name = name
        self.start_seconds = start_seconds
        self._rest = requests.Session()
        self._url = url
        self._source = source
        # An idle JVM still gives memory back; an idle worker still reads its page.
        time.sleep(effort.settling_seconds)
        self.idle_mb = rss_mb(process.pid)
        self.create_seconds = statistics.median(self._create(f"timed-{i}") for i in range(effort.creations))
        for i in range(effort.connectors - effort.creations):
            self._post(f"more-{i}")
        wait_until("all run", self._all_run, 180)
        self._load(effort.warm_up_seconds)
        self.lists_per_second = self._load(effort.load_seconds)
        self.loaded_mb = rss_mb(process.pid)

    def _post(self, name):
        config = self._source | {"topic": "bench"}
        answer = self._rest.post(f"{self._url}/connectors", json={"name": name, "config": config}, timeout=60)
        assert answer.status_code == 201, answer.text

    def _create(self, name):
        began = time.monotonic()
        self._post(name)
        while True:
            answer = self._rest.get(f"{self._url}/connectors/{name}/status", timeout=60)
            if answer.ok and [task["state"] for task in answer.json()["tasks"]] == ["RUNNING"]:
                return time.monotonic() - began
            assert time.monotonic() - began < 60, f"{name} does not run: {answer.text}"

    def _all_run(self):
        states = self._rest.get(f"{self._url}/connectors?expand=status", timeout=60).json().values()
        return len(states) == self._effort.connectors and all(
            [task["state"] for task in each["status"]["tasks"]] == ["RUNNING"] for each in states
        )

    def _load(self, seconds):
        wrk = subprocess.run(
            ["wrk", "-t1", "-c4", f"-d{seconds}s", f"{self._url}/connectors?expand=status"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert "Non-2xx" not in wrk.stdout, wrk.stdout
        return float(re.search(r"Requests/sec:\s+([\d.]+)", wrk.stdout).group(1))


def measure_connect(effort, folder, bootstrap):
    connect = ConnectWorker(folder, bootstrap)
    try:
        started = connect.await_healthy(600)
        source = dialects.of_connect(folder).source
        return Measured(effort, "Kafka Connect 4.3.1", started, connect.process, connect.url, source)
    finally:
        connect.stop()


def measure_framespool(effort, name, folder, **properties):
    folder.mkdir()
    worker = Worker(folder, properties)
    try:
        starts = []
        for _ in range(3):
            worker.stop()
            began = time.monotonic()
            worker.start()
            starts.append(time.monotonic() - began)
        source = dialects.of_framespool(folder, "bench").source | {"rate": "0.1"}
        return Measured(effort, name, statistics.median(starts), worker.process, worker.rest.url, source)
    finally:
        worker.kill()


def show(effort, connect, ours):
    print(f"{'':28}{'start':>10}{'idle RSS':>11}{'create→RUNNING':>17}{'expand=status':>16}{'RSS then':>11}")
    for each in (connect, *ours):
        print(
            f"{each.name:28}{each.start_seconds:9.3f}s{each.idle_mb:9.1f}MB{each.create_seconds * 1000:15.1f}ms"
            f"{each.lists_per_second:14.0f}/s{each.loaded_mb:9.1f}MB"
        )
    for each in ours:
        print(
            f"{each.name:28}{connect.start_seconds / each.start_seconds:9.0f}×{connect.idle_mb / each.idle_mb:10.1f}×"
            f"{connect.create_seconds / each.create_seconds:16.0f}×{each.lists_per_second / connect.lists_per_second:15.1f}×"
            f"{connect.loaded_mb / each.loaded_mb:10.1f}×   better"
        )
        for what, unit, of_ours, of_connect, more_is_better in (
            ("start", "s", each.start_seconds, connect.start_seconds, False),
            ("idle memory", "MB", each.idle_mb, connect.idle_mb, False),
            ("from POST to RUNNING", "s", each.create_seconds, connect.create_seconds, False),
            ("GET /connectors?expand=status", "1/s", each.lists_per_second, connect.lists_per_second, True),
        ):
            aim = 30 if what == "start" else 10
            report(f"{what}: {each.name}", connect.name, unit, [of_ours], [of_connect], more_is_better, aim)
    print(
        f"with {effort.connectors} connectors; wanted: start ≥ 30×, idle RSS ≥ 10×, create→RUNNING ≥ 10×, expand=status ≥ 10×"
    )


def main():
    effort = Effort(10, 3, 1, 1, 2) if is_quick("bench_connect") else Effort()
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder:
        folder = Path(folder)
        kafka = KafkaNode(folder / "kafka")
        try:
            connect = measure_connect(effort, folder / "connect", kafka.bootstrap)
            ours = [
                measure_framespool(effort, "Framespool, embedded log", folder / "embedded"),
                measure_framespool(
                    effort, "Framespool, on Kafka", folder / "on-kafka", **{"bootstrap.servers": kafka.bootstrap}
                ),
            ]
        finally:
            kafka.stop()
        show(effort, connect, ours)


if __name__ == "__main__":
    main()
