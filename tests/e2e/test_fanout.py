"""One topic, many readers."""

from harness import footage
from harness.mjpeg import Viewer
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until

FRAMES = 240
VIEWERS = 10


def recorded(sink, count):
    topic = Topic(sink.url)
    wait_until(f"all {count} frames are in the topic", lambda: topic.has(count - 1))
    return offsets_by_digest(topic.records())


def assert_all_see_all(viewers, offsets):
    wanted = list(range(len(offsets)))
    for viewer in viewers:
        wait_until("a viewer has every frame", lambda: len(viewer.seen) >= len(wanted))
    for viewer in viewers:
        viewer.stop()
        assert [offsets[seen.digest] for seen in viewer.seen] == wanted


def test_ten_viewers_of_each_of_two_sinks_get_every_frame(worker, new_sink, video_source):
    sinks = [new_sink("frames"), new_sink("frames")]
    for number, sink in enumerate(sinks):
        worker.rest.run(f"browser-{number}", sink.config)
    viewers = [Viewer(sink.url) for sink in sinks for _ in range(VIEWERS)]
    for sink in sinks:
        wait_until("all viewers of a sink are connected", lambda: viewer_count(sink) == VIEWERS)
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames", pace="realtime"))
    assert_all_see_all(viewers, recorded(sinks[0], FRAMES))


def viewer_count(sink):
    status = Topic(sink.url)._session.get(sink.url + "status", timeout=60).json()
    viewers = status["viewers"]
    return viewers if isinstance(viewers, int) else len(viewers)


def test_the_whole_topic_plays_after_its_source_is_deleted(worker, new_sink, video_source):
    first = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames"))
    worker.rest.run("first", first.config)
    offsets = recorded(first, FRAMES)
    worker.rest.delete("video")
    assert worker.rest.call("GET", "/connectors/video/status").status_code == 404

    second = new_sink("frames")
    worker.rest.run("second", second.config)
    viewers = [Viewer(sink.url + "?from=earliest") for sink in (first, second) for _ in range(VIEWERS)]
    viewers.append(Viewer(second.url))
    assert_all_see_all(viewers, offsets)


def test_two_sinks_share_a_port_on_different_paths(worker, new_sink, video_source):
    worker.rest.run("video", video_source(footage.pattern(60), "frames"))
    left = new_sink("frames", http_path="/left")
    right = new_sink("frames", http_path="/right")
    right.config["http.port"] = left.config["http.port"]
    worker.rest.run("left", left.config)
    worker.rest.run("right", right.config)
    offsets = recorded_at(left.url + "left/", 60)
    viewers = [Viewer(left.url + path + "?from=earliest") for path in ("left", "right")]
    assert_all_see_all(viewers, offsets)


def recorded_at(url, count):
    topic = Topic(url)
    wait_until(f"all {count} frames are in the topic", lambda: topic.has(count - 1))
    return offsets_by_digest(topic.records())


def test_a_path_or_a_port_that_is_taken_is_refused_when_the_sink_is_made(worker, new_sink):
    first = new_sink("frames")
    worker.rest.run("first", first.config)
    same_path = worker.rest.call("PUT", "/connectors/second/config", first.config)
    assert same_path.status_code == 400, same_path.text
    assert "http.p" in same_path.json()["message"]

    rest_port = first.config | {"http.port": str(worker.port)}
    taken = worker.rest.call("PUT", "/connectors/second/config", rest_port)
    assert taken.status_code == 400, taken.text
    assert "http.port" in taken.json()["message"] and str(worker.port) in taken.json()["message"]
