"""A stream that has an end, read by ffmpeg and curl: whole, and cut off by a sink that is stopped."""

import subprocess

import pytest
from harness import footage
from harness.programs import hashed_by_ffmpeg
from harness.waiting import wait_until
from harness.worker import clean_environment

FRAMES = 60
ALL = "from=earliest&until=latest"
ENCODING = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "30")


@pytest.fixture
def sink(worker, new_sink, video_source):
    sink = new_sink("ends")
    video = footage.numbered(FRAMES, "ends", ENCODING)
    worker.rest.run("video", video_source(video, "ends", format="copy"))
    wait_until("the file is copied", lambda: worker.rest.task_metrics("video").get("end_of_file"))
    worker.rest.run("browser", sink.config)
    return sink


def curl(url, file, *options):
    command = ["curl", "--silent", "--max-time", "60", "--output", file, *options, url]
    return subprocess.Popen(command, env=clean_environment())


def test_ffmpeg_has_nothing_to_say_of_the_end(sink):
    frames, said = hashed_by_ffmpeg(f"{sink.url}video?{ALL}&pace=unpaced")
    assert (len(frames), said) == (FRAMES, "")
    # Of what stands behind the last part of a multipart ffmpeg always says something, also in a file.
    frames, said = hashed_by_ffmpeg(f"{sink.url}?{ALL}&pace=unpaced", "-f", "mpjpeg")
    assert len(frames) == FRAMES
    assert "prematurely" not in said


@pytest.mark.parametrize("page", ["video", ""])
def test_curl_can_tell_what_is_whole_from_what_is_cut_off(worker, sink, tmp_path, page):
    whole, plain, cut = tmp_path / "whole", tmp_path / "plain", tmp_path / "cut"
    assert curl(f"{sink.url}{page}?{ALL}&pace=unpaced", whole).wait(60) == 0
    assert curl(f"{sink.url}{page}?{ALL}&pace=unpaced", plain, "--http1.0").wait(60) == 0
    assert whole.read_bytes() == plain.read_bytes()
    # It would take eight seconds.
    reads = curl(f"{sink.url}{page}?{ALL}&pace=recorded&speed=0.25", cut, "--no-buffer")
    wait_until("it has begun", lambda: cut.exists() and cut.stat().st_size > 0)
    worker.rest.answer("PUT", "/connectors/browser/stop")
    assert reads.wait(60) in (18, 56)
    assert cut.stat().st_size < whole.stat().st_size
