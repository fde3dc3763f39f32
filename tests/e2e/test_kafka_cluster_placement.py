"""Workers of one group: which of them runs a task, and why."""

import os
import shutil
import socket
import time

from harness import footage
from harness.clusters import (
    SESSION,
    cluster_of,
    frames_in,
    owners,
    paced_source,
    places,
    problem_of,
    started,
    wait_places,
)
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, BUILD, PLUGINS


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


def test_work_is_split_also_where_the_worker_that_leads_has_not_the_class(cluster, tmp_path, topic_named):
    few = tmp_path / "plugins"
    few.mkdir()
    for file in (BUILD / "plugins").glob("transforms*"):
        shutil.copy(file, few)
    full = cluster("w1", plugin_path=f"{PLUGINS},{BAD_PLUGINS}")
    few_only, _ = started(cluster("a1", plugin_path=few), full)
    wait_until("a1 leads", lambda: full.rest.answer("GET", "/cluster")["leader"] == "a1")
    config = {"connector.class": "ListSource", "topic": topic_named("numbers"), "tasks.max": "3"}

    def wait_tasks(count):
        wait_until(
            "each item has its task",
            lambda: (
                [(task["state"], task["worker_id"]) for task in full.rest.status("list")["tasks"]]
                == [("RUNNING", "w1")] * count
            ),
        )

    def lists(file, items):
        file.write_text("\n".join(items) + "\n")

    for items in ("abc", "ab"):
        file = tmp_path / f"{items}.txt"
        lists(file, items)
        full.rest.put("list", config | {"list": str(file)})
        wait_tasks(len(items))
    # What it is split by changes by itself: a worker that has the class looks, whoever leads.
    lists(file, "abc")
    wait_tasks(3)
    few_only.stop()
    wait_until("w1 leads", lambda: full.rest.answer("GET", "/cluster")["leader"] == "w1")
    lists(file, "ab")
    wait_tasks(2)


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
