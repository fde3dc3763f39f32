"""Files that are no video, or only half of one."""

import os

import pytest
from harness import footage
from harness.topic import Topic
from harness.waiting import wait_until


def make_missing(path):
    pass


def make_directory(path):
    path.mkdir()


def make_fifo(path):
    os.mkfifo(path)


def make_empty(path):
    path.touch()


def make_text(path):
    path.write_text("This is a text and no video.\n" * 1000)


def make_audio(path):
    footage.ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", path)


@pytest.mark.parametrize(
    "make",
    [make_missing, make_directory, make_fifo, make_empty, make_text, make_audio],
    ids=lambda make: make.__name__.removeprefix("make_"),
)
def test_what_is_no_video_is_refused_when_the_connector_is_made(worker, video_source, tmp_path, make):
    file = tmp_path / "clip.mp4"
    make(file)
    answer = worker.rest.call("PUT", "/connectors/video/config", video_source(file, "frames"))
    assert answer.status_code == 400, answer.text
    message = answer.json()["message"]
    assert "file" in message and str(file) in message
    assert worker.rest.answer("GET", "/connectors") == []


def test_every_bad_key_is_named_in_one_answer(worker, video_source):
    config = video_source("/nonexistent.mp4", "frames", jpeg_quality="101", pace="hasty")
    answer = worker.rest.call("PUT", "/connectors/video/config", config)
    assert answer.status_code == 400
    assert "jpeg.quality" in answer.json()["message"] and "pace" in answer.json()["message"]


def test_a_truncated_file_gives_every_readable_frame_and_a_warning(worker, new_sink, video_source, tmp_path):
    whole = footage.pattern(frames=120, suffix="mkv")
    file = tmp_path / "half.mkv"
    file.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    readable = footage.frame_count(file)
    assert 10 < readable < 110

    sink = new_sink("frames")
    worker.rest.run("video", video_source(file, "frames"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("the readable frames are in the topic", lambda: topic.has(readable - 2))
    wait_until(
        "a warning names the file",
        lambda: any(
            " W [" in line and str(file) in line and str(readable) in line for line in worker.log().splitlines()
        ),
    )
    records = topic.records()
    assert abs(len(records) - readable) <= 1, f"{len(records)} records, ffprobe reads {readable} frames"
    assert [record.frame for record in records] == list(range(len(records)))
    worker.rest.wait_running("video")


def test_a_file_that_is_gone_at_the_next_start_fails_its_task_with_advice(new_worker, video_source, tmp_path):
    file = tmp_path / "clip.mp4"
    file.write_bytes(footage.pattern(frames=30).read_bytes())
    worker = new_worker().start()
    worker.rest.run("video", video_source(file, "frames"))
    worker.stop()
    file.unlink()
    worker.start(ready=False)
    wait_until("the REST API answers", lambda: answers(worker.rest))
    failed = worker.rest.wait_task("video", "FAILED")
    assert str(file) in failed["trace"]


def answers(rest):
    try:
        return rest.call("GET", "/connectors/video/status").ok
    except OSError:
        return False
