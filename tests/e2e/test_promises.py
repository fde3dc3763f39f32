"""The six promises of viewing.md, as far as one person at a browser can try them."""

import time

from harness import footage
from harness.continuity import assert_promises, judge, span
from harness.mjpeg import Seen, Stream, Viewer, digest
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until

FRAMES = 450  # 15 s at the video's own rate


def play(worker, sink, source):
    worker.rest.run("video", source)
    worker.rest.run("browser", sink.config)


def watch(url, frames, connection):
    with Stream(url) as stream:
        seen = []
        for _, body in stream:
            seen.append(Seen(digest(body), time.monotonic(), connection, stream.connected_at))
            if len(seen) == frames:
                return seen
    raise AssertionError(f"the stream ended after {len(seen)} of {frames} frames")


def topic_offsets(sink, count):
    topic = Topic(sink.url)
    wait_until(f"all {count} frames are in the topic", lambda: topic.has(count - 1))
    records = topic.records()
    assert [record.frame for record in records] == list(range(count))
    return offsets_by_digest(records)


def test_a_refresh_goes_on_where_it_was(worker, new_sink, video_source):
    sink = new_sink("frames")
    play(worker, sink, video_source(footage.pattern(FRAMES), "frames"))
    seen = []
    for connection in range(10):
        seen += watch(sink.url, 25, connection)
    report = judge(seen, topic_offsets(sink, FRAMES))
    print(report)
    assert_promises(report)


def test_closed_and_opened_again_later_it_goes_on_where_it_stopped(worker, new_sink, video_source):
    sink = new_sink("frames")
    play(worker, sink, video_source(footage.pattern(FRAMES), "frames", pace="realtime"))
    topic = Topic(sink.url)
    seen = watch(sink.url, 30, 0)
    # Meanwhile the source goes on; nobody watches.
    wait_until("the source is 60 frames further", lambda: topic.has(90))
    seen += watch(sink.url, 30, 1)
    report = judge(seen, topic_offsets(sink, FRAMES))
    print(report)
    assert_promises(report)


def test_a_restarted_worker_goes_on_where_it_stopped(new_worker, new_sink, video_source):
    worker = new_worker().start()
    sink = new_sink("frames")
    play(worker, sink, video_source(footage.pattern(FRAMES), "frames"))
    with Viewer(sink.url) as viewer:
        for restarts in range(3):
            wait_until("the viewer sees frames", lambda: len({s.connection for s in list(viewer.seen)}) > restarts)
            seen_before = len(viewer.seen)
            wait_until("the viewer sees 20 more", lambda: len(viewer.seen) > seen_before + 20)
            assert worker.stop() == 0, worker.log()
            worker.start()
        seen_before = len(viewer.seen)
        wait_until("the viewer sees frames after the last restart", lambda: len(viewer.seen) > seen_before + 20)
    report = judge(viewer.seen, topic_offsets(sink, FRAMES))
    print(report)
    assert report.connections == 4
    assert_promises(report)


def test_a_new_sink_starts_at_the_first_frame_of_a_source_that_is_over(worker, new_sink, video_source):
    video = footage.pattern(90)
    early, late = new_sink("frames"), new_sink("frames")
    play(worker, early, video_source(video, "frames"))
    offsets = topic_offsets(early, 90)
    worker.rest.run("late", late.config)
    assert [offsets[seen.digest] for seen in watch(late.url, 90, 0)] == list(range(90))


def test_a_stream_without_a_frame_answers_with_its_headers_at_once(worker, new_sink):
    sink = new_sink("nothing-yet")
    worker.rest.run("browser", sink.config)
    with Stream(sink.url) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("multipart/x-mixed-replace")


def test_a_single_frame_is_shown_without_a_second_one_behind_it(worker, new_sink, video_source):
    sink = new_sink("frames")
    play(worker, sink, video_source(footage.pattern(1), "frames"))
    offsets = topic_offsets(sink, 1)
    assert [offsets[seen.digest] for seen in watch(sink.url, 1, 0)] == [0]


def test_a_backlog_plays_at_its_recorded_pace(worker, new_sink, video_source):
    sink = new_sink("frames")
    play(worker, sink, video_source(footage.pattern(FRAMES), "frames"))
    topic_offsets(sink, FRAMES)
    began = time.monotonic()
    seen = watch(sink.url + "?from=earliest", 91, 0)
    # 90 frames at 30 a second are 3 s, and what a busy machine adds: neither as fast as it can nor a slide show.
    took = span(began, seen[-1].at)
    assert took.seconds > 2.9 and took.seconds - took.late < 30, took


def test_live_starts_at_the_newest_frame(worker, new_sink, video_source):
    sink = new_sink("frames", playback="live")
    play(worker, sink, video_source(footage.pattern(FRAMES), "frames", pace="realtime"))
    topic = Topic(sink.url)
    wait_until("60 frames are in the topic", lambda: topic.has(60))
    seen = watch(sink.url, 10, 0)
    offsets = topic_offsets(sink, FRAMES)
    assert offsets[seen[0].digest] >= 60


def test_a_named_playhead_is_its_own(worker, new_sink, video_source):
    sink = new_sink("frames")
    play(worker, sink, video_source(footage.pattern(FRAMES), "frames"))
    anna = watch(sink.url + "?group=anna", 40, 0)
    bert = watch(sink.url + "?group=bert", 10, 0)
    anna += watch(sink.url + "?group=anna", 20, 1)
    offsets = topic_offsets(sink, FRAMES)
    assert offsets[bert[0].digest] == 0
    report = judge(anna, offsets)
    assert offsets[anna[-1].digest] > 40
    assert_promises(report)
