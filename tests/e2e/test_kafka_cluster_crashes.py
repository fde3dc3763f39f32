"""Workers of one group that die, are suspended or cut off: nothing of what they share is lost."""

import concurrent.futures
import contextlib
import os
import random
import signal
import threading
import time

import pytest
import requests
from harness import footage
from harness.clusters import (
    SESSION,
    frames_in,
    paced_source,
    places,
    played,
    problem_of,
    started,
    wait_places,
)
from harness.kafka import KafkaNode
from harness.tcp_proxy import TcpProxy
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS

BOUND = 3.0  # seconds behind a session, until a dead worker's tasks run elsewhere


@pytest.fixture(scope="module")
def kafka():
    """A node with three doors, each of which can be cut, held up or made a black hole."""
    doors = [TcpProxy() for _ in range(3)]
    node = KafkaNode(f"e2e-{__name__}", doors).start()
    yield node
    node.kill()
    for door in doors:
        door.close()


def test_a_dead_workers_task_goes_on_elsewhere_with_the_next_frame(cluster, kafka, video_source):
    one, two = started(cluster("w1"), cluster("w2"))
    source = paced_source(video_source, "frames")
    one.rest.put("video", source)
    workers = {"w1": one, "w2": two}
    owner = wait_places(one, ["video"], workers)["video"]
    took = []
    for _ in range(3):
        other = "w2" if owner == "w1" else "w1"
        before = played(workers[owner], "video")
        wait_until("frames come", lambda owner=owner, before=before: played(workers[owner], "video") > before)
        workers[owner].kill()
        killed = time.monotonic()
        wait_places(workers[other], ["video"], [other], SESSION + BOUND + 10)
        took.append(time.monotonic() - killed)
        workers[owner] = cluster(owner).start()
        owner = other
    before = played(workers[owner], "video")
    wait_until("frames come", lambda: played(workers[owner], "video") > before)
    workers[owner].rest.delete("video")
    frames = frames_in(kafka, source["topic"])
    assert frames == list(range(len(frames))), "no frame is missing or there twice"
    print(f"{len(frames)} frames; elsewhere after {[round(seconds, 1) for seconds in took]} s")
    assert max(took) < SESSION + BOUND, took


def test_what_a_killed_worker_had_runs_again_when_its_keeper_has_started_it_and_no_session_is_waited_for(
    cluster, kafka, video_source
):
    """The worker's own process is killed, by the kernel for memory, say; its keeper is not."""
    session = 90  # longer than anything here waits
    workers = {name: cluster(name, session_timeout_ms=str(session * 1000)) for name in ("w1", "w2")}
    for worker in workers.values():
        worker.may_crash = True
    started(*workers.values())
    sources = {f"video-{i}": paced_source(video_source, f"frames-{i}") for i in range(4)}
    for name, config in sources.items():
        workers["w1"].rest.put(name, config)
    wait_places(workers["w1"], sources, workers)

    def ledger(worker):
        answer = workers[worker].rest.answer("GET", "/cluster")
        return answer["leader"], {task["connector"]: (task["worker_id"], task["epoch"]) for task in answer["tasks"]}

    for is_leader in (True, False):
        for worker in workers.values():
            wait_until("the worker is healthy", worker._is_ready)
        leader, before = ledger("w1")
        victim = next(name for name in workers if (name == leader) == is_leader)
        other = next(name for name in workers if name != victim)
        lost = {name: epoch for name, (owner, epoch) in before.items() if owner == victim}
        assert lost, "it has tasks"
        killed = time.monotonic()
        os.kill(workers[victim].pid, signal.SIGKILL)

        def run_again(lost=lost, other=other):
            with contextlib.suppress(requests.RequestException):
                now = ledger(other)[1]
                given = all(now[name][1] > epoch for name, epoch in lost.items())
                return given and len(places(workers[other], sources)) == len(sources)
            return False

        wait_until("they run again", run_again, session - 30)
        print(f"{len(lost)} tasks run again after {time.monotonic() - killed:.1f} s")
    for name, config in sources.items():
        before = played(workers["w1"], name)
        wait_until("frames come", lambda name=name, before=before: played(workers["w1"], name) > before)
        workers["w1"].rest.delete(name)
        frames = frames_in(kafka, config["topic"])
        assert frames == list(range(len(frames))), "no frame is missing or there twice"


def test_a_task_that_ends_three_workers_is_failed_and_the_others_run(cluster):
    workers = [cluster(f"w{i}", plugin_path=f"{PLUGINS},{BAD_PLUGINS}") for i in range(1, 4)]
    for worker in workers:
        worker.may_crash = True
    started(*workers)
    beats = {"connector.class": "HeartbeatSource", "topic": "beats", "rate": "20", "tasks.max": "1"}
    workers[0].rest.put("good", beats | {"topic": f"{cluster.name}-beats"})
    poison = {"connector.class": "CrashingSource", "topic": f"{cluster.name}-poison", "crash.how": "abort"}
    with contextlib.suppress(requests.RequestException):
        # Whoever is asked may be who runs it.
        workers[0].rest.call("PUT", "/connectors/poison/config", poison)

    def failed(worker):
        with contextlib.suppress(requests.RequestException, IndexError, AssertionError, KeyError):
            return problem_of(worker, "poison") == ("FAILED", ["crashes-workers"])
        return False

    for worker in workers:
        wait_until("it is FAILED at all of them", lambda worker=worker: failed(worker))
    crashes = sum(worker.log().count("has ended the worker") for worker in workers)
    print(f"{crashes} workers ended")
    assert crashes in (3, 4), "one may have been given it before another was back to tell"
    trace = workers[1].rest.status("poison")["tasks"][0]["trace"]
    assert "crashed its worker" in trace and "restart it" in trace
    for worker in workers:
        wait_until("the worker is healthy", worker._is_ready)
    wait_places(workers[2], ["good"], ("w1", "w2", "w3"))


class Client:
    """Changes connectors of its own at one worker or another, and knows what was answered."""

    def __init__(self, number, workers, source, chance):
        self.number, self.workers, self.source, self.chance = number, workers, source, chance
        self.known = {}  # by name: what its config's fps may be; None: it may be gone
        self.answered = self.unanswered = 0
        self.wrong = []

    def change(self):
        name = f"client-{self.number}-{self.chance.randrange(3)}"
        before = self.known.get(name, {None})
        value = None if before != {None} and self.chance.random() < 0.2 else str(self.chance.randrange(1, 999))
        url = f"{self.chance.choice(list(self.workers.values())).rest.url}/connectors/{name}"
        try:
            if value is None:
                answer = requests.delete(url, timeout=90)
            else:
                answer = requests.put(f"{url}/config", json=self.source | {"fps": value}, timeout=90)
        except requests.RequestException:
            answer = None
        if answer is not None and (answer.ok or (value is None and answer.status_code == 404)):
            self.known[name] = {value}
            self.answered += 1
            return
        self.known[name] = before | {value}
        self.unanswered += 1
        if answer is not None and answer.status_code in (409, 500):
            self.wrong.append(f"{answer.status_code} {answer.text}")


def leader_of(workers):
    for worker in workers.values():
        with contextlib.suppress(requests.RequestException, IndexError):
            return worker.rest.status(worker.rest.answer("GET", "/connectors")[0])["connector"]["worker_id"]
    return None


def is_confined(worker, name):
    """Whether it is FAILED, and none of its tasks runs, because it has ended workers."""
    with contextlib.suppress(requests.RequestException, IndexError, AssertionError, KeyError):
        status = worker.rest.status(name)
        kinds = [problem["kind"] for problem in status["connector"]["problems"]]
        return status["connector"]["state"] == "FAILED" and kinds == ["crashes-workers"] and not status["tasks"]
    return False


def times_failed(worker, name):
    """How often this worker has told that the connector, and not one of its tasks, is FAILED."""
    events = worker.rest.answer("GET", "/events")["events"]
    return sum((each["connector"], each["task"], each["state"]) == (name, None, "FAILED") for each in events)


def test_a_connector_that_has_ended_three_workers_is_failed_once_also_where_its_class_is_not(cluster, tmp_path):
    able = [cluster(f"w{i}", plugin_path=f"{PLUGINS},{BAD_PLUGINS}") for i in (1, 2)]
    for worker in able:
        worker.may_crash = True
    onlooker = cluster("w3")
    started(*able, onlooker)
    items = tmp_path / "items"
    items.write_text("a\nb\n")
    split = {"connector.class": "ListSource", "topic": f"{cluster.name}-list", "list": str(items), "tasks.max": "2"}
    able[0].rest.put("poison", split)
    wait_places(onlooker, ["poison"], ["w1", "w2"])
    items.write_text("a\n!die\n")
    wait_until("it is FAILED there", lambda: is_confined(onlooker, "poison"))
    began = time.monotonic()
    while time.monotonic() - began < 2.5:  # it looks at all connectors once a second
        assert is_confined(onlooker, "poison")
    assert times_failed(onlooker, "poison") == 1


@pytest.mark.parametrize("word", ["!abort", "!die"])
@pytest.mark.parametrize("size", [1, 3])
def test_a_connector_that_ends_three_leaders_is_failed_and_the_others_run(cluster, tmp_path, size, word):
    """Whoever leads asks it how its work is split, on a thread that is no task's."""
    workers = [cluster(f"w{i}", plugin_path=f"{PLUGINS},{BAD_PLUGINS}") for i in range(1, size + 1)]
    for worker in workers:
        worker.may_crash = True
    started(*workers)
    beats = {"connector.class": "HeartbeatSource", "topic": f"{cluster.name}-beats", "rate": "20", "tasks.max": "1"}
    workers[0].rest.put("good", beats)
    items = tmp_path / "items"
    items.write_text("a\nb\nc\n")
    split = {"connector.class": "ListSource", "topic": f"{cluster.name}-list", "list": str(items), "tasks.max": "3"}
    workers[0].rest.put("poison", split)
    wait_places(workers[-1], ["poison"], [f"w{i}" for i in range(1, size + 1)])
    items.write_text(f"a\n{word}\n")

    for worker in workers:
        wait_until("it is FAILED at all of them", lambda worker=worker: is_confined(worker, "poison"))
    crashes = sum(worker.log().count("has ended the worker") for worker in workers)
    print(f"{crashes} workers ended")
    assert crashes in (3, 4), "one may have begun to lead before another was back to tell"
    assert "crashed its worker 3 times" in workers[-1].rest.status("poison")["connector"]["trace"]
    wait_places(workers[-1], ["good"], [f"w{i}" for i in range(1, size + 1)])
    # It has another chance when somebody wants that, at whichever worker.
    items.write_text("a\nb\n")
    assert workers[-1].rest.call("POST", "/connectors/poison/restart").ok
    wait_places(workers[0], ["poison"], [f"w{i}" for i in range(1, size + 1)])
    assert problem_of(workers[0], "poison") == ("RUNNING", [])


def test_what_was_answered_is_what_there_is_whatever_leader_dies(cluster, video_source):
    workers = {name: cluster(name) for name in ("w1", "w2", "w3")}
    started(*workers.values())
    # A file that is played once, so that tasks of many cost nothing.
    source = video_source(footage.pattern(30), "frames")
    workers["w1"].rest.put("first", source)
    clients = [Client(number, workers, source, random.Random(number)) for number in range(3)]
    ends = threading.Event()

    def work(client):
        while not ends.is_set() and client.answered < 40:
            client.change()

    with concurrent.futures.ThreadPoolExecutor() as pool:
        working = [pool.submit(work, client) for client in clients]
        for _ in range(3):
            time.sleep(3)  # decides nothing: when the kill comes
            leader = leader_of(workers)
            if leader:
                workers[leader].kill()
                workers[leader] = cluster(leader).start()
        for each in working:
            each.result(300)
        ends.set()
    known = {name: values for client in clients for name, values in client.known.items()}

    def found(worker):
        there = worker.rest.answer("GET", "/connectors?expand=info")
        return {name: there[name]["info"]["config"]["fps"] if name in there else None for name in known}

    finals = {}
    for worker in workers.values():
        finals = wait_until(
            "the final set is the answered one",
            lambda worker=worker: (lambda now: all(now[name] in known[name] for name in known) and now)(found(worker)),
        )
    for worker in workers.values():
        wait_until("all show the same", lambda worker=worker: found(worker) == finals)
    answered, unanswered = (sum(getattr(client, each) for client in clients) for each in ("answered", "unanswered"))
    print(f"{answered} changes answered, {unanswered} not; {len(finals)} connectors")
    assert answered >= 120
    assert not [wrong for client in clients for wrong in client.wrong]


def test_what_a_suspended_worker_had_goes_on_elsewhere_and_stays_there(cluster, kafka, video_source):
    workers = dict(zip(("w1", "w2"), started(cluster("w1"), cluster("w2")), strict=True))
    source = paced_source(video_source, "frames")
    workers["w1"].rest.put("video", source)
    owner = wait_places(workers["w1"], ["video"], workers)["video"]
    other = "w2" if owner == "w1" else "w1"
    wait_until("frames come", lambda: played(workers[owner], "video") > 0)
    process = workers[owner].pid
    os.kill(process, signal.SIGSTOP)
    wait_places(workers[other], ["video"], [other])
    before = played(workers[other], "video")
    wait_until("it goes on there", lambda: played(workers[other], "video") > before + 50)
    time.sleep(SESSION)  # decides nothing: two sessions in all
    os.kill(process, signal.SIGCONT)
    wait_until("who was suspended sees it", lambda: places(workers[owner], ["video"]) == {"video": other})
    before = played(workers[other], "video")
    wait_until("it goes on there", lambda: played(workers[other], "video") > before + 100)
    assert places(workers[owner], ["video"]) == places(workers[other], ["video"]) == {"video": other}
    workers[owner].rest.delete("video")
    frames = frames_in(kafka, source["topic"])
    assert frames == list(range(len(frames))), "no frame is missing or there twice"


class Trouble:
    """Does something to one of the workers, each kind once before any comes again, so that one at least is well."""

    def __init__(self, workers, doors, begin, chance):
        self.workers, self.doors, self.begin, self.chance = workers, doors, begin, chance
        self.ends = {}  # by worker: when what it suffers is over, and what ends it
        self.done = dict.fromkeys(("killed", "suspended", "cut", "held", "delayed"), 0)
        self.next = []

    def end_what_is_over(self, now=None):
        for name, (until, end) in list(self.ends.items()):
            if now is None or now >= until:
                end()
                del self.ends[name]

    def go_on(self):
        now = time.monotonic()
        self.end_what_is_over(now)
        well = [name for name in self.workers if name not in self.ends]
        if len(well) < 2:
            return
        self.next = self.next or self.chance.sample(list(self.done), len(self.done))
        victim, what = self.chance.choice(well), self.next.pop()
        door = self.doors[victim]
        if what == "killed":
            self.workers[victim].kill()
            self.workers[victim] = self.begin(victim).start(ready=False)
        elif what == "suspended":
            process = self.workers[victim].pid
            os.kill(process, signal.SIGSTOP)
            self.ends[victim] = (now + 2 * SESSION, lambda: os.kill(process, signal.SIGCONT))
        elif what == "delayed":
            door.delay(0.5)
            self.ends[victim] = (now + 2 * SESSION, door.heal)
        else:
            door.cut() if what == "cut" else door.black_hole()
            self.ends[victim] = (now + self.chance.choice((0.5, 2)) * SESSION, door.heal)
        self.done[what] += 1
        print(f"{victim} is {what}")


def test_numbers_are_whole_whoever_dies_is_suspended_or_cut_off(cluster, kafka, video_source):
    """Each worker comes to Kafka by a proxy of its own. FRAMESPOOL_CLUSTER_SECONDS=300 is the long form."""
    seconds = float(os.environ.get("FRAMESPOOL_CLUSTER_SECONDS", "35"))
    doors = dict(zip(("w1", "w2", "w3"), kafka.doors, strict=True))

    def begin(name):
        return cluster(name, bootstrap_servers=f"127.0.0.1:{doors[name].port}")

    workers = {name: begin(name) for name in doors}
    started(*workers.values())
    sources = {f"video-{i}": paced_source(video_source, f"frames-{i}") for i in range(3)}
    for name, source in sources.items():
        workers["w1"].rest.put(name, source)
    wait_places(workers["w1"], sources, workers)
    trouble = Trouble(workers, doors, begin, random.Random(os.environ.get("FRAMESPOOL_CLUSTER_SEED", "16")))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(5)  # decides nothing: between two faults
        trouble.go_on()
    trouble.end_what_is_over()
    for worker in workers.values():
        wait_until("the worker is healthy", worker._is_ready)
    wait_places(workers["w1"], sources, workers, 60)
    for name in sources:
        before = played(workers["w1"], name)
        wait_until("frames come again", lambda name=name, before=before: played(workers["w1"], name) > before)
        workers["w1"].rest.delete(name)
    for source in sources.values():
        frames = frames_in(kafka, source["topic"])
        assert frames == list(range(len(frames))), "no frame is missing or there twice"
        print(f"{len(frames)} frames, {trouble.done}")
