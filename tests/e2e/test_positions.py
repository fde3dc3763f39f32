"""Any place of a topic, by offset, by time and relative to now: the same on every broker."""

import time

import pytest
import requests
from harness import footage
from harness.mjpeg import Stream, digest
from harness.topic import Topic
from harness.waiting import wait_until

FRAMES = 150


@pytest.fixture
def recorded(worker, new_sink, video_source):
    """A sink on a topic that was recorded over 5 s, and what it holds."""
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames", pace="realtime"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(FRAMES - 1))
    return sink, topic, topic.records()


def first_frames(url, count=5):
    with Stream(url) as stream:
        return [digest(body) for _, body in stream.take(count)]


def time_of(topic, offset):
    return topic.get(offset).headers["x-framespool-timestamp"]


def first_of_its_time(topic, offset):
    """The first from there on before which nothing has its millisecond: a source that was held up makes up for it."""
    while time_of(topic, offset) == time_of(topic, offset - 1):
        offset += 1
    return offset


def test_a_stream_begins_at_an_offset_a_time_or_so_long_ago(recorded):
    sink, topic, records = recorded
    digests = [record.digest for record in records]
    for place in (0, 70, FRAMES - 5):
        assert first_frames(f"{sink.url}?from={place}") == digests[place : place + 5]
    assert first_frames(f"{sink.url}?from=earliest") == digests[:5]
    for near in (1, 90):
        place = first_of_its_time(topic, near)
        assert first_frames(f"{sink.url}?from={time_of(topic, place)}") == digests[place : place + 5]

    def age():
        return time.time() - newest

    newest = requests.get(sink.url + "status", timeout=60).json()["extent"]["last_time"]
    newest = time.mktime(time.strptime(newest[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    asked = age()
    start = digests.index(first_frames(f"{sink.url}?from=-{asked + 2:.0f}s", 1)[0])
    # 2 s before the newest are 60 frames, give or take the rounding to seconds of both times; the sink counts from when
    # the question came.
    assert FRAMES - 125 < start < FRAMES - 15 + 30 * (age() - asked), start
    refused = requests.get(sink.url + "?from=yesterday", timeout=60)
    assert refused.status_code == 400 and "from" in refused.json()["error"]


def test_single_frames_and_snapshots_come_from_any_place(recorded):
    sink, topic, records = recorded

    def snapshot(query):
        return requests.get(f"{sink.url}snapshot?{query}", timeout=60)

    assert digest(snapshot("offset=42").content) == records[42].digest
    assert digest(snapshot("at=" + time_of(topic, 42)).content) == records[42].digest
    assert digest(snapshot("").content) == records[-1].digest
    beyond = topic.get(FRAMES)
    assert beyond.status_code == 404 and f"0 to {FRAMES - 1}" in beyond.json()["error"]


def test_the_extent_is_told_with_its_times(recorded):
    sink, topic, _ = recorded

    def extent():
        return requests.get(sink.url + "status", timeout=60).json()["extent"]

    wait_until("both times are known", lambda: extent()["first_time"] and extent()["last_time"])
    assert extent() == {
        "first_offset": 0,
        "last_offset": FRAMES - 1,
        "first_time": time_of(topic, 0),
        "last_time": time_of(topic, FRAMES - 1),
    }
