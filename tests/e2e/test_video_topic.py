"""A topic of H.264 or H.265: a file copied into it, watched, stepped through and cut, to the frame."""

import io
import random
import subprocess
import zipfile

import pytest
import requests
from harness import footage
from harness.footage import number_in
from harness.mjpeg import Stream
from harness.programs import saved_by_vlc
from harness.topic import Topic
from harness.waiting import wait_until

FRAMES = 150
GROUP = 30

ENCODINGS = {
    "h264": ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", str(GROUP)),
    "h265": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"log-level=none:bframes=3:keyint={GROUP}"),
}


def numbers_of(stream, count):
    """What `count` pictures show. With framing=length one whose successor is late comes once more, to be shown at once."""
    numbers = []
    for _, body in stream:
        if numbers[-1:] != [number_in(body)]:
            numbers.append(number_in(body))
        if len(numbers) == count:
            break
    return numbers


class Recorded:
    """A sink on a topic that has all of a file's access units; `places` are their offsets. The pictures are numbered in the
    order of showing, so the n-th offset shows number n: of Kafka's offsets some are marks of transactions."""

    def __init__(self, sink):
        self.url = sink.url
        self.places = []

    def look(self):
        end = Topic(self.url).end()
        known = self.places[-1] + 1 if self.places else 0
        self.places += [place for place in range(known, end) if self.frame(place).ok]
        return len(self.places) == FRAMES

    def frame(self, place):
        return requests.get(f"{self.url}frames/{place}", timeout=60)

    def numbers(self, query, count):
        with Stream(f"{self.url}?framing=length&pace=unpaced&{query}") as stream:
            return numbers_of(stream, count)


@pytest.fixture(params=list(ENCODINGS))
def recorded(request, worker, new_sink, video_source):
    name = f"video-{request.param}"
    sink = new_sink(name)
    video = footage.numbered(FRAMES, request.param, ENCODINGS[request.param])
    worker.rest.run("video", video_source(video, name, format="copy"))
    wait_until("the file is copied", lambda: worker.rest.task_metrics("video").get("end_of_file"))
    worker.rest.run("browser", sink.config)
    recorded = Recorded(sink)
    wait_until("all pictures are there", recorded.look)
    return recorded


def test_a_stream_has_every_picture_in_the_order_of_showing_and_begins_exactly_where_it_is_told(recorded):
    assert recorded.numbers("from=earliest&until=latest", FRAMES) == list(range(FRAMES))
    for number in (1, GROUP - 1, GROUP, GROUP + 1, 77, FRAMES - 6):
        place = recorded.places[number]
        assert recorded.numbers(f"from={place}&until={recorded.places[number + 5]}", 5) == list(
            range(number, number + 5)
        )


def test_single_frames_are_exact_in_any_order(recorded):
    for number in [*random.Random(3).sample(range(FRAMES), 40), FRAMES - 1, FRAMES - 2, FRAMES - 3]:
        frame = recorded.frame(recorded.places[number])
        assert frame.headers["content-type"] == "image/jpeg"
        assert number_in(frame.content) == number
    assert number_in(requests.get(f"{recorded.url}snapshot", timeout=60).content) == FRAMES - 1


def test_a_clip_is_cut_to_the_frame(recorded, tmp_path):
    span = f"from={recorded.places[40]}&until={recorded.places[75]}"
    clip = requests.get(f"{recorded.url}clip?format=zip&{span}", timeout=120)
    with zipfile.ZipFile(io.BytesIO(clip.content)) as file:
        pictures = [name for name in file.namelist() if name.endswith(".jpg")]
        assert [number_in(file.read(name)) for name in pictures] == list(range(40, 75))
    for suffix in ("avi", "mp4"):
        clip = requests.get(f"{recorded.url}clip?format={suffix}&{span}", timeout=120)
        path = tmp_path / f"clip.{suffix}"
        path.write_bytes(clip.content)
        assert footage.frame_count(path) == 35


def test_who_comes_back_after_a_kill_goes_on_with_exactly_the_next_picture(worker, recorded):
    with Stream(f"{recorded.url}?framing=length&group=me") as stream:
        seen = numbers_of(stream, GROUP + 7)
    assert seen == list(range(GROUP + 7))
    worker.kill()
    worker.start()
    wait_until("the sink answers", lambda: Topic(recorded.url).has(recorded.places[0]))
    again = recorded.numbers("group=me", 20)
    # What was seen last may come once more, and nothing is left out.
    assert again == list(range(again[0], again[0] + 20))
    assert again[0] <= GROUP + 7


def numbers_decoded(place):
    """The numbers of all pictures that ffmpeg decodes of a file or a URL."""
    decoded = subprocess.run(
        [
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-i",
            place,
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray",
            "-fps_mode",
            "passthrough",
            "-",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    ).stdout
    return list(footage.numbers_in_gray(decoded))


def test_video_is_read_by_ffmpeg_from_the_key_frame_on(recorded):
    assert numbers_decoded(f"{recorded.url}video?from=earliest&until=latest&pace=unpaced") == list(range(FRAMES))
    start = requests.head(f"{recorded.url}video?from={recorded.places[77]}", timeout=60)
    assert start.headers["content-type"].startswith('video/mp4; codecs="')
    numbers = numbers_decoded(f"{recorded.url}video?from={recorded.places[77]}&until=latest&pace=unpaced")
    assert numbers == list(range(numbers[0], FRAMES))
    assert 77 - GROUP < numbers[0] <= 77


def test_video_is_read_by_vlc(recorded, tmp_path):
    numbers = numbers_decoded(saved_by_vlc(f"{recorded.url}video?from=earliest&until=latest", tmp_path, "ts"))
    # VLC drops what it takes for late while it starts, and what it holds when it quits.
    whole = [number for number in numbers if number < FRAMES - 10]
    assert len(whole) >= FRAMES // 2
    assert whole == list(range(whole[0], FRAMES - 10))
