"""Transforms of pictures in real workers, also over kill -9."""

import io
import zipfile

import pytest
import requests
from harness import footage
from harness.killing import killed_again_and_again
from harness.mjpeg import Stream
from harness.topic import Topic
from harness.waiting import wait_until, wait_until_still
from PIL import Image

FRAMES = 24000

MOTION = {"transforms": "moves", "transforms.moves.type": "MotionFilter", "transforms.moves.keep.after.ms": "0"}


def with_those_before(frames, count):
    """The numbers `frames`, and of each the `count` before it."""
    return {before for number in frames for before in range(max(0, number - count), number + 1)}


def test_kills_lose_and_repeat_no_frame_in_which_something_moves(new_worker, new_sink, video_source, on_kafka):
    kills = 4 if on_kafka else 12
    video = footage.now_and_then(FRAMES)
    worker = new_worker(exactly_once_source_support="enabled", offset_flush_interval_ms="200").start()
    sink = new_sink("moves")
    worker.rest.run("sink", sink.config)
    # At 500 frames a second 100 ms are 50 frames.
    before_too = MOTION | {"transforms.moves.keep.before.ms": "100"}
    worker.rest.run("video", video_source(video, "moves", pace="realtime", fps="500") | before_too)
    topic = Topic(sink.url)
    wait_until("the first frame is in the topic", lambda: topic.has(0))
    killed_again_and_again(worker, kills)
    before = worker.rest.task_metrics("video").get("records_filtered", 0)
    wait_until(
        "frames are left out again", lambda: worker.rest.task_metrics("video").get("records_filtered", 0) > before + 500
    )
    worker.rest.delete("video")
    wait_until_still("the end of the topic", topic.end)
    frames = [record.frame for record in topic.records()]
    assert frames == sorted(set(frames)), "the topic repeats frames"
    wanted = with_those_before(footage.changes_of(frames[-1] + 1), 50)
    assert wanted <= set(frames), "the topic misses frames"
    # A task keeps the first frame that it gets.
    assert len(set(frames) - wanted) <= 2 + kills


def test_a_video_without_kills_is_left_with_just_the_frames_that_differ(new_worker, new_sink, video_source):
    count = 600
    worker = new_worker().start()
    sink = new_sink("moves")
    worker.rest.run("sink", sink.config)
    video = footage.now_and_then(count)
    worker.rest.run("video", video_source(video, "moves") | MOTION)
    changes = [0, *footage.changes_of(count)]
    wait_until(
        "all frames are left out or in the topic",
        lambda: worker.rest.task_metrics("video").get("records_filtered") == count - len(changes),
    )
    topic = Topic(sink.url)
    wait_until("all that move are in the topic", lambda: topic.has(len(changes) - 1))
    assert [record.frame for record in topic.records()] == changes
    answer = topic.get(3)
    assert Image.open(io.BytesIO(answer.content)).size == (96, 64)


def test_a_chain_of_pictures_is_what_the_topic_has(new_worker, new_sink, video_source):
    worker = new_worker().start()
    sink = new_sink("small")
    worker.rest.run("sink", sink.config)
    chain = {
        "transforms": "rate,small,turned,when,write",
        "transforms.rate.type": "FrameRate",
        "transforms.rate.fps": "10",
        "transforms.small.type": "Resize",
        "transforms.small.width": "160",
        "transforms.turned.type": "Rotate",
        "transforms.turned.degrees": "90",
        "transforms.when.type": "Overlay",
        "transforms.when.text": "frame ${header:framespool.frame}",
        "transforms.write.type": "Reencode",
        "transforms.write.format": "webp",
        "transforms.write.max.bytes": "4000",
    }
    worker.rest.run("video", video_source(footage.pattern(60, width=320, height=180), "small") | chain)
    topic = Topic(sink.url)
    wait_until("20 frames are in the topic", lambda: topic.has(19))
    records = topic.records()
    assert [record.frame for record in records] == list(range(0, 60, 3))
    for record in records:
        assert record.content_type == "image/webp"
        assert record.size <= 4000
        assert Image.open(io.BytesIO(topic.get(record.offset).content)).size == (90, 160)


def test_a_sinks_own_chain_is_what_its_viewers_see_live_and_from_any_place(new_worker, new_sink, video_source):
    worker = new_worker().start()
    plain = new_sink("small")
    worker.rest.run("plain", plain.config)
    worker.rest.run("video", video_source(footage.pattern(60, width=320, height=180), "small"))
    everything = Topic(plain.url)
    wait_until("60 frames are in the topic", lambda: everything.has(59))
    sink = new_sink("small")
    chain = {
        "transforms": "tenth,small",
        "transforms.tenth.type": "Filter",
        "transforms.tenth.predicate": "between",
        "predicates": "between",
        "predicates.between.type": "HeaderMatches",
        "predicates.between.name": "framespool.frame",
        "predicates.between.pattern": "[0-9]*[1-9]",
        "transforms.small.type": "Resize",
        "transforms.small.width": "64",
    }
    worker.rest.run("sink", sink.config | chain)
    topic = Topic(sink.url)
    wait_until("the sink shows frame 0", lambda: topic.has(0))
    records = topic.records()
    assert [record.frame for record in records] == [0, 10, 20, 30, 40, 50]
    for record in records:
        assert Image.open(io.BytesIO(topic.get(record.offset).content)).size == (64, 36)
    newest = requests.get(f"{sink.url}/snapshot", timeout=60)
    assert newest.headers["x-framespool-frame"] == "50", "the newest that is left"
    clip = requests.get(f"{sink.url}/clip?format=zip&from=0", timeout=120)
    assert clip.status_code == 200
    with zipfile.ZipFile(io.BytesIO(clip.content)) as pictures:
        images = [Image.open(io.BytesIO(pictures.read(name))) for name in pictures.namelist() if name.endswith(".jpg")]
    assert [image.size for image in images] == [(64, 36)] * 6
    parts = Stream(f"{sink.url}?from=0").take(6)
    assert [Image.open(io.BytesIO(body)).size for _, body in parts] == [(64, 36)] * 6
    assert Image.open(io.BytesIO(everything.get(59).content)).size == (320, 180), "another sink's are as they were"


@pytest.mark.parametrize(
    ("transform", "key"),
    [
        ({"transforms.m.type": "MotionFilter"}, "transforms.m.type"),
        ({"transforms.m.type": "FrameRate", "transforms.m.fps": "1"}, "transforms.m.type"),
    ],
)
def test_what_compares_frames_is_refused_before_a_view(new_worker, new_sink, transform, key):
    worker = new_worker().start()
    answer = worker.rest.call(
        "PUT", "/connectors/sink/config", new_sink("moves").config | {"transforms": "m"} | transform
    )
    assert answer.status_code == 400
    assert f"{key} must be one that decides by the record alone" in answer.json()["message"]
    assert "into the source of the topic" in answer.json()["message"]


def test_a_picture_that_cannot_be_made_small_enough_is_the_tolerances_matter(new_worker, new_sink, video_source):
    worker = new_worker().start()
    config = video_source(footage.pattern(5, width=320, height=180), "small") | {
        "transforms": "write",
        "transforms.write.type": "Reencode",
        "transforms.write.format": "png",
        "transforms.write.max.bytes": "100",
    }
    worker.rest.put("video", config)
    assert "max.bytes" in worker.rest.wait_task("video", "FAILED")["trace"]
    worker.rest.run("video", config | {"errors.tolerance": "all"})
    wait_until("all frames are left out", lambda: worker.rest.task_metrics("video").get("records_skipped") == 5)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("nothing.png", "there is no"),
        ("text.png", "is none"),
        ("black.png", "dark all over"),
        ("../elsewhere.png", "file.roots"),
    ],
)
def test_a_mask_that_is_none_is_refused_at_its_key(new_worker, video_source, tmp_path, mask, said):
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "text.png").write_text("no picture")
    Image.new("L", (8, 8)).save(roots / "black.png")
    video = roots / "video.mp4"
    video.write_bytes(footage.pattern(5, width=64, height=48).read_bytes())
    worker = new_worker(file_roots=str(roots)).start()
    config = video_source(video, "moves") | MOTION | {"transforms.moves.mask": str(roots / mask)}
    answer = worker.rest.call("PUT", "/connectors/video/config", config)
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert "transforms.moves.mask" in message
    assert said in message
    assert ("there is no" in message) == (said == "there is no"), "a file outside of file.roots is not looked at"
    report = worker.rest.answer("PUT", "/connector-plugins/VideoFileSource/config/validate", config | {"name": "video"})
    errors = {each["value"]["name"]: each["value"]["errors"] for each in report["configs"] if each["value"]["errors"]}
    assert list(errors) == ["transforms.moves.mask"]
