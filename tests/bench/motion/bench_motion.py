"""A camera of Motion JPEG, and one of H.264 by RTSP, to ten viewers of JPEGs: CameraSource, topic and sink beside Debian's
motion, which both read the same stream. bench_motion [--quick]

motion's detection is paused and it stores nothing; we store every frame. The figure is CPU for each frame that reached a
viewer. How old it is then says bench_latency."""

import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench import PartCounter, cpu_seconds, is_quick, report
from harness.camera.faults import Faults
from harness.camera.footage import H264
from harness.camera.rtsp import RtspCamera
from harness.footage import natural
from harness.waiting import PATIENCE_SECONDS
from harness.worker import Worker, free_port
from motion_netcam import start_motion

VIEWERS = 10


def milliseconds_a_frame(pid, port, seconds):
    with PartCounter(port, "/", VIEWERS) as viewers:
        viewers.count(PATIENCE_SECONDS, until=lambda: min(viewers.parts) > 0)
        frames, cpu, began = sum(viewers.parts), cpu_seconds(pid), time.monotonic()
        viewers.count(seconds)
        frames, cpu = sum(viewers.parts) - frames, cpu_seconds(pid) - cpu
        seconds = time.monotonic() - began
    assert frames, f"port {port} gives no frames"
    print(
        f"port {port}: {frames / seconds / VIEWERS:.1f} frames/s a viewer, {cpu / seconds * 100:.0f} % of a core",
        flush=True,
    )
    return cpu / frames * 1000


def start_worker(ended, folder, connectors):
    folder.mkdir()
    worker = Worker(folder).start()
    ended.callback(worker.kill)
    for name, config in connectors.items():
        worker.rest.run(name, config)
    return worker


def sink(topic, port):
    return {"connector.class": "MjpegHttpSink", "topics": topic, "http.port": str(port), "playback": "live"}


def main():
    quick = is_quick("bench_motion")
    rounds, seconds = (1, 3) if quick else (5, 10)
    if shutil.which("motion") is None:
        sys.exit("there is no motion here: apt-get install motion")
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder, contextlib.ExitStack() as ended:
        folder = Path(folder)
        camera_port = free_port()
        file = {
            "connector.class": "VideoFileSource",
            "file": str(natural()),
            "topic": "camera",
            "loop": "true",
            "fps": "30",
        }
        start_worker(ended, folder / "camera", {"file": file, "sink": sink("camera", camera_port)})
        rtsp = RtspCamera(H264(gop=30, width=1280, height=720, fps=30), Faults(), fps=30)
        ended.callback(rtsp.close)
        compare("MJPEG", f"http://127.0.0.1:{camera_port}/", folder / "mjpeg", rounds, seconds)
        compare("H.264", rtsp.url, folder / "h264", rounds, seconds)


def compare(kind, camera, folder, rounds, seconds):
    folder.mkdir()
    with contextlib.ExitStack() as ended:
        port, motion_port = free_port(), free_port()
        source = {"connector.class": "CameraSource", "url": camera, "topic": "garden"}
        worker = start_worker(ended, folder / "ours", {"garden": source, "sink": sink("garden", port)})
        motion = start_motion(ended, folder / "motion", camera, motion_port)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(milliseconds_a_frame(worker.process.pid, port, seconds))
            theirs.append(milliseconds_a_frame(motion.pid, motion_port, seconds))
    report(
        f"a 720p camera of {kind} to {VIEWERS} viewers, recorded",
        "Debian's motion, not recording",
        "CPU-ms/frame",
        ours,
        theirs,
        more_is_better=False,
    )


if __name__ == "__main__":
    main()
