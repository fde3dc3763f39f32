"""group.id and config.storage.topic on several workers: they share their connectors, and lose none when one dies."""

import concurrent.futures
import contextlib
import os
import random
import shutil
import signal
import socket
import threading
import time

import pytest
import requests
from harness import footage
from harness.kafka import KafkaNode
from harness.tcp_proxy import TcpProxy
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, BUILD, PLUGINS

SESSION = 6.0  # seconds: the shortest that Kafka allows as it is delivered
BOUND = 3.0  # behind a session, until a dead worker's tasks run elsewhere
FRAMES = 20000


@pytest.fixture(scope="module")
def kafka():
    """A node with three doors, each of which can be cut, held up or made a black hole."""
    doors = [TcpProxy() for _ in range(3)]
    node = KafkaNode(f"e2e-{__name__}", doors).start()
    yield node
    node.kill()
    for door in doors:
        door.close()


@pytest.fixture
def cluster(new_worker, topic_named):
    """Makes workers of one group."""
    name = topic_named("cluster")

    def make(worker_id, **properties):
        common = {
            "group_id": name,
            "config_storage_topic": f"{name}-configs",
            "offset_storage_topic": f"{name}-offsets",
            "status_storage_topic": f"{name}-status",
            "session_timeout_ms": str(int(SESSION * 1000)),
            "heartbeat_interval_ms": "1000",
            "exactly_once_source_support": "enabled",
        }
        return new_worker(worker_id=worker_id, **(common | properties))

    make.name = name
    return make


def started(*workers):
    """Together, as an orchestrator does."""
    for worker in workers:
        worker.start(ready=False)
    for worker in workers:
        wait_until("the worker is healthy", worker._is_ready)
    return workers


def places(worker, names):
    """Of each connector the worker that its first task runs on, as this worker says."""
    statuses = {name: worker.rest.status(name)["tasks"] for name in names}
    return {name: tasks[0]["worker_id"] for name, tasks in statuses.items() if tasks and tasks[0]["state"] == "RUNNING"}


def wait_places(worker, names, among, seconds=40):
    """Until all of them run on these."""

    def found():
        where = places(worker, names)
        return where if len(where) == len(names) and set(where.values()) <= set(among) else None

    return wait_until(f"{names} run on {among}", found, seconds)


def frames_in(kafka, topic):
    return [int(dict(record.headers)["framespool.frame"]) for record in kafka.records(topic)]


def played(worker, name):
    """The frame that comes next, as the source offset has it."""
    offsets = worker.rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
    return offsets[0]["offset"]["frame"] if offsets else 0


def paced_source(video_source, topic):
    """Plays for minutes, in small pictures: the tests read all of them."""
    source = video_source(
        footage.pattern(FRAMES, width=96, height=54),
        topic,
        **{"pace": "realtime", "fps": "40", "transaction.boundary": "interval"},
    )
    return source | {"transaction.boundary.interval.ms": "200"}


def told(worker, path):
    """What does not depend on who is asked."""
    answer = worker.rest.answer("GET", path)
    if "tasks" in answer and path.endswith("/status"):
        for task in answer["tasks"]:
            task.pop("metrics", None)
    return answer


def test_two_workers_share_connectors_and_say_the_same(cluster, kafka, video_source):
    one, two = started(cluster("w1"), cluster("w2"))
    video = footage.pattern(60)
    sources = {f"video-{i}": video_source(video, f"frames-{i}") for i in range(4)}
    for i, (name, config) in enumerate(sources.items()):
        (one, two)[i % 2].rest.put(name, config)
    where = wait_places(one, sources, ("w1", "w2"))
    assert sorted(where.values()) == ["w1", "w1", "w2", "w2"], "both have their share"
    wait_until("both say the same", lambda: places(two, sources) == where)
    assert sorted(one.rest.answer("GET", "/connectors")) == sorted(two.rest.answer("GET", "/connectors"))
    for name in sources:
        for path in (f"/connectors/{name}", f"/connectors/{name}/status", f"/connectors/{name}/config"):
            wait_until(f"{path} is the same at both", lambda path=path: told(one, path) == told(two, path))
    for config in sources.values():
        wait_until("all frames are there", lambda config=config: len(frames_in(kafka, config["topic"])) >= 60)
        assert frames_in(kafka, config["topic"]) == list(range(60)), "each task runs once"
    # A change is carried out wherever it is asked for.
    one.rest.answer("PUT", "/connectors/video-1/pause")
    two.rest.answer("PUT", "/connectors/video-0/stop")
    wait_until("it is paused at both", lambda: two.rest.status("video-1")["tasks"][0]["state"] == "PAUSED")
    assert one.rest.status("video-0")["connector"]["state"] == "STOPPED"
    two.rest.delete("video-1")
    wait_until("it is gone at both", lambda: "video-1" not in one.rest.answer("GET", "/connectors"))


def test_changes_hold_whichever_workers_they_are_asked_of_one_behind_the_other(cluster, kafka, video_source):
    one, two = started(cluster("w1"), cluster("w2"))
    source = video_source(footage.pattern(30), "frames")
    one.rest.put("video", source)

    def said(worker, method, path, **options):
        return requests.request(method, f"{worker.rest.url}/connectors/{path}", timeout=60, **options).status_code

    for workers in [(one, two), (two, one)] * 6:
        assert said(workers[0], "PUT", "video/pause") == 202
        assert said(workers[1], "PUT", "video/resume") == 202
        for worker in workers:  # the first of them has seen the pause
            wait_until("it runs", lambda worker=worker: worker.rest.status("video")["connector"]["state"] == "RUNNING")
    offsets = {"offsets": [{"partition": {"file": source["file"]}, "offset": {"frame": 7}}]}
    assert said(one, "PUT", "video/stop") == 204
    assert said(two, "PATCH", "video/offsets", json=offsets) == 200
    for _ in range(3):
        one.rest.put("short", source)
        assert said(two, "DELETE", "short") == 204
    # The topic by which the workers know each other is none that anybody may delete; who does it all the same is healed.
    kafka.delete_topic("framespool-workers")
    wait_until("it is made again", lambda: "by which the workers of group" in one.log() + two.log())
    for worker in two, one:
        assert said(worker, "PUT", "video/resume") == 202
        assert said(worker, "PUT", "video/pause") == 202
    assert "has given this worker up" not in one.log() + two.log()


def test_changes_are_made_when_the_topic_of_requests_was_deleted_and_is_made_anew(cluster, kafka, video_source):
    workers = dict(zip(("w1", "w2"), started(cluster("w1"), cluster("w2")), strict=True))
    source = video_source(footage.pattern(30), "frames")
    for number in range(5):
        workers["w1"].rest.put("video", source | {"fps": str(number + 1)})

    def change(worker, fps):
        """A change whose sender could not know that the topic is gone is a 503, to be repeated."""
        answer = requests.put(f"{worker.rest.url}/connectors/video/config", json=source | {"fps": fps}, timeout=60)
        assert answer.status_code in (200, 503), answer.text
        return answer.ok

    kafka.delete_topic(f"{cluster.name}-configs-requests")
    for number, worker in enumerate(workers.values()):
        wait_until("it is made", lambda worker=worker, number=number: change(worker, f"1{number}"), 90)
    assert workers["w1"].stop() == 0 and workers["w2"].stop() == 0
    kafka.delete_topic(f"{cluster.name}-configs-requests")
    workers = dict(zip(("w1", "w2"), started(cluster("w1"), cluster("w2")), strict=True))
    for number, worker in enumerate(workers.values()):
        wait_until("it is made", lambda worker=worker, number=number: change(worker, f"2{number}"), 90)


def test_a_worker_of_other_plugins_says_of_connectors_what_the_others_say(cluster, tmp_path, video_source, new_sink):
    few = tmp_path / "plugins"
    few.mkdir()
    for file in (BUILD / "plugins").glob("transforms*"):
        shutil.copy(file, few)
    full, other = started(cluster("w1"), cluster("", plugin_path=few))
    # Without an id a worker has its machine's name, as 127.0.0.1 is on each of them.
    port = other.rest.url.rsplit(":", 1)[1]
    assert other.rest.answer("GET", "/worker")["worker_id"] == f"{socket.gethostname()}:{port}"
    full.rest.put("video", video_source(footage.pattern(30), "frames"))
    full.rest.put("screen", new_sink("frames").config)

    def state_at(worker, name):
        status = worker.rest.status(name)
        return status["type"], status["connector"]["state"], [task["state"] for task in status["tasks"]]

    for name, kind in ("video", "source"), ("screen", "sink"):
        for worker in full, other:
            wait_until(
                "both say that it runs",
                lambda worker=worker, name=name, kind=kind: state_at(worker, name) == (kind, "RUNNING", ["RUNNING"]),
            )
    other.rest.answer("PUT", "/connectors/video/pause")
    wait_until("it is paused", lambda: state_at(other, "video")[1:] == ("PAUSED", ["PAUSED"]))
    other.rest.answer("PUT", "/connectors/video/resume")
    full.stop()
    wait_until("nobody has the class", lambda: state_at(other, "video")[1:] == ("FAILED", ["UNASSIGNED"]))
    assert "VideoFileSource" in other.rest.status("video")["connector"]["trace"]


def test_a_name_that_is_created_twice_at_two_workers_is_created_once(cluster, video_source):
    workers = started(cluster("w1"), cluster("w2"))
    video = footage.pattern(30)
    for attempt in range(5):
        body = {"name": f"same-{attempt}", "config": video_source(video, f"frames-{attempt}")}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            codes = list(
                pool.map(lambda worker, body=body: worker.rest.call("POST", "/connectors", body).status_code, workers)
            )
        assert sorted(codes) == [201, 409], codes


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


def test_a_worker_that_is_stopped_hands_over_at_once(cluster, kafka, video_source):
    one, two = started(cluster("w1"), cluster("w2"))
    sources = {f"video-{i}": paced_source(video_source, f"frames-{i}") for i in range(2)}
    for name, config in sources.items():
        one.rest.put(name, config)
    wait_until("both have one", lambda: sorted(places(one, sources).values()) == ["w1", "w2"], 40)
    began = time.monotonic()
    assert two.stop() == 0
    wait_places(one, sources, ["w1"])
    took = time.monotonic() - began
    print(f"handed over in {took:.1f} s")
    assert took < SESSION, "who stops says so, and is not waited for"
    for config in sources.values():
        before = len(frames_in(kafka, config["topic"]))
        wait_until("it goes on", lambda config=config, before=before: len(frames_in(kafka, config["topic"])) > before)
        frames = frames_in(kafka, config["topic"])
        assert frames == list(range(len(frames)))


def test_of_changes_on_one_config_at_two_workers_one_is_made(cluster, video_source):
    workers = started(cluster("w1"), cluster("w2"))
    source = video_source(footage.pattern(30), "frames")
    body = {"name": "video", "config": source, "initial_state": "STOPPED"}
    assert workers[0].rest.call("POST", "/connectors", body).status_code == 201
    wait_until("both know it", lambda: "video" in workers[1].rest.answer("GET", "/connectors"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for attempt in range(1, 6):
            seen = workers[0].rest.call("GET", "/connectors/video/config")
            wait_until(
                "both show the same",
                lambda seen=seen: (
                    workers[1].rest.call("GET", "/connectors/video/config").headers["ETag"] == seen.headers["ETag"]
                ),
            )

            def change(number, attempt=attempt, seen=seen):
                return requests.put(
                    f"{workers[number % 2].rest.url}/connectors/video/config",
                    json=source | {"fps": str(attempt * 10 + number)},
                    headers={"If-Match": seen.headers["ETag"]},
                    timeout=60,
                ).status_code

            codes = sorted(pool.map(change, range(4)))
            assert codes == [200, 412, 412, 412], codes
        # Without If-Match each is made, on whatever there is.

        def patch(change):
            number, body = change
            return requests.patch(
                f"{workers[number % 2].rest.url}/connectors/video/config", json=body, timeout=60
            ).status_code

        patches = [(0, {"fps": "7"}), (1, {"loop": "true"}), (2, {"pace": "realtime"}), (3, {"tasks.max": "2"})]
        assert set(pool.map(patch, patches)) == {200}
    wait_until(
        "all of them are there",
        lambda: (
            {"fps": "7", "loop": "true", "pace": "realtime", "tasks.max": "2"}.items()
            <= workers[0].rest.answer("GET", "/connectors/video/config").items()
        ),
    )


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


def owners(worker, name):
    """Of each task its worker, by the file that it plays; none unless all of them run."""
    tasks = worker.rest.answer("GET", f"/connectors/{name}/tasks")
    states = worker.rest.status(name)["tasks"]
    if len(states) != len(tasks) or {state["state"] for state in states} != {"RUNNING"}:
        return {}
    return {task["config"]["files"]: state["worker_id"] for task, state in zip(tasks, states, strict=True)}


def test_a_folder_is_split_over_workers_and_what_comes_disturbs_nobody(cluster, kafka, video_source, tmp_path):
    workers = started(*(cluster(f"w{number}") for number in range(1, 4)))
    folder = tmp_path / "recordings"
    folder.mkdir()

    def add(name, frames):
        path = folder / name
        shutil.copy(footage.pattern(frames, width=96, height=54), path)
        os.utime(path, (time.time() - 60,) * 2)  # one that is being written is not played yet

    add("a.mp4", 30)
    add("b.mp4", 40)
    config = video_source("", "frames", folder=str(folder), tasks_max="3", folder_poll_interval_ms="100")
    del config["file"]
    wait_until(
        "all three have said what they can run",
        lambda: (
            [bool(each["connector_classes"]) for each in workers[0].rest.answer("GET", "/cluster")["workers"]]
            == [True] * 3
        ),
    )
    workers[0].rest.put("folder", config)
    first = wait_until("both have a task", lambda: len(found := owners(workers[1], "folder")) == 2 and found)
    assert len(set(first.values())) == 2, "on two workers"
    add("c.mp4", 50)
    three = wait_until("the third has one", lambda: len(found := owners(workers[2], "folder")) == 3 and found)
    assert first.items() <= three.items() and set(three.values()) == {"w1", "w2", "w3"}
    wait_until("all frames are there", lambda: len(frames_in(kafka, config["topic"])) >= 120)
    frames = frames_in(kafka, config["topic"])
    assert sorted(frames) == sorted([*range(30), *range(40), *range(50)]), "each is there once"
    for worker in workers:
        wait_until("all say the same", lambda worker=worker: owners(worker, "folder") == three)


def cluster_of(worker):
    """What a worker says of all of them, without what depends on when it is asked."""
    answer = worker.rest.answer("GET", "/cluster")
    for each in answer["workers"]:
        each.pop("uptime_ms")
    return answer


def problem_of(worker, name):
    task = worker.rest.status(name)["tasks"][0]
    return task["state"], [problem["kind"] for problem in task.get("problems", [])]


def test_tasks_run_where_placement_says_and_say_why_they_do_not(cluster, new_sink, topic_named):
    one, two = started(cluster("w1", worker_labels="site=berlin,gpu"), cluster("w2", worker_labels="site=hamburg"))
    beats = {"connector.class": "HeartbeatSource", "topic": topic_named("beats"), "rate": "5"}
    wanted = {"gpu": "site=berlin && gpu", "north": "site=ham*", "named": "worker=w2", "lab": "site=lab"}
    for name, placement in wanted.items():
        one.rest.put(name, beats | {"placement": placement})
    view = new_sink("beats", http_port="0").config | {"replicas": "each"}
    one.rest.put("view", view)
    where = wait_places(two, ["gpu", "north", "named"], ("w1", "w2"))
    assert where == {"gpu": "w1", "north": "w2", "named": "w2"}
    wait_until("it says why it runs nowhere", lambda: problem_of(two, "lab") == ("UNASSIGNED", ["not-placed"]))
    assert "is not where placement says" in two.rest.status("lab")["tasks"][0]["trace"]
    wait_until(
        "each has a task of the view",
        lambda: (
            [(task["state"], task["worker_id"]) for task in one.rest.status("view")["tasks"]]
            == [("RUNNING", "w1"), ("RUNNING", "w2")]
        ),
    )
    two.rest.put("lab", beats | {"placement": "!(gpu || spare)", "task.weight": "2"})
    assert wait_places(one, ["lab"], ["w2"]) == {"lab": "w2"}
    refused = one.rest.call("PUT", "/connectors/bad/config", beats | {"placement": "site=berlin &&"})
    assert refused.status_code == 400 and "placement" in refused.text
    wrong = beats | {"connector.plugin.version": "9.9.9"}
    one.rest.put("other-version", wrong)
    wait_until("no worker has it", lambda: problem_of(one, "other-version") == ("UNASSIGNED", ["not-placed"]))

    wait_until("both say the same", lambda: cluster_of(one) | {"worker_id": ""} == cluster_of(two) | {"worker_id": ""})
    told = cluster_of(one)
    assert told["group_id"] == cluster.name and told["leader"] in ("w1", "w2") and told["term"] > 0
    workers = {each["worker_id"]: each for each in told["workers"]}
    assert workers["w1"]["labels"] == {"gpu": "", "site": "berlin", "worker": "w1"}
    assert workers["w1"]["state"] == "RUNNING" and "HeartbeatSource" in workers["w1"]["connector_classes"]
    tasks = {(task["connector"], task["task"]): task for task in told["tasks"]}
    assert tasks["gpu", 0]["worker_id"] == "w1" and tasks["gpu", 0]["cause"] == "new"
    assert tasks["other-version", 0]["problems"][0]["kind"] == "not-placed"

    # Whatever moves says so.
    assert two.stop() == 0
    wait_until("w2 is gone", lambda: [each["worker_id"] for each in cluster_of(one)["workers"]] == ["w1"])
    wait_until("it is nowhere", lambda: problem_of(one, "named") == ("UNASSIGNED", ["not-placed"]))
    one.rest.put("free", beats)
    wait_places(one, ["free"], ["w1"])
    moves = [(move["connector"], move["to"], move["cause"]) for move in cluster_of(one)["moves"]]
    assert moves[-1] == ("free", "w1", "new")
    events = one.rest.answer("GET", "/events")["events"]
    assert [event["connector"] for event in events if event["state"] == "MOVED"][-1] == "free"


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

    def failed(worker):
        with contextlib.suppress(requests.RequestException, IndexError, AssertionError, KeyError):
            status = worker.rest.status("poison")
            kinds = [problem["kind"] for problem in status["connector"]["problems"]]
            return status["connector"]["state"] == "FAILED" and kinds == ["crashes-workers"] and not status["tasks"]
        return False

    for worker in workers:
        wait_until("it is FAILED at all of them", lambda worker=worker: failed(worker))
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
