"""docker/: what its steps make is started as it says, shows its page, and plays the sample."""

import re

from harness.mjpeg import Stream
from harness.pictures import chromium_page
from harness.waiting import wait_until
from published_ports import CONTAINER

STREAM = "http://127.0.0.1:5000/"
VIDEO = "video"


def run_sample(rest):
    rest.run(
        VIDEO,
        {
            "connector.class": "VideoFileSource",
            "file": "/opt/framespool/share/sample.mp4",
            "topic": "sample",
            "loop": "true",
        },
    )
    rest.run(
        "browser", {"connector.class": "MjpegHttpSink", "topics": "sample", "http.host": "0.0.0.0", "http.port": "5000"}
    )


def test_publishes_the_ports_that_the_image_exposes_to_this_machine_only(image, compose):
    published = [port.rsplit(":", 1) for port in compose["ports"]]
    assert [int(inner) for _, inner in published] == image.ports
    assert all(outer.startswith("127.0.0.1:") for outer, _ in published), compose["ports"]


def test_keeps_its_data_in_a_volume(image, compose):
    assert image.volumes == ["/data"]
    assert "data:/data" in compose["volumes"]
    properties = image.root.path("/opt/framespool/worker.properties").read_text()
    assert re.search(r"^data\.dir=/data$", properties, re.MULTILINE)


def test_runs_as_a_user_without_rights(container):
    with open(f"/proc/{container.pid}/status") as status:
        user = re.search(r"^Uid:\s+(\d+)\s+(\d+)", status.read(), re.MULTILINE).groups()
    assert "0" not in user


def test_knows_the_connectors_and_the_sample(container):
    classes = {plugin["class"] for plugin in container.rest.answer("GET", "/connector-plugins")}
    assert {"VideoFileSource", "MjpegHttpSink"} <= classes


def test_plays_the_sample(container):
    run_sample(container.rest)
    with Stream(STREAM) as stream:
        parts = stream.take(10)
    assert all(body.startswith(b"\xff\xd8") for _, body in parts)
    assert len({body for _, body in parts}) > 1


def test_makes_a_clip_of_it(container):
    run_sample(container.rest)
    wait_until(
        "some seconds of the sample are in the topic",
        lambda: container.rest.task_metrics(VIDEO).get("frames_read", 0) > 30,
        60,
    )
    with Stream(STREAM + "clip?from=0&until=30&format=mp4", patience=60) as clip:
        assert clip.status == 200, clip.headers
        assert clip.headers["content-type"] == "video/mp4"


def test_the_page_shows_the_sample(container):
    run_sample(container.rest)
    with chromium_page() as page:
        page.goto("http://127.0.0.1:8083/")
        page.wait_for_url("**/ui/**", timeout=60_000)
        page.goto("http://127.0.0.1:8083/ui/#/wall?open=browser")
        picture = page.get_by_test_id("open-picture")
        picture.wait_for(timeout=60_000)

        def pixels():
            return picture.evaluate("canvas => canvas.toDataURL('image/png')")

        first = pixels()
        wait_until("the picture moves", lambda: pixels() != first, 60)
        colours = picture.evaluate("""canvas => {
          const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }""")
        assert colours >= 8


def test_listens_where_docker_reaches_it(container):
    run_sample(container.rest)
    with Stream(f"http://{CONTAINER}:5000/") as stream:
        stream.take(1)


def test_stops_in_time_and_goes_on_at_the_next_start(container, compose):
    """The last test of this file: it ends the container, and starts it on the same volume."""
    run_sample(container.rest)
    grace = int(compose["stop_grace_period"].removesuffix("s"))
    assert container.stop(grace) == 0, container.log()
    container.start()
    container.await_health()
    container.rest.wait_task(VIDEO, "RUNNING")
    assert f"{VIDEO}|task-0] goes on at frame" in container.log()
    with Stream(STREAM) as stream:
        assert all(body.startswith(b"\xff\xd8") for _, body in stream.take(3))
