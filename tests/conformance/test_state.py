"""Kafka Connect 4.3.1's own stores read what a worker keeps in Kafka: configs, target states, status, topics in use, offsets."""

import json

import pytest
from connect_worker import KafkaNode, compile_java, run_java
from harness import footage
from harness.waiting import wait_until
from harness.worker import Worker

FRAMES = 30


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """{connector: what Connect reads of it}, and what was sent as {connector: config}."""
    folder = tmp_path_factory.mktemp("state")
    video = footage.pattern(FRAMES)
    source = {
        "connector.class": "VideoFileSource",
        "tasks.max": "1",
        "file": str(video),
        "format": "jpeg",
        "pace": "unpaced",
    }
    sent = {
        "played": source | {"topic": "frames", "owner": 'w"ö'},
        "stopped": source | {"topic": "frames-stopped"},
        "paused": source | {"topic": "frames-paused"},
        "moved": source | {"topic": "frames-moved"},
        "failed": source | {"topic": "frames-failed", "file": str(folder / "broken.mp4")},
        "gone": source | {"topic": "frames-gone"},
    }
    kafka = KafkaNode(folder / "kafka")
    topics = {kind: f"state-{kind}" for kind in ("config", "offset", "status")}
    worker = Worker(
        folder,
        {
            "bootstrap.servers": kafka.bootstrap,
            "group.id": "state",
            "worker.id": "w1",
            "exactly.once.source.support": "enabled",
            "offset.flush.interval.ms": "100",
        }
        | {f"{kind}.storage.topic": topic for kind, topic in topics.items()},
    )
    try:
        compile_java(folder / "classes", "StateReader")
        (folder / "broken.mp4").write_bytes(video.read_bytes())
        worker.start()
        rest = worker.rest
        for name in sent:
            rest.put(name, sent[name])
        for name in ("played", "moved", "stopped", "paused", "gone", "failed"):
            wait_until(
                f"{name} is at its end",
                lambda name=name: (
                    [
                        each["offset"].get("frame")
                        for each in rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
                    ]
                    == [FRAMES]
                ),
            )
        rest.call("PUT", "/connectors/stopped/stop")
        rest.call("PUT", "/connectors/paused/pause")
        rest.delete("gone")
        rest.call("PUT", "/connectors/moved/stop")
        rest.answer(
            "PATCH",
            "/connectors/moved/offsets",
            {"offsets": [{"partition": {"file": str(video)}, "offset": {"frame": 7}}]},
        )
        (folder / "broken.mp4").write_bytes(b"no video")
        rest.call("POST", "/connectors/failed/restart?includeTasks=true")
        wait_until("the task fails", lambda: rest.status("failed")["tasks"][0]["state"] == "FAILED")
        assert worker.stop() == 0
        found = run_java(folder / "classes", "StateReader", kafka.bootstrap, *topics.values(), "gone")
    finally:
        worker.kill()
        print(f"--- log of {worker.log_file}:\n{worker.log()[-6000:]}")
        kafka.stop()
    # Before that Connect says which keys it does not know: those of our own.
    return json.loads(found.splitlines()[-1]), sent, video


def test_connect_reads_the_connectors_and_what_they_are_set_to_be(read):
    found, sent, _ = read
    assert found.keys() == sent.keys()
    for name in sent.keys() - {"gone"}:
        assert found[name]["config"] == sent[name] | {"name": name}
    states = {name: told["target_state"] for name, told in found.items()}
    assert states == {
        "played": "STARTED",
        "stopped": "STOPPED",
        "paused": "PAUSED",
        "moved": "STOPPED",
        "failed": "STARTED",
        "gone": None,
    }
    assert found["gone"]["config"] is None


def test_connect_reads_how_tasks_are_and_why_one_failed(read):
    found, _, _ = read
    assert found["paused"]["status"]["state"] == "PAUSED"
    assert found["stopped"]["status"]["state"] == "STOPPED"
    assert found["failed"]["tasks"]["0"]["state"] == "FAILED"
    assert "broken.mp4" in found["failed"]["tasks"]["0"]["trace"]
    assert {task["worker_id"] for told in found.values() for task in told["tasks"].values()} == {"w1"}
    assert found["gone"]["status"] is None and found["gone"]["tasks"] == {}


def test_connect_reads_which_topics_are_in_use(read):
    found, sent, _ = read
    assert {name: told["topics"] for name, told in found.items()} == {
        name: [] if name == "gone" else [config["topic"]] for name, config in sent.items()
    }


def test_connect_reads_how_many_tasks_have_written_exactly_once(read):
    found, _, _ = read
    assert {name: told["task_count_record"] for name, told in found.items() if name != "gone"} == {
        name: 1 for name in found if name != "gone"
    }


def test_connect_goes_on_where_sources_were(read):
    found, _, video = read
    partition = json.dumps({"file": str(video)}, separators=(",", ":"))
    for name, frame in {"played": FRAMES, "stopped": FRAMES, "paused": FRAMES, "moved": 7, "gone": FRAMES}.items():
        assert found[name]["offsets"].keys() == {partition}, name
        assert found[name]["offsets"][partition]["frame"] == frame, name
