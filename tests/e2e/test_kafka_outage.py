"""Kafka goes away, and comes back: nothing fails, nothing is lost, and everybody says what is waited for."""

import re
import time

import pytest
import requests
from harness import footage
from harness.continuity import longest, span
from harness.mjpeg import Viewer
from harness.topic import Topic
from harness.waiting import wait_until

AWAY_SECONDS = 30
BACK_SECONDS = 5  # within which all goes on
SOURCES = 8
SINCE = r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def sink_status(sink):
    return requests.get(sink.url + "status", timeout=60)


def rss_megabytes(worker):
    return worker.rest.answer("GET", "/worker")["rss_bytes"] / 1e6


def assert_waits_for(kafka, text):
    assert f"bootstrap.servers={kafka.plain}" in text, text
    assert re.search(SINCE, text), text


def assert_runs_without_a_trace(worker, *connectors):
    for name in connectors:
        task = worker.rest.task(name)
        assert task["state"] == "RUNNING" and not task.get("trace"), task


def test_kafka_is_killed_beneath_a_running_worker_and_all_goes_on_when_it_is_back(
    worker, kafka, new_sink, video_source
):
    video = footage.natural()
    count = footage.frame_count(video)
    # PNGs of this are 1.4 MB each: the buffer of 32 MB is full within 3 s.
    source = video_source(video, "frames", format="png", pace="realtime", fps="15")
    sink = new_sink("frames")
    worker.rest.run("video", source)
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    try:
        with Viewer(sink.url, patience=120) as viewer:
            wait_until("the viewer sees frames", lambda: len(viewer.seen) > 15)
            kafka.kill()

            message = wait_until(
                "/health tells",
                lambda: (
                    (text := worker.rest.answer("GET", "/health")["message"]) and "bootstrap.servers" in text and text
                ),
            )
            assert_waits_for(kafka, message)
            assert worker.rest.answer("GET", "/worker")["broker_reachable"] is False
            wait_until("the source says what it waits for", lambda: "waiting_for" in worker.rest.task_metrics("video"))
            assert_waits_for(kafka, worker.rest.task_metrics("video")["waiting_for"])
            status = sink_status(sink).json()
            assert status["state"] == "waiting for the broker"
            assert_waits_for(kafka, status["waiting_for"])
            assert any(" W [kafka]" in line and kafka.plain in line for line in worker.log().splitlines())
            for path in ("/topics", f"/topics/{source['topic']}"):
                refused = worker.rest.call("GET", path)
                assert refused.status_code == 503, refused.text
                assert_waits_for(kafka, refused.json()["message"])
            assert worker.rest.call("GET", "/connectors/browser/offsets").ok
            assert worker.rest.call("GET", "/connectors/video/offsets").ok
            assert_runs_without_a_trace(worker, "video", "browser")
            full = rss_megabytes(worker)
            shown = len(viewer.seen)

            kafka.start()
            wait_until("the viewer sees more", lambda: len(viewer.seen) > shown)
            wait_until(
                "/health tells that all is well",
                lambda: "bootstrap.servers" not in worker.rest.answer("GET", "/health")["message"],
            )
            assert_runs_without_a_trace(worker, "video", "browser")
            wait_until(
                "the last frame is in the topic",
                lambda: worker.rest.task_metrics("video").get("end_of_file") and topic.end() >= count,
                60,
            )
            records = topic.records()
            frames = [record.frame for record in records]
            # At least once: what was on its way may be there twice, but nothing is missing.
            assert sorted(set(frames)) == list(range(count))
            by_digest = {record.digest: record.frame for record in records}
            wait_until(
                "the viewer has seen every frame",
                lambda: {by_digest.get(digest) for digest in viewer.digests()} >= set(range(count)),
                60,
            )
            assert {seen.connection for seen in viewer.seen} == {0}, "the viewer was sent away"
        assert sink_status(sink).json()["waiting_for"] is None
        print(f"RSS: {full:.0f} MB while Kafka was away")
        assert full < 260, "what waits for Kafka is not bounded"
    finally:
        kafka.start()


def test_kafka_is_gone_at_the_start_and_the_worker_serves_and_waits(new_worker, kafka, new_sink, video_source):
    kafka.stop()
    try:
        worker = new_worker().start()
        sink = new_sink("frames")
        assert_waits_for(kafka, worker.rest.answer("GET", "/health")["message"])
        assert worker.rest.answer("GET", "/")["kafka_cluster_id"] == ""
        # Connectors are made, and their tasks run, as they would with Kafka there.
        worker.rest.run("video", video_source(footage.pattern(60), "frames"))
        worker.rest.run("browser", sink.config)
        wait_until("the source says what it waits for", lambda: "waiting_for" in worker.rest.task_metrics("video"))
        assert_waits_for(kafka, worker.rest.task_metrics("video")["waiting_for"])
        answer = sink_status(sink)
        assert_waits_for(kafka, answer.text)
        assert worker.rest.call("GET", "/topics").status_code == 503
        # So do those that a restarted worker finds in its store, paused ones too.
        worker.rest.call("PUT", "/connectors/video/pause")
        wait_until("the paused task is", lambda: worker.rest.task("video")["state"] == "PAUSED")
        worker.stop()
        worker.start()
        worker.rest.wait_running("browser")
        assert worker.rest.wait_task("video", "PAUSED")
        worker.rest.call("PUT", "/connectors/video/resume")
        worker.rest.wait_running("video")

        with Viewer(sink.url) as viewer:
            kafka.start()
            wait_until("the viewer has every frame", lambda: len(viewer.seen) >= 60)
        assert_runs_without_a_trace(worker, "video", "browser")
        assert worker.rest.answer("GET", "/")["kafka_cluster_id"] != ""
        assert "waiting_for" not in worker.rest.task_metrics("video")
    finally:
        kafka.start()


def test_a_worker_can_be_stopped_while_kafka_is_away(new_worker, kafka, new_sink, video_source):
    worker = new_worker().start()
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(300), "frames", pace="realtime"))
    worker.rest.run("browser", sink.config)
    wait_until("frames flow", lambda: Topic(sink.url).has(10))
    kafka.kill()
    try:
        assert worker.stop() == 0
    finally:
        kafka.start()
    worker.start()
    topic = Topic(sink.url)
    wait_until("the rest of the frames come", lambda: topic.has(0) and topic.end() >= 300)
    assert sorted({record.frame for record in topic.records()}) == list(range(300))


def test_a_killed_worker_shows_a_frame_as_soon_as_it_is_back(new_worker, kafka, new_sink, video_source):
    worker = new_worker().start()
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(300), "frames"))
    worker.rest.run("browser", sink.config)
    wait_until("all frames are in the topic", lambda: Topic(sink.url).has(299))
    waits = []
    with Viewer(sink.url) as viewer:
        wait_until("the viewer sees frames", lambda: len(viewer.seen) > 10)
        for _ in range(3):
            worker.kill()
            before = len(viewer.seen)
            begun = time.monotonic()
            worker.start(ready=False)
            wait_until("a frame is shown", lambda: len(viewer.seen) > before)
            waits.append(span(begun, viewer.seen[before].at))
    print(f"from the start of the process to its first frame: {', '.join(map(str, waits))}")
    # A group's session would take 45 s.
    assert all(wait.seconds - wait.late < 30 for wait in waits), waits


def constructions(worker):
    return len(re.findall(r" I \[\S+\|task-\d+\] running$", worker.log(), re.MULTILINE))


def assert_all_run(worker, names):
    told = worker.rest.answer("GET", "/connectors?expand=status")
    tasks = [task for name in names for task in told[name]["status"]["tasks"]]
    assert len(tasks) == len(names) and all(task["state"] == "RUNNING" for task in tasks), tasks


@pytest.mark.parametrize("state", ["in data.dir", "in Kafka"])
def test_kafka_is_away_for_30_s_and_no_task_is_made_anew(new_worker, kafka, new_sink, video_source, topic_named, state):
    properties = {"exactly_once_source_support": "enabled", "group_id": topic_named("outage")}
    if state == "in Kafka":
        properties |= {
            f"{kind}_storage_topic": topic_named(f"outage-{kind}") for kind in ("config", "offset", "status")
        }
    worker = new_worker(**properties).start()
    video = footage.pattern(3000, width=320, height=180)
    sources = {
        f"video-{number}": video_source(video, f"away-{number}", pace="realtime", fps="10") for number in range(SOURCES)
    }
    sinks = {f"browser-{number}": new_sink(f"away-{number}", playback="live") for number in range(SOURCES)}
    for name, config in sources.items():
        worker.rest.put(name, config)
    for name, sink in sinks.items():
        worker.rest.put(name, sink.config)
    names = [*sources, *sinks]
    for name in names:
        worker.rest.wait_running(name)
    viewers = [Viewer(sink.url) for sink in sinks.values()]
    try:
        wait_until("all viewers see frames", lambda: all(len(viewer.seen) > 15 for viewer in viewers))
        made = constructions(worker)
        assert made == len(names)
        kafka.kill()
        gone = time.monotonic()
        while time.monotonic() < gone + AWAY_SECONDS:
            assert_all_run(worker, names)
            assert worker.rest.is_healthy()
            time.sleep(0.5)  # decides nothing: so often it looks
        kafka.start()
        back = time.monotonic()
        shown = [len(viewer.seen) for viewer in viewers]
        wait_until(
            "all viewers see more",
            lambda: all(len(viewer.seen) > before for viewer, before in zip(viewers, shown, strict=True)),
        )
        waits = [span(back, viewer.seen[before].at) for viewer, before in zip(viewers, shown, strict=True)]
        assert_all_run(worker, names)
        assert constructions(worker) == made, "a task was made anew"
        assert {seen.connection for viewer in viewers for seen in viewer.seen} == {0}, "a viewer was sent away"
    finally:
        for viewer in viewers:
            viewer.stop()
        kafka.start()
    print(f"behind {AWAY_SECONDS} s without Kafka, state {state}: the next frame after at most {longest(waits)}")
    assert all(wait.seconds - wait.late <= BACK_SECONDS for wait in waits), waits
    for name in sources:
        worker.rest.call("PUT", f"/connectors/{name}/stop")
    for config in sources.values():
        frames = [int(dict(record.headers)["framespool.frame"]) for record in kafka.records(config["topic"])]
        assert frames == list(range(len(frames))), config["topic"]
