"""Watching is a time machine, with a real worker: positions, speeds, clips, and what survives a restart."""

import random
import subprocess

import pytest
import requests
from harness import footage
from harness.mjpeg import Stream, digest
from harness.recorded import record
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until

FRAMES = 300


@pytest.fixture
def session():
    session = requests.Session()
    session.trust_env = False
    return session


@pytest.fixture
def sink(worker, new_sink, video_source):
    return record(worker, new_sink("frames"), video_source(footage.pattern(FRAMES), "frames"), FRAMES)


def offsets(sink):
    return offsets_by_digest(Topic(sink.url).records())


def test_a_jump_shows_the_frame_that_was_asked_for(sink, session):
    known = offsets(sink)
    chosen = random.Random(5)
    for offset in [0, FRAMES - 1] + [chosen.randrange(FRAMES) for _ in range(20)]:
        with Stream(f"{sink.url}?from={offset}") as stream:
            ((_, body),) = stream.take(1)
        assert known[digest(body)] == offset
        time = session.get(f"{sink.url}frames/{offset}", timeout=60).headers["X-Framespool-Timestamp"]
        with Stream(f"{sink.url}?from={time}") as stream:
            ((_, body),) = stream.take(1)
        # Frames written as fast as they can be share a millisecond; the first of them is shown.
        assert known[digest(body)] <= offset
        assert (
            session.get(f"{sink.url}frames/{known[digest(body)]}", timeout=60).headers["X-Framespool-Timestamp"] == time
        )


def test_a_clip_of_the_stream_ends_by_itself(sink):
    known = offsets(sink)
    with Stream(f"{sink.url}?from=50&until=80&speed=4") as stream:
        seen = [known[digest(body)] for _, body in stream]
    assert seen == list(range(50, 80))


@pytest.mark.parametrize("format_, codec", [("avi", "mjpeg"), ("mp4", "h264")])
def test_a_clip_is_a_video_file(sink, session, tmp_path, format_, codec):
    answer = session.get(f"{sink.url}clip?from=30&until=90&format={format_}", timeout=60)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    file = tmp_path / f"clip.{format_}"
    file.write_bytes(answer.content)
    probe = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            "stream=codec_name,width,height,r_frame_rate,nb_read_frames",
            "-of",
            "csv=p=0",
            file,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert probe.stdout.strip() == f"{codec},640,360,30/1,60"


def test_a_bad_record_goes_to_errors_tolerance(worker, new_sink, tmp_path):
    """A topic of text: none of its records is an image."""
    for name, tolerance, state in (("strict", None, "FAILED"), ("lenient", "all", "RUNNING")):
        sink = new_sink("lines")
        if tolerance:
            sink.config["errors.tolerance"] = tolerance
        worker.rest.put("lines", {"connector.class": "HeartbeatSource", "topic": sink.topic, "rate": "20"})
        worker.rest.put(name, sink.config)
        wait_until(f"{name} has its port", lambda: is_up(sink))
        try:
            with Stream(sink.url, patience=2) as stream:
                wait_until("the sink has met a record", lambda: judged(worker, name, state))
                assert stream.status == 200
        except OSError:
            assert state == "FAILED"
        task = worker.rest.wait_task(name, state)
        if state == "FAILED":
            assert "is not an image" in task["trace"] and "errors.tolerance" in task["trace"]
        else:
            assert task["metrics"]["records_not_images"] > 0


def is_up(sink):
    try:
        return requests.get(sink.url + "status", timeout=60).status_code == 200
    except requests.ConnectionError:
        return False


def judged(worker, name, state):
    task = worker.rest.task(name)
    return task["state"] == "FAILED" if state == "FAILED" else task.get("metrics", {}).get("records_not_images", 0) > 0


def test_a_password_guards_the_sink_and_is_not_logged(worker, new_sink, session):
    sink = new_sink("frames", http_basic_auth="ann:open sesame", http_bearer_token="t0ken")
    worker.rest.run("browser", sink.config)
    assert session.get(sink.url + "status", timeout=60).status_code == 401
    assert session.get(sink.url + "status", auth=("ann", "wrong"), timeout=60).status_code == 401
    assert session.get(sink.url + "status", auth=("ann", "open sesame"), timeout=60).status_code == 200
    assert session.get(sink.url + "status", headers={"Authorization": "Bearer t0ken"}, timeout=60).status_code == 200
    assert "open sesame" not in worker.log() and "t0ken" not in worker.log()


def test_the_metrics_have_the_streams_address_and_latency(worker, new_sink, video_source):
    sink = new_sink("frames", playback="live")
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames", pace="realtime"))
    worker.rest.run("browser", sink.config)

    def latency():
        metrics = worker.rest.task("browser")["metrics"]
        return metrics if metrics.get("latency_p95_ms") is not None else None

    with Stream(sink.url) as stream:
        stream.take(5)
        metrics = wait_until("the latency is told", latency)
    assert metrics["url"] == sink.url
    assert 0 <= metrics["latency_p50_ms"] <= metrics["latency_p95_ms"]
