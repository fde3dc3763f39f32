"""What a fake camera sends while it is being drawn and encoded: H.264 of pictures with a clock's bar."""

import contextlib
import subprocess
import threading
import time

from harness import clock_bar
from harness.camera.footage import AS_CAMERAS_DO, H264
from harness.worker import die_with_parent

_SEQUENCE_HEADER = 0


class LiveH264:
    """As footage.py has it, but that a unit may still be to come, and then is waited for. `drawn` has the bar's value of
    each frame."""

    name = H264.name
    kind = staticmethod(H264.kind)
    is_key = H264.is_key

    def __init__(self, width=1280, height=720, fps=30):
        self.drawn = []
        self._width, self._height, self._fps = width, height, fps
        self._units = []
        self._parameters = []
        self._changed = threading.Condition()
        self._closed = False
        self._encoder = subprocess.Popen(
            [
                *("ffmpeg", "-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p"),
                *("-s", f"{width}x{height}", "-r", str(fps), "-i", "pipe:0"),
                *AS_CAMERAS_DO,
                *("-g", str(fps), "-sc_threshold", "0"),
                # Of its tags each says how long it is, so a unit is known to be whole without the next one.
                *("-f", "flv", "-flush_packets", "1", "pipe:1"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )

    def begin(self, begun):
        """Frame 0 is drawn at `begun`, on the clock of time.time()."""
        for work in (lambda: self._draw(begun), self._take):
            threading.Thread(target=work, daemon=True).start()

    def close(self):
        self._closed = True
        self._encoder.kill()
        self._encoder.wait()

    @property
    def parameters(self):
        with self._changed:
            self._changed.wait_for(lambda: self._parameters, 60)
            return self._parameters

    def unit(self, number):
        with self._changed:
            if not self._changed.wait_for(lambda: number < len(self._units), 60):
                raise OSError("the encoder gives nothing")
            return self._units[number]

    def _draw(self, begun):
        shades = bytes(range(64, 192))
        rest = shades * (self._width * (self._height - clock_bar.CELL) // len(shades))
        colours = b"\x80" * (self._width * self._height // 2)
        beside = b"\x80" * (self._width - clock_bar.WIDTH)
        with contextlib.suppress(OSError):
            while not self._closed:
                due = begun + len(self.drawn) / self._fps
                time.sleep(max(due - time.time(), 0))  # decides nothing: a camera at work
                value = clock_bar.value_of(time.time())
                self.drawn.append(value)
                bar = (clock_bar.row(value) + beside) * clock_bar.CELL
                self._encoder.stdin.write(bar + rest + colours)
                self._encoder.stdin.flush()

    def _take(self):
        read = self._encoder.stdout.read
        read(9 + 4)  # FLV's header, and the size of the tag before the first
        while len(head := read(11)) == 11:
            body = read(int.from_bytes(head[1:4], "big"))
            read(4)
            if head[0] != 9 or len(body) < 5:
                continue
            with self._changed:
                if body[1] == _SEQUENCE_HEADER:
                    self._parameters = _parameters_of(body[5:])
                elif nals := _nals(body[5:]):
                    key = self.is_key(nals)
                    self._units.append([*self._parameters, *nals] if key else nals)
                self._changed.notify_all()


def _parameters_of(record):
    """SPS and PPS of an AVCDecoderConfigurationRecord."""
    found, at = [], 5
    for mask in (0x1F, 0xFF):
        count, at = record[at] & mask, at + 1
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            found.append(record[at + 2 : at + 2 + size])
            at += 2 + size
    return found


def _nals(sample):
    nals, at = [], 0
    while at + 4 < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        nals.append(sample[at + 4 : at + 4 + size])
        at += 4 + size
    return nals
