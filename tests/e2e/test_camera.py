"""CameraSource in a real worker, before cameras that do what cameras do. Each frame says its number, and what a topic holds is
compared with what the camera sent, byte by byte."""

import itertools
import subprocess
from datetime import datetime

import pytest
from harness.camera.faults import Faults
from harness.camera.footage import H264, H265, Jpegs, numbers_in
from harness.camera.rtsp import RtspCamera
from harness.camera.web import WebCamera
from harness.killing import killed_again_and_again
from harness.topic import Topic
from harness.values import values_of
from harness.waiting import wait_until
from harness.worker import free_port

GOP = 15
PASSWORD = "p@ss:w/rd#1 %?"


@pytest.fixture(scope="module")
def h264():
    return H264(gop=GOP)


@pytest.fixture(scope="module")
def h265():
    return H265(gop=GOP)


@pytest.fixture(scope="module")
def jpegs():
    return Jpegs()


@pytest.fixture
def new_camera(h264):
    """Makes RTSP cameras, of 30 frames a second."""
    cameras = []

    def make(footage=None, **faults):
        more = {key: faults.pop(key) for key in ("other", "port") if key in faults}
        cameras.append(RtspCamera(footage or h264, Faults(**faults), fps=30, **more))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.close()


@pytest.fixture
def new_web_camera(jpegs):
    cameras = []

    def make(folder=None, **faults):
        cameras.append(WebCamera(jpegs, Faults(**faults), folder=folder))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.close()


class Recording:
    """A camera's topic, and a file with the values of all its records, or of those whose header fits."""

    def __init__(self, worker, topic, folder):
        self.worker, self.topic, self.folder = worker, topic, folder
        self._sinks = itertools.count()

    def begin(self, url="", wait=True, **config):
        self.config = {
            "connector.class": "CameraSource",
            "topic": self.topic,
            "timeout.ms": "1500",
            "reconnect.backoff.ms": "50",
            "reconnect.backoff.max.ms": "200",
        } | {key.replace("_", "."): value for key, value in config.items()}
        if url:
            self.config["url"] = url
        self.change()
        if wait:
            self.wait_state("running")
        return self

    def change(self, **config):
        self.config |= {key.replace("_", "."): value for key, value in config.items()}
        self.worker.rest.run("camera", self.config)

    def metrics(self):
        return self.worker.rest.task_metrics("camera")

    def wait_state(self, state):
        return wait_until(
            f"the camera is {state}", lambda: (metrics := self.metrics()).get("state") == state and metrics
        )

    def wait_metric(self, name, least):
        return wait_until(f"{name} is {least}", lambda: self.metrics().get(name, 0) >= least)

    def all_values(self, header=None, pattern="1"):
        """The values of all records, each with a line feed behind it, or of those whose header fits; once the camera's task
        has ended."""
        self.worker.rest.call("PUT", "/connectors/camera/stop")
        wait_until(
            "the camera is stopped", lambda: self.worker.rest.status("camera")["connector"]["state"] == "STOPPED"
        )
        name = f"values-{next(self._sinks)}"
        only = {
            "transforms": "only",
            "transforms.only.type": "Filter",
            "transforms.only.predicate": "fits",
            "transforms.only.negate": "true",
            "predicates": "fits",
            "predicates.fits.type": "HeaderMatches",
            "predicates.fits.name": header,
            "predicates.fits.pattern": pattern,
        }
        return values_of(self.worker, self.topic, name, self.folder / name, **(only if header else {}))


@pytest.fixture
def recording(new_worker, topic_named, tmp_path):
    return Recording(new_worker(offset_flush_interval_ms="100").start(), topic_named("camera"), tmp_path)


def as_lines(footage, numbers):
    return b"".join(footage.value(number) + b"\n" for number in numbers)


def connections(camera, numbers):
    """What the camera sent over the connections of a task whose first record has the first of `numbers`. Before these there
    is that of the check when the connector was made."""
    begins = [at for at, sent in enumerate(camera.sent) if sent and sent[0][0] == numbers[0]]
    assert begins, f"wanted a connection that began with frame {numbers[0]}: {[sent[:1] for sent in camera.sent]}"
    return camera.sent[begins[-1] :]


def sent_to(camera, numbers):
    return [number for connection in connections(camera, numbers) for number, _ in connection]


def in_a_row(numbers):
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_every_frame_is_stored_as_it_came(codec, transport, request, new_camera, recording):
    footage = request.getfixturevalue(codec)
    camera = new_camera(footage)
    recording.begin(camera.url, transport=transport)
    recording.wait_metric("frames_stored", 4 * GOP)
    metrics = recording.metrics()
    values = recording.all_values()
    numbers = numbers_in(values)
    assert len(numbers) >= 4 * GOP
    assert in_a_row(numbers), numbers
    assert numbers[0] == connections(camera, numbers)[0][0][0], "the first key frame is the first record"
    assert values == as_lines(footage, numbers)
    assert metrics["codec"] == {"h264": "h264", "h265": "hevc"}[codec]
    assert metrics["gop_seconds"] == pytest.approx(GOP / 30, abs=0.002)
    assert metrics["frames_broken"] == metrics["reconnects"] == 0


def test_a_recording_is_a_file_that_plays(h264, new_camera, recording, tmp_path):
    recording.begin(new_camera().url)
    recording.wait_metric("frames_stored", 3 * GOP)
    values = recording.all_values()
    file = tmp_path / "all.h264"
    numbers = numbers_in(values)
    file.write_bytes(b"".join(h264.value(number) for number in numbers))
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", file],
        capture_output=True,
        text=True,
        check=True,
    )
    assert probe.stderr == ""
    assert int(probe.stdout) == len(numbers)


def test_a_camera_that_closes_again_and_again_loses_no_frame_that_it_sent(h264, new_camera, recording):
    camera = new_camera(close_after=2 * GOP)
    recording.begin(camera.url)
    recording.wait_metric("reconnects", 3)
    metrics = recording.wait_state("running")
    assert metrics["away_because"].endswith("closed the connection"), metrics
    values = recording.all_values()
    numbers = numbers_in(values)
    assert len(numbers) >= 6 * GOP
    assert numbers == sent_to(camera, numbers)[: len(numbers)]
    assert values == as_lines(h264, numbers)
    second = numbers_in(recording.all_values("framespool.session"))
    assert second == [number for number, _ in connections(camera, numbers)[1]]


def test_a_camera_that_falls_silent_is_tried_anew(new_camera, recording):
    camera = new_camera(stall_after=GOP)
    recording.begin(camera.url)
    recording.wait_metric("reconnects", 2)
    assert "gave nothing for 1500 ms" in recording.metrics()["away_because"]
    numbers = numbers_in(recording.all_values())
    assert numbers == sent_to(camera, numbers)[: len(numbers)]


def test_garbage_ends_a_connection_and_nothing_else(new_camera, recording):
    camera = new_camera(garbage_after=GOP)
    recording.begin(camera.url)
    recording.wait_metric("reconnects", 3)
    values = recording.all_values()
    numbers = numbers_in(values)
    assert numbers == sorted(set(numbers)), "twice"
    assert set(sent_to(camera, numbers)[: 2 * GOP]) <= set(numbers), "lost"


def test_a_stream_that_only_drips_loses_nothing(h264, new_camera, recording):
    camera = new_camera(drip_bytes=40)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", 2 * GOP)
    assert recording.metrics()["reconnects"] == 0
    values = recording.all_values()
    numbers = numbers_in(values)
    assert in_a_row(numbers)
    assert values == as_lines(h264, numbers)


def test_frames_after_a_lost_one_are_marked_up_to_the_next_key_frame(h264, new_camera, recording):
    camera = new_camera(drop_frames_every=7)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", 6 * GOP)
    counted = recording.metrics()["frames_broken"]
    values = recording.all_values()
    numbers = numbers_in(values)
    (sent,) = connections(camera, numbers)
    arrived = [number for number, whole in sent if whole][: len(numbers)]
    assert values == as_lines(h264, arrived)
    expected, broken = [], False
    for number, whole in sent:
        if h264.is_key(h264.unit(number)) and whole:
            broken = False
        elif not whole:
            broken = True
        if broken and whole and number <= numbers[-1]:
            expected.append(number)
    assert numbers_in(recording.all_values("framespool.broken")) == expected
    assert 0 < counted <= len(expected)


def test_packets_that_are_lost_at_random_places_stop_nothing(new_camera, recording):
    big = H264(gop=GOP, width=1280, height=720)
    camera = new_camera(big, drop_every=13)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", 4 * GOP)
    assert recording.metrics()["frames_broken"] > 0
    numbers = numbers_in(recording.all_values())
    assert numbers == sorted(set(numbers))


def test_the_size_may_change_in_mid_stream(h264, new_camera, recording):
    larger = H264(gop=GOP, width=640, height=384)
    camera = new_camera(other=larger, other_size_after=2 * GOP)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", 5 * GOP)
    values = recording.all_values()
    numbers = numbers_in(values)
    change = connections(camera, numbers)[0][0][0] + 2 * GOP
    assert in_a_row(numbers)
    assert values == as_lines(h264, [n for n in numbers if n < change]) + as_lines(
        larger, [n for n in numbers if n >= change]
    )
    assert numbers_in(recording.all_values("framespool.width", "640")) == [n for n in numbers if n >= change]
    assert "its pictures have changed from 320x192 to 640x384" in recording.worker.log()


def test_who_joins_within_a_group_begins_with_the_next_key_frame(h264, new_camera, recording):
    camera = new_camera(starts_in_group=4, parameters_in_sdp=False)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", GOP)
    assert recording.metrics()["frames_passed_over"] > 0
    numbers = numbers_in(recording.all_values())
    assert h264.is_key(h264.unit(numbers[0]))
    assert in_a_row(numbers)


def test_the_cameras_clock_is_told_and_may_be_wrong(new_camera, recording):
    camera = new_camera(clock_off_seconds=3600)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", 2 * GOP)
    skew = recording.metrics()["clock_skew_ms"] - 3600_000
    # A frame is complete when the next one begins, a 30th of a second after it was taken.
    assert -20_000 < skew < -30, skew
    newest = recording.worker.rest.answer("GET", f"/topics/{recording.topic}")["partitions"][0]["last_timestamp"]
    recording.change(time="camera")
    recording.wait_state("running")
    wait_until(
        "records have the camera's time",
        lambda: (
            recording.worker.rest.answer("GET", f"/topics/{recording.topic}")["partitions"][0]["last_timestamp"]
            > newest + 3500_000
        ),
    )


def test_a_camera_without_rtcp_has_no_clock_and_plays(new_camera, recording):
    recording.begin(new_camera(rtcp=False).url, time="camera")
    recording.wait_metric("frames_stored", GOP)
    assert "clock_skew_ms" not in recording.metrics()


def test_a_clock_that_leaps_is_said_once_and_loses_nothing(h264, new_camera, recording):
    camera = new_camera(clock_leaps_after=GOP)
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", 3 * GOP)
    numbers = numbers_in(recording.all_values())
    assert in_a_row(numbers)
    assert recording.worker.log().count("its clock has leapt") == 1


def secrets_in(worker):
    """Where the password can be read that nobody is to see."""
    shown = [worker.log()]
    paths = ["/connectors/camera/status", "/connectors/camera/offsets", "/logs", "/events"]
    shown += [worker.rest.call("GET", path).text for path in [*paths, "/connectors?expand=status"]]
    return [text for text in shown if PASSWORD in text or "p%40ss" in text or "w%2Frd" in text]


def test_a_password_lets_in_and_is_never_shown(new_camera, recording):
    camera = new_camera(username="viewer", password=PASSWORD)
    recording.begin(camera.url, wait=False, username="viewer", password="wrong")
    metrics = recording.wait_state("away")
    assert "401" in metrics["away_because"]
    assert recording.worker.rest.task("camera")["state"] == "RUNNING"
    recording.change(password=PASSWORD)
    recording.wait_state("running")
    assert all("Digest" in said for said in camera.authorizations if said)
    assert secrets_in(recording.worker) == []
    camera.close()
    wait_until("the camera is away", lambda: recording.metrics()["away_seconds"] > 0)
    assert secrets_in(recording.worker) == []


def test_a_password_in_the_url_is_refused_with_a_hint(worker):
    answer = worker.rest.call(
        "PUT",
        "/connectors/camera/config",
        {"connector.class": "CameraSource", "topic": "t", "url": "rtsp://viewer:swordfish@127.0.0.1/"},
    )
    assert answer.status_code == 400
    assert "give them in username and password" in answer.json()["message"]
    assert "swordfish" not in answer.json()["message"]
    assert "swordfish" not in worker.log()


def test_a_redirect_is_followed(h264, new_camera, recording):
    camera = new_camera()
    before = new_camera(redirect_to=camera.url)
    recording.begin(before.url)
    recording.wait_metric("frames_stored", GOP)
    values = recording.all_values()
    assert values == as_lines(h264, numbers_in(values))


def test_a_camera_may_come_later_and_a_paused_one_is_left_alone(new_camera, recording):
    port = free_port()
    recording.begin(f"rtsp://127.0.0.1:{port}/stream", wait=False)
    assert "cannot be reached" in recording.wait_state("away")["away_because"]
    recording.worker.rest.call("PUT", "/connectors/camera/pause")
    recording.worker.rest.wait_task("camera", "PAUSED")
    recording.worker.rest.call("PUT", "/connectors/camera/resume")
    new_camera(port=port)
    recording.wait_state("running")
    recording.wait_metric("frames_stored", GOP)


def test_kills_store_no_frame_twice_and_each_connection_from_its_key_frame(h264, new_camera, recording):
    camera = new_camera()
    recording.begin(camera.url)
    recording.wait_metric("frames_stored", GOP)
    killed_again_and_again(recording.worker, 4)
    recording.worker.rest.wait_running("camera")
    recording.wait_metric("frames_stored", GOP)
    values = recording.all_values()
    numbers = numbers_in(values)
    assert numbers == sorted(set(numbers)), "twice"
    assert values == as_lines(h264, numbers)
    for before, after in itertools.pairwise(numbers):
        assert after == before + 1 or h264.is_key(h264.unit(after)), (before, after)


def test_motion_jpeg_over_http_is_stored_picture_by_picture(jpegs, new_web_camera, recording):
    camera = new_web_camera(username="viewer", password=PASSWORD)
    recording.begin(camera.url + "/mjpeg", username="viewer", password=PASSWORD)
    recording.wait_metric("frames_stored", 30)
    values = recording.all_values()
    numbers = numbers_in(values)
    assert numbers == sent_to(camera, numbers)[: len(numbers)]
    assert values == b"".join(jpegs.picture(number) + b"\n" for number in numbers)
    assert secrets_in(recording.worker) == []


def test_motion_jpeg_that_closes_or_stalls_goes_on(new_web_camera, recording):
    camera = new_web_camera(close_after=10)
    recording.begin(camera.url + "/mjpeg")
    recording.wait_metric("reconnects", 2)
    camera.faults.close_after, camera.faults.stall_after = 0, 5
    recording.wait_metric("reconnects", 4)
    numbers = numbers_in(recording.all_values())
    assert numbers == sent_to(camera, numbers)[: len(numbers)]


def test_a_snapshot_is_asked_for_again_and_again(jpegs, new_web_camera, recording):
    camera = new_web_camera(username="viewer", password=PASSWORD)
    recording.begin(
        snapshot_url=camera.url + "/snapshot.jpg",
        snapshot_interval_ms="50",
        username="viewer",
        password=PASSWORD,
    )
    recording.wait_metric("frames_stored", 20)
    values = recording.all_values()
    numbers = numbers_in(values)
    assert in_a_row(numbers)
    assert numbers[0] == 1, "the first was for the check"
    assert values == b"".join(jpegs.picture(number) + b"\n" for number in numbers)


def test_a_snapshot_that_is_no_picture_is_said(new_web_camera, recording, tmp_path):
    (tmp_path / "page.html").write_text("<html>log in</html>")
    camera = new_web_camera(folder=tmp_path)
    recording.begin(wait=False, snapshot_url=camera.url + "/files/page.html")
    assert "does not answer with a JPEG" in recording.wait_state("away")["away_because"]


@pytest.fixture
def transport_stream(h264, tmp_path):
    """A file of MPEG-TS with numbered frames."""
    raw, file = tmp_path / "raw.h264", tmp_path / "stream.ts"
    raw.write_bytes(b"".join(h264.value(number) for number in range(8 * GOP)))
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-r", "30", "-i", raw, "-c", "copy", "-f", "mpegts", file], check=True
    )
    return file


def test_mpeg_ts_over_udp_is_stored(h264, transport_stream, recording):
    port = free_port()
    with subprocess.Popen(
        [
            *("ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", transport_stream, "-c", "copy"),
            *("-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316"),
        ],
        stdin=subprocess.DEVNULL,
    ) as sender:
        try:
            recording.begin(f"udp://127.0.0.1:{port}")
            recording.wait_metric("frames_stored", 3 * GOP)
            values = recording.all_values()
        finally:
            sender.kill()
    numbers = numbers_in(values)
    assert numbers[0] % GOP == 0
    assert all(after == (before + 1) % (8 * GOP) for before, after in itertools.pairwise(numbers)), numbers
    assert values == as_lines(h264, numbers)


def test_hls_is_stored_and_its_playlist_opens_no_local_file(
    h264, transport_stream, new_web_camera, recording, tmp_path
):
    folder = tmp_path / "hls"
    folder.mkdir()
    subprocess.run(
        [
            *("ffmpeg", "-nostdin", "-v", "error", "-i", transport_stream, "-c", "copy", "-f", "hls"),
            *("-hls_time", "1", "-hls_list_size", "0", folder / "live.m3u8"),
        ],
        check=True,
    )
    camera = new_web_camera(folder=folder)
    recording.begin(camera.url + "/files/live.m3u8")
    recording.wait_metric("frames_stored", 3 * GOP)
    values = recording.all_values()
    assert values == as_lines(h264, numbers_in(values))
    (folder / "local.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n" + f"file://{transport_stream}\n#EXT-X-ENDLIST\n"
    )
    recording.worker.rest.call("PUT", "/connectors/camera/resume")
    recording.change(url=camera.url + "/files/local.m3u8")
    assert recording.wait_state("away")["frames_stored"] == 0


def test_a_test_picture_goes_the_same_way_and_pictures_may_be_made(recording, new_sink):
    recording.begin("lavfi://testsrc2=size=640x360:rate=30", video="jpeg", width="320", fps="10")
    recording.wait_metric("frames_stored", 20)
    sink = new_sink("camera")
    recording.worker.rest.run("sink", sink.config)
    wait_until("the first picture is there", lambda: Topic(sink.url).has(0))
    answer = Topic(sink.url).get(0)
    assert answer.headers["content-type"] == "image/jpeg"
    assert (answer.headers["x-framespool-width"], answer.headers["x-framespool-height"]) == ("320", "180")


def test_a_test_picture_is_drawn_at_its_rate(recording, new_sink):
    recording.begin("lavfi://testsrc2=size=320x180:rate=10", video="jpeg")
    recording.wait_metric("frames_stored", 21)
    sink = new_sink("camera")
    recording.worker.rest.run("sink", sink.config)
    wait_until("the pictures are there", lambda: Topic(sink.url).has(20))
    first, last = (datetime.fromisoformat(Topic(sink.url).get(n).headers["x-framespool-timestamp"]) for n in (0, 20))
    assert (last - first).total_seconds() > 1.5


def test_jpegs_are_made_of_h264_where_that_is_wanted(new_camera, recording):
    recording.begin(new_camera().url, video="jpeg")
    recording.wait_metric("frames_stored", GOP)
    assert recording.metrics()["codec"] == "h264"
    assert recording.all_values().startswith(b"\xff\xd8\xff")


def test_a_probe_shows_what_comes_or_says_why_nothing_does(worker, new_camera):
    config = {"connector.class": "CameraSource", "name": "look", "topic": "t", "url": new_camera().url}
    look = worker.rest.answer("PUT", "/connector-plugins/CameraSource/probe", config)
    assert look["facts"]["width"] == 320, look
    assert look["fps"] == pytest.approx(30, rel=0.1)
    assert look["metrics"]["gb_per_day"] > 0
    config["url"] = f"rtsp://127.0.0.1:{free_port()}/"
    answer = worker.rest.call("PUT", "/connector-plugins/CameraSource/probe", config)
    assert not answer.ok
    assert "cannot be reached" in answer.json()["message"], answer.text
