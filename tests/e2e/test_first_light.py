"""One command line plays a video through a topic into a viewer: curl alone, as the README says."""

import re
import shlex
import subprocess

import pytest
from harness import footage
from harness.mjpeg import Multipart, boundary_of, digest
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until
from harness.worker import ROOT, clean_environment, free_port


def readme_session():
    """The commands of the README's curl session: the shell block that creates connectors."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    sessions = [block for block in blocks if "/connectors/" in block]
    assert len(sessions) == 1, f"the README should have one curl session, but has {len(sessions)}"
    return [line for line in re.sub(r"\\\n", " ", sessions[0]).splitlines() if line.startswith("curl ")]


def curl(arguments, folder, seconds=60):
    return subprocess.run(
        ["curl", "--silent", "--show-error", *arguments],
        check=True,
        capture_output=True,
        cwd=folder,
        env=clean_environment(),
        timeout=seconds,
    )


def record_stream(url, count, folder):
    """What curl has of a stream once `count` parts are whole: its content type and all whole parts."""
    body, head = folder / "stream.bin", folder / "stream.head"
    # A sink is created before its port listens.
    command = [
        "curl",
        "--silent",
        "--no-buffer",
        "--retry",
        "10",
        "--retry-connrefused",
        "--retry-delay",
        "1",
        "--max-time",
        "60",
        "--dump-header",
        head,
        "--output",
        body,
        url,
    ]
    with subprocess.Popen(command, env=clean_environment()) as recording:

        def content_type():
            return re.search(r"(?im)^content-type: *(.*?)\r?$", head.read_text()) if head.exists() else None

        boundary = boundary_of(wait_until("curl has the stream's headers", content_type).group(1))
        # The delimiter behind a part is there as soon as the part is whole.
        delimiter = f"--{boundary}".encode()
        wait_until(f"curl has {count} parts", lambda: body.exists() and body.read_bytes().count(delimiter) > count)
        recording.terminate()
    return list(Multipart(boundary).feed(body.read_bytes()))


def test_the_curl_session_of_the_readme_plays_a_video(worker, tmp_path):
    video = footage.pattern(frames=90)
    port = free_port()
    commands = readme_session()
    assert len(commands) >= 3, commands
    for command in commands:
        command = command.replace("127.0.0.1:8083", f"127.0.0.1:{worker.port}").replace("5000", str(port))
        command = re.sub(r'"file": *"[^"]*"', f'"file": "{video}"', command)
        arguments = shlex.split(command, comments=True)[1:]
        if arguments[-1] == f"http://127.0.0.1:{port}/":
            parts = record_stream(arguments[-1], 45, tmp_path)
            assert all(headers["content-type"] == "image/jpeg" for headers, _ in parts)
        elif "-OJ" in arguments:
            curl([*arguments, "--fail"], tmp_path)
            assert footage.frame_count(next(tmp_path.glob("*.mp4"))) > 0
        else:
            answer = curl([*arguments, "--fail"], tmp_path).stdout
            assert answer, f"no answer to {command}"


@pytest.mark.parametrize("format_, type_", [("jpeg", "image/jpeg"), ("png", "image/png")])
@pytest.mark.parametrize("material", ["pattern", "natural"])
def test_every_frame_arrives_in_order(worker, new_sink, video_source, tmp_path, material, format_, type_):
    video = footage.pattern(frames=132) if material == "pattern" else footage.natural()
    count = footage.frame_count(video)
    sink = new_sink("frames")
    worker.rest.run("video", video_source(video, "frames", format=format_))
    worker.rest.run("browser", sink.config)

    topic = Topic(sink.url)
    wait_until(f"all {count} frames are in the topic", lambda: topic.has(count - 1))
    records = topic.records()
    assert [record.frame for record in records] == list(range(count))
    assert {record.content_type for record in records} == {type_}
    if material == "natural" and format_ == "png":
        assert max(record.size for record in records) > 1_000_000, "this footage should need more than 1 MB a frame"

    parts = record_stream(sink.url + "?pace=unpaced&from=earliest", count, tmp_path)
    offsets = offsets_by_digest(records)
    assert [offsets[digest(body)] for _, body in parts] == list(range(count))
    assert {headers["content-type"] for headers, _ in parts} == {type_}


def test_a_snapshot_is_the_newest_frame(worker, new_sink, video_source):
    video = footage.pattern(frames=60)
    sink = new_sink("frames")
    worker.rest.run("video", video_source(video, "frames"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(59))

    snapshot = topic._session.get(sink.url + "snapshot", timeout=60)
    assert snapshot.headers["content-type"] == "image/jpeg"
    assert snapshot.content == topic.get(59).content
    older = topic._session.get(sink.url + "snapshot?offset=7", timeout=60)
    assert older.content == topic.get(7).content
