"""Programs that people have read the stream: ffmpeg, VLC, Chromium. (OpenCV's VideoCapture: mjpeg_http_clip_test.)"""

import subprocess

import pytest
from harness import footage
from harness.programs import hashed_by_ffmpeg, saved_by_vlc
from harness.recorded import record
from harness.topic import Topic

FRAMES = 90


@pytest.fixture
def sink(worker, new_sink, video_source):
    return record(worker, new_sink("frames"), video_source(footage.pattern(FRAMES), "frames"), FRAMES)


def frames_in(video):
    probe = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            "stream=codec_name,width,height,nb_read_frames",
            "-of",
            "csv=p=0",
            video,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    codec, width, height, frames = probe.stdout.strip().split(",")[:4]
    return codec, int(width), int(height), int(frames)


@pytest.mark.parametrize("framing", ["boundary", "length"])
def test_ffmpeg_reads_every_frame(sink, framing):
    """Byte by byte what the topic holds, up to a frame at the end that it waits for."""
    topic = Topic(sink.url)
    url = f"{sink.url}?from=0&pace=unpaced&framing={framing}"
    rows, said = hashed_by_ffmpeg(url, "-f", "mpjpeg", log="error", most=60)
    assert len(rows) == 60, said
    assert [int(row[4]) for row in rows] == [len(topic.get(offset).content) for offset in range(60)]


def test_ffmpeg_reads_a_clip_to_its_end(sink, tmp_path):
    subprocess.run(
        [
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-f",
            "mpjpeg",
            "-i",
            f"{sink.url}?from=10&until=40&pace=unpaced",
            "-c",
            "copy",
            tmp_path / "clip.avi",
        ],
        check=True,
        timeout=60,
    )
    assert frames_in(tmp_path / "clip.avi") == ("mjpeg", 640, 360, 30)


def test_vlc_reads_the_stream(sink, tmp_path):
    codec, width, height, frames = frames_in(saved_by_vlc(sink.url + "?from=0&until=latest", tmp_path, "avi"))
    assert (codec, width, height) == ("mjpeg", 640, 360)
    # VLC drops what it takes for late while it starts.
    assert FRAMES // 2 <= frames <= FRAMES
