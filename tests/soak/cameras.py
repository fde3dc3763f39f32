"""Many cameras of 1080p and 3 Mb/s in one worker: cameras.py [MINUTES] [--cameras N] [--most-cpu PERCENT].

They play one video that was encoded once. Each fault in turn befalls some of them, while the others go on. Ends with 1
when a frame that arrived whole is not in its topic, or is there twice or out of order, when the worker used more and more
memory after each fault had come once, or more than so many percent of a core for each camera (0: however much)."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from bench import cpu_seconds  # noqa: E402
from harness.camera.faults import Faults  # noqa: E402
from harness.camera.footage import H264, numbers_in  # noqa: E402
from harness.camera.rtsp import RtspCamera  # noqa: E402
from harness.values import values_of  # noqa: E402
from harness.waiting import wait_until  # noqa: E402
from harness.worker import Worker  # noqa: E402
from judging import judge  # noqa: E402
from usage import UsageLog  # noqa: E402

FPS, GOP = 15, 30
BIT_RATE = ":bitrate=3000:vbv-maxrate=3000:vbv-bufsize=1500"  # of x264, in kb/s: what cameras send
EACH = 4  # of so many cameras one has the fault
REPORT_EVERY = 30.0
PASSWORD = "p@ss:w/rd#1 %?"
FAULTS = {
    "stalls": {"stall_after": 3 * GOP},
    "closes": {"close_after": 2 * GOP},
    "refuses": {"refuse_connections": True},
    "loses frames": {"drop_frames_every": 7},
    "loses packets": {"drop_every": 97},
    "sends garbage": {"garbage_after": GOP + 7},
    "drips": {"drip_bytes": 1000},
    "asks for a password": {"username": "user", "password": PASSWORD},
    "has another clock": {"clock_off_seconds": 3600.0},
    "has no clock": {"rtcp": False},
    "has a clock that leaps": {"clock_leaps_after": GOP},
    "changes its size": {"other_size_after": GOP + 7},
    "begins within a group": {"starts_in_group": 4, "parameters_in_sdp": False},
}


class Cameras:
    def __init__(self, count):
        footage = H264(frames=2 * GOP, gop=GOP, width=1920, height=1080, fps=FPS, extra=BIT_RATE)
        other = H264(frames=2 * GOP, gop=GOP, width=1280, height=720, fps=FPS, extra=BIT_RATE)
        self.cameras = [RtspCamera(footage, Faults(), fps=FPS, other=other) for _ in range(count)]
        # The first one is found by way of another.
        self.door = RtspCamera(footage, Faults(redirect_to=self.cameras[0].url), fps=FPS)
        self.urls = [self.door.url, *(camera.url for camera in self.cameras[1:])]
        self._bad = []

    def have(self, turn, fault):
        """From now on some of them, by turns, and no others."""
        for camera in self._bad:
            camera.faults = Faults()
            camera.drop_connections()
        self._bad = self.cameras[turn % EACH :: EACH]
        for camera in self._bad:
            camera.faults = Faults(**fault)
            camera.drop_connections()

    def close(self):
        for camera in (self.door, *self.cameras):
            camera.close()


def missed(camera, numbers):
    """What is wrong with the numbers of the frames that a topic has of a camera."""
    wrong = [f"{b} behind {a}" for a, b in zip(numbers, numbers[1:], strict=False) if b <= a]
    has, missing = set(numbers), []
    for sent in camera.sent:
        keys = [number for number, whole in sent if whole and number % GOP == 0]
        # A frame is known to be whole when the next one begins, so the last one may not have arrived.
        arrived = [number for number, whole in sent[:-1] if whole and keys and number >= keys[0]]
        # When a connector is made its camera is looked at, before anything is stored.
        if arrived and arrived[-1] >= numbers[0]:
            missing += [number for number in arrived if number not in has and numbers[0] <= number <= numbers[-1]]
    return {"wrong": wrong[:5], "missing": missing[:5], "missed": len(missing)}


class Soak:
    def __init__(self, folder, minutes, count, most_cpu):
        self.folder, self.seconds, self.most_cpu = folder, minutes * 60, most_cpu
        self.cameras = Cameras(count)
        self.worker = Worker(folder, {"offset.flush.interval.ms": "500"})

    def close(self):
        self.worker.kill()
        self.cameras.close()

    def begin(self):
        self.worker.start()
        for number, url in enumerate(self.cameras.urls):
            source = {"connector.class": "CameraSource", "topic": f"camera-{number}", "url": url, "timeout.ms": "10000"}
            source |= {"reconnect.backoff.ms": "50", "reconnect.backoff.max.ms": "500"}
            self.worker.rest.run(f"camera-{number}", source | {"username": "user", "password": PASSWORD})
        self.wait_running()

    def metrics(self, number):
        return self.worker.rest.task_metrics(f"camera-{number}")

    def wait_running(self):
        for number in range(len(self.cameras.urls)):
            wait_until(f"camera {number} runs", lambda number=number: self.metrics(number).get("state") == "running")

    def run(self):
        self.begin()
        usage = UsageLog(self.worker)
        turn_seconds = min(20.0, self.seconds / len(FAULTS))
        # Memory is what the worst has taken, so each fault comes once before growth is looked for.
        settled = turn_seconds * len(FAULTS)
        self.judges_memory = settled < self.seconds / 2
        began, cpu = time.monotonic(), cpu_seconds(self.worker.process.pid)
        shown, turn = began, -1
        while (passed := time.monotonic() - began) < self.seconds:
            if turn != int(passed / turn_seconds):
                turn = int(passed / turn_seconds)
                self.cameras.have(turn, list(FAULTS.values())[turn % len(FAULTS)])
            if passed < settled:
                usage.begin_again()
            usage.look()
            if time.monotonic() > shown + REPORT_EVERY:
                shown = time.monotonic()
                share = (cpu_seconds(self.worker.process.pid) - cpu) / passed
                print(f"{passed:6.0f} s  {usage.line()}  {share * 100:.1f} % of a core", flush=True)
            time.sleep(0.5)  # decides nothing: between two looks
        cpu = (cpu_seconds(self.worker.process.pid) - cpu) / (time.monotonic() - began)
        return self.end(usage, cpu * 100 / len(self.cameras.urls))

    def end(self, usage, cpu):
        self.cameras.have(0, {})
        self.wait_running()
        reconnects = sum(self.metrics(number)["reconnects"] for number in range(len(self.cameras.urls)))
        result = {"cameras": len(self.cameras.urls), "percent of a core for each": round(cpu, 2)}
        bad, frames = {}, 0
        for number, camera in enumerate(self.cameras.cameras):
            self.worker.rest.call("PUT", f"/connectors/camera-{number}/stop")
            status = lambda number=number: self.worker.rest.status(f"camera-{number}")["connector"]["state"]  # noqa: E731
            wait_until(f"camera {number} is stopped", lambda status=status: status() == "STOPPED")
            file = self.folder / f"values-{number}"
            numbers = numbers_in(values_of(self.worker, f"camera-{number}", f"values-{number}", file))
            file.unlink()
            frames += len(numbers)
            found = missed(camera, numbers)
            if found["wrong"] or found["missing"]:
                bad[number] = found
        result |= {"frames": frames, "reconnects": reconnects, "bad": bad, "used": usage.summary()}
        result["ended with"] = self.worker.stop()
        result["good"] = frames > 0 and not (
            bad
            or result["ended with"]
            or (self.judges_memory and usage.grows())
            or 0 < self.most_cpu < result["percent of a core for each"]
        )
        return result


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("minutes", nargs="?", type=float, default=10)
    arguments.add_argument("--cameras", type=int, default=20)
    arguments.add_argument("--most-cpu", type=float, default=1.0)
    options = arguments.parse_args()
    return judge("cameras", lambda folder: Soak(folder, options.minutes, options.cameras, options.most_cpu))


if __name__ == "__main__":
    sys.exit(main())
