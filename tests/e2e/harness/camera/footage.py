"""What a fake camera sends: access units and pictures that the ffmpeg program encodes, each with its number in it."""

import re
import subprocess
import uuid

_MARK = uuid.UUID("0f6f7261-6d65-7370-6f6f-6c2d63616d65").bytes
START = b"\0\0\0\1"
# How ffmpeg encodes H.264 without a frame that waits for later ones.
AS_CAMERAS_DO = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency")


def _encoded(*arguments):
    run = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", *arguments, "-"], capture_output=True, check=True
    )
    return run.stdout


def _nals(stream):
    """The NAL units of a byte stream."""
    return [nal.rstrip(b"\0") for nal in stream.split(b"\0\0\1")[1:]]


def _escaped(payload):
    """With emulation prevention."""
    out, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


class H264:
    """Access units of one group after the other, again and again; `frames` is a multiple of `gop`."""

    name = "H264"
    parameter_kinds = (7, 8)

    def __init__(self, frames=60, gop=15, width=320, height=192, fps=15, extra=""):
        stream = _encoded(
            "-i",
            f"testsrc2=size={width}x{height}:rate={fps}",
            "-frames:v",
            str(frames),
            *self._codec(gop, extra),
        )
        self._units = self._split(_nals(stream))
        assert len(self._units) == frames, f"{len(self._units)} access units of {frames} frames"
        self.parameters = [nal for nal in self._units[0] if self.kind(nal) in self.parameter_kinds]

    def _codec(self, gop, extra):
        return [
            *AS_CAMERAS_DO,
            *("-pix_fmt", "yuv420p", "-threads", "1"),
            *("-x264-params", f"aud=1:keyint={gop}:min-keyint={gop}:scenecut=0{extra}", "-f", "h264"),
        ]

    @staticmethod
    def kind(nal):
        return nal[0] & 0x1F

    def is_delimiter(self, nal):
        return self.kind(nal) == 9

    def is_key(self, unit):
        return any(self.kind(nal) == 5 for nal in unit)

    def is_picture(self, nal):
        return self.kind(nal) in (1, 5)

    def _split(self, nals):
        units = []
        for nal in nals:
            if self.is_delimiter(nal):
                units.append([])
            units[-1].append(nal)
        return units

    def _number_nal(self, number):
        text = b"frame=%08d" % number
        return b"\x06\x05" + bytes([16 + len(text)]) + _escaped(_MARK + text) + b"\x80"

    def unit(self, number):
        """The NAL units of frame `number`, which an SEI in it says."""
        unit = self._units[number % len(self._units)]
        at = next(i for i, nal in enumerate(unit) if self.is_picture(nal))
        return [*unit[:at], self._number_nal(number), *unit[at:]]

    def value(self, number):
        """As a record holds it: a byte stream, with the parameter sets in front of a key frame."""
        return b"".join(START + nal for nal in self.unit(number))


class H265(H264):
    name = "H265"
    parameter_kinds = (32, 33, 34)

    def _codec(self, gop, extra):
        return [
            *("-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"),
            *(
                "-x265-params",
                f"log-level=none:aud=1:repeat-headers=1:keyint={gop}:min-keyint={gop}:scenecut=0:bframes=0"
                f":pools=1:frame-threads=1{extra}",
            ),
            *("-f", "hevc"),
        ]

    @staticmethod
    def kind(nal):
        return nal[0] >> 1 & 0x3F

    def is_delimiter(self, nal):
        return self.kind(nal) == 35

    def is_key(self, unit):
        return any(16 <= self.kind(nal) <= 23 for nal in unit)

    def is_picture(self, nal):
        return self.kind(nal) < 32

    def _number_nal(self, number):
        text = b"frame=%08d" % number
        return b"\x4e\x01\x05" + bytes([16 + len(text)]) + _escaped(_MARK + text) + b"\x80"


class Jpegs:
    """Pictures, each with its number in a comment."""

    def __init__(self, frames=30, width=320, height=192, fps=15):
        stream = _encoded(
            *("-i", f"testsrc2=size={width}x{height}:rate={fps}", "-frames:v", str(frames)),
            *("-c:v", "mjpeg", "-q:v", "5", "-f", "mjpeg"),
        )
        self._pictures = [b"\xff\xd8" + rest for rest in stream.split(b"\xff\xd8\xff")[1:]]
        assert len(self._pictures) == frames

    def picture(self, number):
        text = b"frame=%08d" % number
        picture = self._pictures[number % len(self._pictures)]
        return picture[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + b"\xff" + picture[2:]


def numbers_in(data):
    """The numbers of the frames in it, in order."""
    return [int(number) for number in re.findall(rb"frame=(\d{8})", data)]
