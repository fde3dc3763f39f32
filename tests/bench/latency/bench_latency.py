"""From the drawing of a picture of 720p at 30 a second to the screen of a headless Chromium, and to whoever reads JPEGs: through
an encoder (x264, zerolatency), a camera of RTSP, CameraSource, topic and sink. bench_latency [--quick]

Beside it, on the same camera at the same time: ffmpeg as a player without a buffer (what ffplay -fflags nobuffer does before
it draws), and Debian's motion. Each picture carries the moment at which it was drawn (harness/clock_bar.py), and all is on
one machine with one clock."""

import contextlib
import io
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from bench import is_quick, report
from harness import clock_bar
from harness.camera.faults import Faults
from harness.camera.live import LiveH264
from harness.camera.rtsp import RtspCamera
from harness.player import PlayerPage, chromium
from harness.waiting import wait_until
from harness.worker import Worker, die_with_parent, free_port
from motion_netcam import pictures, start_motion
from PIL import Image

FPS = 30
SETTLED = 2 * FPS  # pictures: a player comes to its delay


class Reader(threading.Thread):
    """Takes (bar, when) from `pictures` until stop()."""

    def __init__(self, pictures):
        super().__init__(daemon=True)
        self.seen = []
        self._pictures = pictures
        self._stopping = False
        self.start()

    def run(self):
        for value, shown in self._pictures:
            self.seen.append((value, shown))
            if self._stopping:
                return

    def stop(self):
        self._stopping = True
        self.join(60)
        return self.seen


def jpegs(port):
    """What a viewer of Motion JPEG has, before it draws."""
    for picture in pictures(port):
        came = time.time()
        image = Image.open(io.BytesIO(picture)).convert("L")
        yield clock_bar.read(image.crop((0, 16, clock_bar.WIDTH, 17)).tobytes()), came


def decoded(player):
    """What ffmpeg has decoded."""
    size = clock_bar.WIDTH * clock_bar.CELL
    while len(pixels := player.stdout.read(size)) == size:
        yield clock_bar.read(pixels[16 * clock_bar.WIDTH : 17 * clock_bar.WIDTH]), time.time()


def start_player(url):
    return subprocess.Popen(
        [
            *(
                "ffmpeg",
                "-nostdin",
                "-v",
                "error",
                "-fflags",
                "nobuffer",
                "-flags",
                "low_delay",
                "-rtsp_transport",
                "tcp",
            ),
            *("-probesize", "32", "-analyzeduration", "0", "-i", url, "-an"),
            *("-vf", f"crop={clock_bar.WIDTH}:{clock_bar.CELL}:0:0", "-pix_fmt", "gray", "-fps_mode", "passthrough"),
            *("-f", "rawvideo", "-flush_packets", "1", "pipe:1"),
        ],
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent,
    )


def figures(name, seen, drawn):
    """p50, p95 and the most, in milliseconds; printed with how many of the pictures were missed meanwhile."""
    shown = set(drawn)  # motion's own picture, before the camera's, has no bar
    seen = [each for each in seen[SETTLED:] if each[0] in shown]
    assert len(seen) > FPS, f"{name}: {len(seen)} pictures"
    took = sorted(clock_bar.milliseconds_since(value, shown) for value, shown in seen)
    values = {value for value, _ in seen}
    meanwhile = [value for value in drawn if min(values) <= value <= max(values)]
    p50, p95, most = statistics.median(took), took[int(len(took) * 0.95)], took[-1]
    missed = len([value for value in meanwhile if value not in values])
    print(
        f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {most:.0f} ms, {len(seen)} pictures; "
        f"{missed} of {len(meanwhile)} missed",
        flush=True,
    )
    return p95


def watch(browser, url, seconds):
    with PlayerPage(browser, url, clock_bar.RECORDER) as player:
        wait_until("the player has begun", lambda: player.page.evaluate("bars.length") > SETTLED)
        player.page.wait_for_timeout(seconds * 1000)
        return [(value, shown / 1000) for _, value, shown in player.page.evaluate("bars")]


def main():
    seconds = 4 if is_quick("bench_latency") else 30
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder, contextlib.ExitStack() as ended:
        folder = Path(folder)
        footage = LiveH264(fps=FPS)
        ended.callback(footage.close)
        camera = RtspCamera(footage, Faults(), fps=FPS)
        ended.callback(camera.close)
        footage.begin(camera.begun)
        worker = Worker(folder).start()
        ended.callback(worker.kill)
        port = free_port()
        source = {"connector.class": "CameraSource", "url": camera.url, "topic": "clock", "timeout.ms": "60000"}
        worker.rest.run("camera", source)
        sink = {"connector.class": "MjpegHttpSink", "topics": "clock", "http.port": str(port), "playback": "live"}
        worker.rest.run("sink", sink)
        wait_until("there is video", lambda: worker.rest.task_metrics("camera").get("frames_stored", 0) > FPS)
        browser = ended.enter_context(chromium())

        def beside(pictures, begin):
            """What `begin` gives while another reads the camera too."""
            reader = Reader(pictures)
            wait_until("the other has begun", lambda: len(reader.seen) > SETTLED)
            return begin(), reader.stop()

        url = f"http://127.0.0.1:{port}/watch?at=live"
        for name, query, aim in (("MJPEG", "&as=pictures", 120), ("MSE", "", 350)):
            player = start_player(camera.url)
            ended.callback(player.kill)
            ours, theirs = beside(decoded(player), lambda query=query: watch(browser, url + query, seconds))
            player.kill()
            ours = figures(f"{name} in Chromium (wanted: p95 < {aim} ms)", ours, footage.drawn)
            theirs = figures("ffmpeg -fflags nobuffer", theirs, footage.drawn)
            what = f"encoder to Chromium by {name}, p95"
            report(what, "ffmpeg -fflags nobuffer, not drawn", "ms", [ours], [theirs], more_is_better=False)

        if shutil.which("motion") is None:
            return print("there is no motion here: apt-get install motion")
        motion_port = free_port()
        start_motion(ended, folder / "motion", camera.url, motion_port)
        reader = Reader(jpegs(port))
        theirs = Reader(jpegs(motion_port))
        for each in (reader, theirs):
            wait_until("JPEGs come", lambda each=each: len(each.seen) > SETTLED)
        time.sleep(seconds)
        ours = figures("JPEGs of H.264", reader.stop(), footage.drawn)
        theirs = figures("JPEGs of motion", theirs.stop(), footage.drawn)
        report("encoder to a viewer of JPEGs, p95", "Debian's motion", "ms", [ours], [theirs], more_is_better=False)


if __name__ == "__main__":
    main()
