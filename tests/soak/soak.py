"""A worker that is used hard for a long time: soak.py [MINUTES] [--broker embedded|kafka].

One source writes numbered frames from beginning to end. Meanwhile viewers stay, come and go, or stall; connectors are
created, changed and deleted with their topics; the worker is killed, and so is Kafka. In the second half nothing is
killed, so that what a worker uses can be compared over a long time. Ends with 1 when a frame was lost or came twice, or
when the worker used more and more."""

import argparse
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import requests  # noqa: E402
from harness import continuity, footage  # noqa: E402
from harness.kafka import KafkaNode  # noqa: E402
from harness.mjpeg import Stream, Viewer  # noqa: E402
from harness.topic import Topic, offsets_by_digest  # noqa: E402
from harness.waiting import wait_until, wait_until_still  # noqa: E402
from harness.worker import Worker, free_port  # noqa: E402
from judging import judge  # noqa: E402
from usage import UsageLog  # noqa: E402

FPS = 10
KILL_EVERY = 12.0  # seconds, on the average
BROKER_KILL_EVERY = 60.0
REPORT_EVERY = 30.0


class Disturbance(threading.Thread):
    """Does something again and again until it is told to stop; what it is told no about counts, and ends nothing."""

    def __init__(self, name, act, every):
        super().__init__(name=name, daemon=True)
        self._act = act
        self._every = every
        self._chance = random.Random(name)
        self._stopping = threading.Event()
        self.done = 0
        self.refused = 0
        self.error = None
        self.start()

    def run(self):
        try:
            while not self._stopping.wait(self._chance.uniform(0.5, 1.5) * self._every):
                try:
                    self._act(self._chance)
                    self.done += 1
                except (OSError, requests.RequestException, AssertionError):
                    self.refused += 1  # a worker that was killed at that moment
        except Exception as error:  # shown at the end: a thread's own traceback would be lost
            self.error = error

    def stop(self):
        self._stopping.set()
        self.join(180)
        if self.error is not None:
            raise self.error
        assert not self.is_alive(), f"{self.name} does not stop"


class Soak:
    def __init__(self, folder, minutes, node):
        self.seconds = minutes * 60
        self.node = node
        properties = {"exactly.once.source.support": "enabled", "offset.flush.interval.ms": "500"}
        if node is not None:
            properties["bootstrap.servers"] = node.plain
        self.worker = Worker(folder, properties)
        self.worker.may_crash = True
        self.ports = [free_port(), free_port()]
        self.urls = [f"http://127.0.0.1:{port}/" for port in self.ports]
        self._made = 0

    def close(self):
        self.worker.kill()

    def begin(self):
        frames = int(self.seconds * FPS * 1.5) + 600
        video = footage.pattern(frames, width=320, height=180)
        self.worker.start()
        for number, port in enumerate(self.ports):
            sink = {"connector.class": "MjpegHttpSink", "topics": "frames", "http.port": str(port)}
            self.worker.rest.run(f"sink-{number}", sink)
        source = {"connector.class": "VideoFileSource", "file": str(video), "topic": "frames", "format": "jpeg"}
        self.worker.rest.run("video", source | {"pace": "realtime", "fps": str(FPS)})

    def kill_worker(self, chance):
        """On the main thread: a worker ends with the thread that has started it."""
        self.worker.kill()
        time.sleep(chance.uniform(0, 1))  # decides nothing: how long it is away
        self.worker.start()

    def kill_broker(self, chance):
        self.node.kill()
        time.sleep(chance.uniform(0, 5))  # decides nothing: how long it is away
        self.node.start()

    def come_and_go(self, chance):
        query = chance.choice(["", "?width=160", "?from=earliest&speed=4", "?pace=unpaced&from=earliest", "?fps=2"])
        with Stream(chance.choice(self.urls) + query, 20) as stream:
            stream.take(chance.randrange(1, 30))

    def stall(self, chance):
        with Stream(chance.choice(self.urls), 20):
            time.sleep(chance.uniform(1, 20))  # decides nothing: how long it reads nothing

    def ask(self, chance):
        base = self.worker.rest
        path = chance.choice(["/connectors?expand=status&expand=info", "/metrics", "/health", "/topics", "/events"])
        if path == "/events":
            with requests.get(base.url + path, stream=True, timeout=10) as answer:
                next(answer.iter_content(1))
        else:
            base.call("GET", path)

    def create_and_delete(self, chance):
        self._made += 1
        name, topic = f"passing-{self._made}", f"passing-{self._made}"
        rest = self.worker.rest
        rest.put(name, {"connector.class": "HeartbeatSource", "topic": topic, "rate": "50"})
        sink = {"connector.class": "MjpegHttpSink", "topics": topic, "http.port": str(free_port())}
        rest.put(f"{name}-sink", sink)
        if chance.random() < 0.5:
            rest.put(name, {"connector.class": "HeartbeatSource", "topic": topic, "rate": "5"})
        time.sleep(chance.uniform(0, 2))  # decides nothing: how long they run
        for each in (f"{name}-sink", name):
            rest.call("DELETE", f"/connectors/{each}?topics=true")

    def run(self):
        self.begin()
        usage = UsageLog(self.worker)
        calm = [
            Disturbance("viewers that come and go", self.come_and_go, 0.3),
            Disturbance("more of them", self.come_and_go, 0.5),
            Disturbance("viewers that stall", self.stall, 1),
            Disturbance("more of them that stall", self.stall, 1),
            Disturbance("questions", self.ask, 0.2),
            Disturbance("creates and deletes", self.create_and_delete, 3),
        ]
        kills = []
        if self.node is not None:
            kills.append(Disturbance("broker kills", self.kill_broker, BROKER_KILL_EVERY))
        chance = random.Random(1)
        began = shown = time.monotonic()
        next_kill = began + KILL_EVERY
        worker_kills = 0
        with Viewer(self.urls[0]) as viewer:
            while (now := time.monotonic()) < began + self.seconds:
                calm_since = began + self.seconds / 2
                if now > calm_since and next_kill is not None:
                    next_kill = None
                    for each in kills:
                        each.stop()
                    usage.begin_again()
                if next_kill is not None and now > next_kill:
                    self.kill_worker(chance)
                    worker_kills += 1
                    next_kill = time.monotonic() + chance.uniform(0.3, 1.7) * KILL_EVERY
                usage.look()
                if now > shown + REPORT_EVERY:
                    shown = now
                    print(f"{now - began:6.0f} s  {usage.line()}  frames seen {len(viewer.seen)}", flush=True)
                time.sleep(1)  # decides nothing: between two looks
            for each in calm:
                each.stop()
            return self.end(viewer, usage, calm + kills, worker_kills)

    def end(self, viewer, usage, disturbances, worker_kills):
        for name in self.worker.rest.answer("GET", "/connectors"):  # those of a delete that a kill came before
            if name.startswith("passing-"):
                self.worker.rest.call("DELETE", f"/connectors/{name}?topics=true")
        health = self.worker.rest.call("GET", "/health")
        assert health.ok, health.text
        self.worker.rest.call("DELETE", "/connectors/video")
        topic = Topic(self.urls[0])
        wait_until_still("the end of the topic", topic.end)
        records = topic.records()
        last = records[-1].digest
        wait_until("the viewer has seen the last frame", lambda: viewer.digests()[-1:] == [last])
        numbers = [record.frame for record in records]
        result = {
            "frames": len(records),
            "lost": len(set(range(max(numbers) + 1)) - set(numbers)),
            "repeated": len(numbers) - len(set(numbers)),
            "out of order": sum(1 for a, b in zip(numbers, numbers[1:], strict=False) if b <= a),
            "viewer": str(continuity.judge(viewer.stop(), offsets_by_digest(records))),
            "did": {each.name: f"{each.done} ({each.refused} refused)" for each in disturbances}
            | {"worker kills": worker_kills},
            "used": usage.summary(),
        }
        code = self.worker.stop()
        result["ended with"] = code
        result["good"] = (
            not (result["lost"] or result["repeated"] or result["out of order"] or code)
            and not usage.grows()
            and all(each.done for each in disturbances)  # one that never came about has disturbed nobody
        )
        return result


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("minutes", nargs="?", type=float, default=60)
    arguments.add_argument("--broker", choices=["embedded", "kafka"], default="embedded")
    options = arguments.parse_args()
    node = KafkaNode("soak").start() if options.broker == "kafka" else None
    try:
        return judge("soak", lambda folder: Soak(folder, options.minutes, node))
    finally:
        if node is not None:
            node.kill()


if __name__ == "__main__":
    sys.exit(main())
