"""Debian's motion, which shows one network camera as Motion JPEG: its detection is paused and it stores nothing."""

import contextlib
import http.client
import subprocess

from harness.mjpeg import Multipart, boundary_of
from harness.waiting import wait_until
from harness.worker import die_with_parent


def pictures(port):
    """Of a stream of Motion JPEG, in chunks as motion's or not, until it ends."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        parts = Multipart(boundary_of(answer.headers["Content-Type"]))
        while data := answer.read1(1 << 18):
            for _, picture in parts.feed(data):
                yield picture
    finally:
        connection.close()


def _shows(port):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return next(pictures(port), None) is not None
    return False


def start_motion(ended, folder, camera, port):
    folder.mkdir()
    settings = {
        "daemon": "off",
        "setup_mode": "off",
        "log_level": "4",
        "netcam_url": camera,
        "width": "1280",
        "height": "720",
        "framerate": "30",
        "pause": "on",
        "picture_output": "off",
        "movie_output": "off",
        "target_dir": folder,
        "webcontrol_port": "0",
        "stream_port": port,
        "stream_localhost": "on",
        "stream_maxrate": "30",
        "stream_quality": "80",
        "stream_preview_method": "0",
    }
    (folder / "motion.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    log = ended.enter_context((folder / "motion.log").open("wb"))
    motion = subprocess.Popen(
        ["motion", "-c", folder / "motion.conf"], stdout=log, stderr=log, cwd=folder, preexec_fn=die_with_parent
    )
    ended.callback(motion.wait)
    ended.callback(motion.kill)
    wait_until("motion shows something", lambda: _shows(port))
    return motion
