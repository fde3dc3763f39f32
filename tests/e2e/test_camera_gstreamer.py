"""CameraSource before a camera that is not ours: GStreamer's RTSP server, with a password, by TCP and by UDP."""

import subprocess
from pathlib import Path

import pytest
import requests
from harness import footage
from harness.footage import number_in
from harness.waiting import wait_until
from harness.worker import die_with_parent

FRAMES = 150
SERVER = Path(__file__).parent / "harness" / "camera" / "gst_server.py"
PASSWORD = "p@ss:w/rd#1 %?"
ENCODING = ("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "30", "-sc_threshold", "0")


@pytest.fixture(scope="module")
def camera():
    video = footage.numbered(FRAMES, "gstreamer", ENCODING)
    # Debian's Python has the bindings, that of the tests has not.
    server = subprocess.Popen(
        ["/usr/bin/python3", SERVER, video, "user", PASSWORD],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    port = server.stdout.readline().strip()
    assert port, "GStreamer's server does not start; its packages are in ./dev's list"
    yield f"rtsp://127.0.0.1:{port}/stream"
    server.kill()
    server.wait()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_every_frame_of_gstreamers_server_is_stored(transport, worker, new_sink, camera):
    source = {"connector.class": "CameraSource", "url": camera, "topic": transport, "transport": transport}
    source |= {"username": "user", "password": PASSWORD}
    worker.rest.run("camera", source)
    sink = new_sink(transport)
    worker.rest.run("browser", sink.config)
    # Its video has an end; then it closes, is asked again, and begins anew.
    metrics = wait_until(
        "it has been asked again",
        lambda: (told := worker.rest.task_metrics("camera")).get("reconnects") and told["state"] == "running" and told,
    )
    assert metrics["frames_stored"] >= FRAMES - 1
    numbers = [number_in(requests.get(f"{sink.url}frames/{at}", timeout=60).content) for at in range(FRAMES - 1)]
    assert numbers == list(range(FRAMES - 1))
    assert metrics["codec"] == "h264"
    assert PASSWORD not in worker.log()
