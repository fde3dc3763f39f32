"""config.storage.topic: a worker without a disk of its own is killed, started elsewhere, and has lost nothing."""

import json
import random
import re
import shutil
import subprocess
import time

import pytest
import requests
from harness import footage
from harness.mjpeg import Stream, digest
from harness.topic import Topic
from harness.waiting import wait_until
from harness.worker import BINARY, clean_environment

KILLS = 10
FRAMES = 40000
SEED = 16
NO_STATE = ["LOCK", "STATE_IN_KAFKA", "crash"]  # in data.dir


@pytest.fixture
def diskless(new_worker, topic_named):
    """Makes workers of the same topics, each with a data.dir of its own."""
    name = topic_named("state")

    def make(**properties):
        return new_worker(
            config_storage_topic=f"{name}-configs",
            offset_storage_topic=f"{name}-offsets",
            status_storage_topic=f"{name}-status",
            # Of which newest() reads the first.
            offset_storage_partitions="1",
            status_storage_partitions="1",
            framespool_storage_partitions="1",
            **properties,
        )

    make.name = name
    return make


def newest(kafka, topic):
    """What a compacted topic comes to."""
    values = {}
    for record in kafka.records(topic):
        values[record.key.decode()] = None if record.value is None else json.loads(record.value)
    return values


def left_in(worker):
    return sorted(file.name for file in worker.data.iterdir())


def test_a_data_dir_that_cannot_be_made_is_said_and_done_without(diskless):
    worker = diskless()
    worker.data.parent.mkdir(parents=True, exist_ok=True)
    worker.data.write_text("no folder\n")
    worker.start()
    assert worker.rest.answer("GET", "/connectors") == []
    assert "so this worker runs without" in worker.log()
    assert worker.stop() == 0
    assert worker.data.read_text() == "no folder\n"


def test_a_backup_says_that_the_state_is_in_kafka(new_worker, diskless):
    worker = diskless()
    backup = [BINARY, "backup", worker.data, worker.data.parent / "backup"]
    before = new_worker().start()
    before.stop()
    shutil.copytree(before.data, worker.data)
    worker.start()
    refused = subprocess.run(backup, capture_output=True, text=True, timeout=60, env=clean_environment())
    assert refused.returncode == 1 and f"in Kafka (topic {diskless.name}-configs" in refused.stderr, refused
    assert not (worker.data.parent / "backup").exists()
    worker.stop()


def test_killed_and_started_elsewhere_nothing_is_lost(diskless, kafka, video_source, new_sink):
    video = footage.pattern(200)
    source = video_source(video, "frames")
    sink = new_sink("frames")
    first = diskless().start()
    first.rest.run("video", source)
    first.rest.run("browser", sink.config)
    first.rest.put("paused", sink.config | {"http.path": "/paused"})
    first.rest.call("PUT", "/connectors/paused/pause")
    first.rest.put("gone", video_source(video, "other"))
    first.rest.delete("gone")
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(199))
    wait_until("the source is at its end", lambda: first.rest.task_metrics("video").get("end_of_file"))
    with Stream(f"{sink.url}?group=guest") as stream:
        seen = [digest(body) for _, body in stream.take(60)]
    positions = f"{diskless.name}-configs-framespool"
    wait_until(
        "the guest's position is stored",
        lambda: (
            newest(kafka, positions).get(f'["position","connect-browser/guest","{sink.topic}",0]', {"offset": 0})[
                "offset"
            ]
            > 30
        ),
    )
    history = first.rest.answer("GET", "/connectors/video/history")
    configs = {name: first.rest.answer("GET", f"/connectors/{name}/config") for name in ("video", "browser", "paused")}
    first.kill()
    assert left_in(first) == NO_STATE

    second = diskless().start()
    assert sorted(second.rest.answer("GET", "/connectors")) == ["browser", "paused", "video"]
    assert {name: second.rest.answer("GET", f"/connectors/{name}/config") for name in configs} == configs
    assert second.rest.answer("GET", "/connectors/video/history") == history
    assert second.rest.status("paused")["connector"]["state"] == "PAUSED"
    second.rest.wait_running("browser")
    with Stream(f"{sink.url}?group=guest") as stream:
        seen += [digest(body) for _, body in stream.take(10)]
    digests = [record.digest for record in topic.records()]
    going_on = digests.index(seen[60])
    assert 30 < going_on <= 60, "the guest goes on where it was, or up to 250 ms before"
    assert seen[60:] == digests[going_on : going_on + 10]
    assert second.stop() == 0
    assert left_in(second) == NO_STATE


def test_topics_are_as_connect_keeps_them(diskless, kafka, video_source):
    video = footage.pattern(30)
    source = video_source(video, "frames")
    worker = diskless(offset_flush_interval_ms="100", worker_id="w1").start()
    worker.rest.run("video", source)
    worker.rest.put("gone", video_source(video, "other"))
    worker.rest.delete("gone")
    worker.rest.call("PUT", "/connectors/video/stop")
    name = diskless.name
    configs = newest(kafka, f"{name}-configs")
    assert configs["connector-video"] == {"properties": source | {"name": "video"}}
    assert configs["target-state-video"] == {"state": "PAUSED", "state.v2": "STOPPED"}
    assert configs["connector-gone"] is None and configs["target-state-gone"] is None
    wait_until("the offset is stored", lambda: f'["video",{{"file":"{video}"}}]' in newest(kafka, f"{name}-offsets"))
    wait_until("the status is stored", lambda: "status-task-video-0" in newest(kafka, f"{name}-status"))
    status = newest(kafka, f"{name}-status")
    assert status["status-connector-video"] == {"state": "STOPPED", "trace": None, "worker_id": "w1", "generation": 1}
    assert status["status-task-video-0"].keys() == {"state", "trace", "worker_id", "generation"}
    topic = source["topic"]
    assert status[f"status-topic-{topic}:connector-video"]["topic"]["name"] == topic
    assert not [key for key, value in status.items() if "gone" in key and value is not None]
    for kind in ("configs", "offsets", "status", "configs-framespool"):
        assert worker.rest.answer("GET", f"/topics/{name}-{kind}")["config"]["cleanup.policy"] == "compact"
        refused = worker.rest.call("DELETE", f"/topics/{name}-{kind}")
        assert refused.status_code >= 400 and ".storage.topic" in refused.text, refused.text


def test_ten_kills_each_on_another_disk_and_every_frame_is_there_once(diskless, kafka, video_source):
    chance = random.Random(SEED)
    source = video_source(
        footage.pattern(FRAMES, width=320, height=180), "frames", **{"transaction.boundary": "interval"}
    )
    source["transaction.boundary.interval.ms"] = "200"
    worker = diskless(exactly_once_source_support="enabled", offset_flush_interval_ms="100").start()
    worker.rest.run("video", source)

    def played():
        offsets = worker.rest.answer("GET", "/connectors/video/offsets")["offsets"]
        return offsets[0]["offset"]["frame"] if offsets else 0

    killed_at = []
    for _ in range(KILLS):
        before = played()
        wait_until("frames come", lambda: played() > before or before == FRAMES)
        time.sleep(chance.uniform(0, 0.6))  # decides nothing: when the kill comes
        killed_at.append(played())
        worker.kill()
        worker = diskless(exactly_once_source_support="enabled", offset_flush_interval_ms="100").start()
    worker.rest.wait_running("video")
    worker.rest.delete("video")
    assert len(set(killed_at)) > KILLS // 2, f"kills hit a source that did not run: {killed_at}"
    frames = [int(dict(record.headers)["framespool.frame"]) for record in kafka.records(source["topic"])]
    assert len(frames) >= killed_at[-1]
    assert frames == list(range(len(frames)))
    print(f"{len(frames)} frames over {KILLS} kills")


def test_the_worker_that_starts_later_takes_over_and_the_earlier_one_stops(diskless, video_source):
    first = diskless().start()
    second = diskless().start()
    refused = first.rest.call("PUT", "/connectors/video/config", video_source(footage.pattern(30), "frames"))
    assert not refused.ok and "another worker has taken over" in refused.text, refused.text
    wait_until("the first one has ended", lambda: first.process.poll() is not None)
    assert first.process.returncode == 0
    second.rest.run("video", video_source(footage.pattern(30), "frames"))


def test_changes_are_refused_while_kafka_is_away_and_made_when_it_is_back(diskless, kafka, video_source):
    source = video_source(footage.pattern(30), "frames")
    worker = diskless().start()
    worker.rest.run("video", source)
    kafka.stop()
    refused = worker.rest.call("PUT", "/connectors/other/config", source)
    assert refused.status_code >= 500, refused.text
    assert worker.rest.answer("GET", "/connectors") == ["video"]
    kafka.start()
    wait_until("it can be written again", lambda: worker.rest.call("PUT", "/connectors/third/config", source).ok)
    assert sorted(worker.rest.answer("GET", "/connectors")) == ["third", "video"]
    worker.kill()
    after = diskless().start()
    assert sorted(after.rest.answer("GET", "/connectors")) == ["third", "video"]


def test_a_worker_moves_its_state_to_kafka_by_a_command(new_worker, diskless, kafka, video_source, new_sink):
    source = video_source(footage.pattern(60), "frames")
    sink = new_sink("frames")
    before = new_worker(group_id=diskless.name).start()
    before.rest.run("video", source)
    before.rest.run("browser", sink.config)
    wait_until("the source is at its end", lambda: before.rest.task_metrics("video").get("end_of_file"))
    history = before.rest.answer("GET", "/connectors/video/history")
    assert before.stop() == 0
    after = diskless()
    moving = [BINARY, "store", "move", after.properties_file]
    nothing = subprocess.run(moving, capture_output=True, text=True, timeout=120, env=clean_environment())
    assert nothing.returncode == 1 and "there is no database" in nothing.stderr, nothing
    shutil.copytree(before.data, after.data)
    moved = subprocess.run(moving, capture_output=True, text=True, timeout=120, env=clean_environment())
    assert moved.returncode == 0 and re.match("2 connectors, 1 source offsets", moved.stdout), moved
    again = subprocess.run(moving, capture_output=True, text=True, timeout=120, env=clean_environment())
    assert again.returncode == 1 and "has connectors already (browser and 1 more)" in again.stderr, again
    shutil.rmtree(after.data)
    after.start()
    after.rest.wait_running("video")
    wait_until("the source is at its end", lambda: after.rest.task_metrics("video").get("end_of_file"))
    assert after.rest.answer("GET", "/connectors/video/history") == history
    assert len(kafka.records(source["topic"])) == 60, "it goes on where it was"
    assert requests.get(sink.url + "status", timeout=60).ok
