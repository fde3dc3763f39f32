"""A connector shares the worker's address space, so a crash of one ends the worker. What that may cost: the connector, which
comes back FAILED, and everybody else less than half a second and no frame."""

import contextlib
import os
import re
import resource
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest
import requests
from harness import footage
from harness.continuity import judge, longest, span
from harness.mjpeg import Viewer
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until, wait_until_still
from harness.worker import BAD_PLUGINS, PLUGINS, await_end_of, children_of

COUNT = 2000
SIGNALS = {
    "segv": "SIGSEGV",
    "abort": "SIGABRT",
    "terminate": "SIGABRT",
    "overflow": "SIGSEGV",
    "thread-overflow": "SIGSEGV",
    "bad-alloc": "SIGABRT",
}
HEARTBEAT = {"connector.class": "HeartbeatSource", "topic": "beats", "rate": "20"}
PROMISED_SECONDS = 0.5


@pytest.fixture
def crashing(new_worker, topic_named, on_kafka):
    def make(**properties):
        if on_kafka:  # where a connector of another test has come to is not this one's
            properties["offset_storage_topic"] = topic_named("offsets")
        worker = new_worker(
            plugin_path=f"{PLUGINS},{BAD_PLUGINS}",
            offset_flush_interval_ms="100",
            exactly_once_source_support="enabled",
            **properties,
        )
        worker.may_crash = True
        return worker.start()

    return make


def limit_memory(worker):
    """What is taken beyond that is a std::bad_alloc."""
    with open(f"/proc/{worker.pid}/status") as status:
        size = int(re.search(r"VmSize:\s+(\d+) kB", status.read()).group(1)) << 10
    resource.prlimit(worker.pid, resource.RLIMIT_AS, (size + (256 << 20),) * 2)


class Memory:
    """What a worker may take beyond what it has, until the kernel kills it: by a control group, where this process may make
    one; elsewhere this process kills it when it has taken that much, as an out-of-memory daemon does."""

    BYTES = 192 << 20

    def __init__(self, worker):
        self._pid, self._group, self._limit = worker.pid, None, None
        with contextlib.suppress(OSError):
            self._group = self._make()
            (self._group / "cgroup.procs").write_text(str(self._pid))
        self.by_the_kernel = self._group is not None
        if not self.by_the_kernel:
            self._limit = self._resident() + self.BYTES

    def _make(self):
        groups = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
        if "memory" in groups:
            parent, limit = Path("/sys/fs/cgroup/memory") / groups["memory"].lstrip("/"), "memory.limit_in_bytes"
        else:
            parent, limit = Path("/sys/fs/cgroup") / groups[""].lstrip("/"), "memory.max"
        group = Path(tempfile.mkdtemp(prefix="framespool-test-", dir=parent))
        try:
            (group / limit).write_text(str(self.BYTES))
        except OSError:
            group.rmdir()
            raise
        return group

    def _resident(self):
        return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def await_kill(self, is_gone):
        def gone():
            with contextlib.suppress(OSError):
                if not self.by_the_kernel and self._resident() > self._limit:
                    os.kill(self._pid, signal.SIGKILL)
            return is_gone()

        wait_until("the worker that takes too much memory is killed", gone)
        if self._group is not None:
            wait_until("nothing is left in the control group", self._is_removed)

    def _is_removed(self):
        with contextlib.suppress(OSError):
            self._group.rmdir()
        return not self._group.exists()


def knows_of_memory():
    """Whether this kernel counts whom it kills for lack of memory."""
    return "\noom_kill " in Path("/proc/vmstat").read_text()


def create(worker, name, config):
    """The worker may be gone before it has answered."""
    with contextlib.suppress(requests.ConnectionError):
        worker.rest.call("PUT", f"/connectors/{name}/config", config)


def status_of(worker, name):
    with contextlib.suppress(requests.ConnectionError):
        answer = worker.rest.call("GET", f"/connectors/{name}/status")
        return answer.json() if answer.ok else None


def await_failed(worker, name):
    def failed():
        status = status_of(worker, name)
        return status if status and status["connector"]["state"] == "FAILED" else None

    return wait_until(f"{name} is FAILED", failed)


def crasher(kind, how, topic, **more):
    config = {"connector.class": f"Crashing{kind.capitalize()}", "crash.how": how, "crash.at": "0"}
    config |= {"topic": f"{topic}-of-its-own", "count": "1"} if kind == "source" else {"topics": topic}
    return config | {key.replace("_", "."): value for key, value in more.items()}


def test_a_connector_that_crashes_loses_and_repeats_nothing_over_the_restart(crashing, topic_named, tmp_path):
    output = tmp_path / "records.txt"
    topic = topic_named("numbers")
    worker = crashing()
    worker.rest.put(
        "crashing",
        {
            "connector.class": "CrashingSource",
            "topic": topic,
            "crash.at": "700",
            "crash.file": str(tmp_path / "crashed"),
            "count": str(COUNT),
        },
    )
    await_failed(worker, "crashing")
    worker.rest.call("POST", "/connectors/crashing/restart")
    worker.rest.wait_running("crashing")
    worker.rest.run("lines", {"connector.class": "LineFileSink", "topics": topic, "file": str(output)})
    wait_until("all records come out of the sink", lambda: output.exists() and output.read_text().count("\n") >= COUNT)
    assert worker.stop() == 0
    assert output.read_text().split() == [str(number) for number in range(COUNT)]


@pytest.mark.parametrize("kind", ["source", "sink"])
@pytest.mark.parametrize("how", SIGNALS)
def test_the_guilty_connector_comes_back_failed_with_signal_and_backtrace(crashing, topic_named, kind, how, tmp_path):
    worker = crashing()
    beats = HEARTBEAT | {"topic": topic_named("beats")}
    worker.rest.run("beats", beats)
    started, first = worker.process.pid, worker.pid
    if how == "bad-alloc":
        limit_memory(worker)
    create(worker, "bad", crasher(kind, how, beats["topic"], crash_file=str(tmp_path / "crashed")))
    status = await_failed(worker, "bad")
    assert status["tasks"] == []
    trace = status["connector"]["trace"]
    print(trace)
    assert SIGNALS[how] in trace.splitlines()[0] and "crashes.so(" in trace
    problem = status["connector"]["problems"][0]
    assert problem["kind"] == "connector-crashed" and problem["facts"]["signal"] == SIGNALS[how]
    if how == "terminate":
        assert "nobody catches this" in trace
    if how == "bad-alloc":
        assert "there is not enough memory" in trace
    worker.rest.wait_running("beats")
    assert worker.process.pid == started and worker.process.poll() is None and worker.pid != first
    # It stays so over the end of the worker, and has another chance when somebody wants that.
    assert worker.stop() == 0
    worker.start()
    assert await_failed(worker, "bad")["connector"]["trace"] == trace
    second = worker.pid
    assert worker.rest.call("POST", "/connectors/bad/restart").ok
    worker.rest.wait_running("bad")
    assert worker.pid == second


@pytest.mark.parametrize("word", ["!abort", "!die"])
def test_a_connector_that_crashes_beside_its_tasks_is_the_guilty_one(crashing, topic_named, tmp_path, word):
    """Where it is asked how its work is split, and on a thread of its own that watches for that."""
    worker = crashing()
    beats = HEARTBEAT | {"topic": topic_named("beats")}
    worker.rest.run("beats", beats)
    items = tmp_path / "items"
    items.write_text("a\nb\n")
    config = {"connector.class": "ListSource", "topic": topic_named("list"), "list": str(items), "tasks.max": "2"}
    worker.rest.run("list", config)
    items.write_text(f"a\nb\n{word}\n")
    problem = await_failed(worker, "list")["connector"]["problems"][0]
    assert problem["kind"] == "connector-crashed" and problem["facts"]["signal"] == "SIGABRT"
    worker.rest.wait_running("beats")
    items.write_text("a\nb\nc\n")
    assert worker.rest.call("POST", "/connectors/list/restart").ok
    worker.rest.wait_running("list")


def test_of_connectors_that_share_the_thread_that_crashes_none_runs_after_the_second_time(
    crashing, topic_named, tmp_path
):
    worker = crashing()
    worker.rest.run("beats", HEARTBEAT | {"topic": topic_named("beats")})
    files = {name: tmp_path / f"crash-{name}" for name in ("one", "two", "three")}
    for name, file in files.items():
        worker.rest.run(name, {"connector.class": "SharingSource", "crash.while": str(file)})
    worker.rest.call("PUT", "/connectors/three/stop")
    files["one"].touch()
    for name in "one", "two":
        connector = await_failed(worker, name)["connector"]
        problem = connector["problems"][0]
        assert problem["kind"] == "connector-crashed", problem
        assert problem["facts"]["suspects"] == "one, two" and problem["facts"]["library"].endswith("shared_thread.so")
        assert "restart one after the other" in connector["trace"]
    worker.rest.wait_running("beats")
    assert status_of(worker, "three")["connector"]["state"] == "STOPPED"
    said = [
        p["message"] for p in worker.rest.call("GET", "/health").json()["problems"] if p["kind"] == "worker-crashed"
    ]
    assert len(said) == 1 and "one, two" in said[0] and "not the first time" in said[0], said
    assert "All of them run again" in worker.log(), "the first time they did"
    # Now somebody finds out which it is: this one goes on, and the other is the only one that is left.
    before = worker.pid
    assert worker.rest.call("POST", "/connectors/two/restart").ok
    worker.rest.wait_running("two")
    assert worker.pid == before
    files["one"].unlink()
    assert worker.rest.call("POST", "/connectors/one/restart").ok
    worker.rest.wait_running("one")
    assert worker.pid == before and worker.stop() == 0


class Watched:
    """Asks REST again and again, and knows for how long nobody answered."""

    def __init__(self, worker):
        self._url = f"{worker.rest.url}/connectors"
        self._answered = [time.monotonic()]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self):
        with requests.Session() as session:
            session.trust_env = False
            while not self._stopping.wait(0.005):
                with contextlib.suppress(requests.RequestException):
                    if session.get(self._url, timeout=5).ok:
                        self._answered.append(time.monotonic())

    def longest(self):
        """The longest of all, and that which is furthest beyond what the machine itself cost."""
        spans = [span(before, after) for before, after in zip(self._answered, self._answered[1:], strict=False)]
        return max(spans, key=lambda each: each.seconds), longest(spans)

    def stop(self):
        self._stopping.set()
        self._thread.join(30)


def cost_of_a_crash(worker, viewers, kind, how, topic, mark):
    """For how long REST does not answer when a connector ends the worker, beyond what is the machine's, in seconds."""
    seen = [len(viewer.seen) for viewer in viewers]
    wait_until(
        "all viewers see frames",
        lambda: all(len(viewer.seen) > count + 5 for viewer, count in zip(viewers, seen, strict=True)),
    )
    if how == "bad-alloc":
        limit_memory(worker)
    memory = Memory(worker) if how == "memory" else None
    before, rest = worker.pid, Watched(worker)
    bad = mark.name  # another each time, as a source goes on where it was
    create(worker, bad, crasher(kind, how, topic, crash_file=str(mark)))
    if memory:
        memory.await_kill(lambda: worker.pid != before)
    wait_until("another worker is there", lambda: worker.pid != before)
    if how in ("kill", "memory"):
        # Nobody knows who it was.
        wait_until("it runs", lambda: (status_of(worker, bad) or {"tasks": []})["tasks"])
        said = [p for p in worker.rest.call("GET", "/health").json()["problems"] if p["kind"] == "worker-crashed"]
        of_memory = memory is not None and memory.by_the_kernel and knows_of_memory()
        assert len(said) == 1 and ("oom_kill" in said[0]["message"]) == of_memory, said
        if memory:
            print("killed by the kernel" if memory.by_the_kernel else "no control group: killed by this test")
    else:
        await_failed(worker, bad)
    wait_until_still("the number of starts", lambda: worker.pid, 0.5)
    rest.stop()
    raw, away = rest.longest()
    print(f"{kind} {how}: REST did not answer for {raw}; beyond what was the machine's: {away}")
    worker.rest.delete(bad)
    return away.seconds - away.late


def test_crashes_cost_ten_others_less_than_half_a_second_and_no_frame(
    crashing, new_sink, video_source, topic_named, tmp_path
):
    worker = crashing()
    video = footage.pattern(9000, width=320, height=180)
    sinks = [new_sink(f"frames-{number}") for number in range(5)]
    for number, sink in enumerate(sinks):
        worker.rest.run(f"sink-{number}", sink.config)
        worker.rest.run(f"video-{number}", video_source(video, f"frames-{number}", pace="realtime"))
    with contextlib.ExitStack() as watching:
        viewers = [watching.enter_context(Viewer(sink.url)) for sink in sinks]
        for kind in ("source", "sink"):
            for how in ("segv", "abort", "terminate", "overflow", "bad-alloc", "kill", "memory"):
                # What else a busy machine has to do at that moment is not the worker's: one of three counts.
                costs = []
                while not costs or (min(costs) >= PROMISED_SECONDS and len(costs) < 3):
                    mark = tmp_path / f"{kind}-{how}-{len(costs)}"
                    costs.append(cost_of_a_crash(worker, viewers, kind, how, sinks[0].topic, mark))
                assert min(costs) < PROMISED_SECONDS, f"{kind} {how}: {costs}"
        for number in range(len(sinks)):
            worker.rest.delete(f"video-{number}")
        for sink, viewer in zip(sinks, viewers, strict=True):
            topic = Topic(sink.url)
            wait_until_still("the end of the topic", topic.end)
            records = topic.records()
            assert [record.frame for record in records] == list(range(len(records))), (
                "frames are missing or there twice"
            )
            last = records[-1].digest
            wait_until("the viewer has seen the last frame", lambda v=viewer, d=last: v.digests()[-1] == d)
            times = [frame.at for frame in viewer.seen]
            dark = max(after - before for before, after in zip(times, times[1:], strict=False))
            print(f"{judge(viewer.seen, offsets_by_digest(records))}; between two frames at most {dark * 1000:.0f} ms")


def test_a_worker_that_is_killed_again_and_again_at_once_is_given_up_with_a_sentence(crashing):
    worker = crashing()

    def is_given_up():
        for child in children_of(worker.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return worker.process.poll() is not None

    wait_until("it is given up", is_given_up)
    assert worker.process.returncode == -signal.SIGKILL
    worker.process = None
    assert "giving up" in worker.log() and "--safe" in worker.log()


def test_a_worker_never_outlives_its_keeper(worker):
    child = worker.pid
    os.kill(worker.process.pid, signal.SIGKILL)
    await_end_of(child)
    assert worker.process.wait(60) == -signal.SIGKILL
    worker.process = None
    worker.start()  # and the data is free at once


@pytest.mark.parametrize("to", ["the keeper", "the worker", "both"])
def test_sigterm_ends_both_in_good_order_whoever_gets_it(new_worker, to):
    worker = new_worker().start()
    worker.rest.run("beats", HEARTBEAT)
    pids = {"the keeper": [worker.process.pid], "the worker": [worker.pid]}
    for pid in pids.get(to, pids["the worker"] + pids["the keeper"]):
        os.kill(pid, signal.SIGTERM)
    assert worker.process.wait(60) == 0
    worker.process = None
    assert "[worker] stopped" in worker.log()


def test_what_ends_a_worker_that_is_no_crash_ends_its_keeper_as_well(worker):
    os.kill(worker.process.pid, signal.SIGHUP)
    assert worker.process.wait(60) == -signal.SIGHUP
    worker.process = None


def test_the_keeper_is_small_and_loads_nothing(worker):
    with open(f"/proc/{worker.process.pid}/smaps_rollup") as file:
        private = int(re.search(r"Anonymous:\s+(\d+) kB", file.read()).group(1))
    with open(f"/proc/{worker.process.pid}/maps") as file:
        assert ".so" not in file.read()
    print(f"the keeper has {private} kB of its own")
    assert private <= 64
