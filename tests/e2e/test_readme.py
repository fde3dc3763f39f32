"""What README.md says of limits and addresses is what the program does. Its promises of time are test_promises.py's."""

import re
import socket
import subprocess
from pathlib import Path

from harness.worker import BINARY, ROOT, clean_environment

README = " ".join((ROOT / "README.md").read_text().split())


def defaults():
    """key → default, as the program's help says them."""
    said = subprocess.run(
        [BINARY, "--help"], check=True, capture_output=True, text=True, timeout=60, env=clean_environment()
    )
    return dict(re.findall(r"^  ([a-z.]+) \((.*)\)$", said.stdout, re.MULTILINE))


def number(pattern):
    found = re.search(pattern, README)
    assert found, f"README.md no longer says {pattern}"
    return int(found.group(1))


def test_the_limits_of_a_topic_are_the_defaults():
    keys = defaults()
    assert number(r"keeps (\d+) GiB \(`log\.retention\.bytes`\)") << 30 == int(keys["log.retention.bytes"])
    assert number(r"and (\d+) days \(`log\.retention\.ms`\)") * 86_400_000 == int(keys["log.retention.ms"])
    assert number(r"less than (\d+) MiB are free") << 20 == int(keys["log.free.space.floor.bytes"])
    assert number(r"`message\.max\.bytes` \((\d+) MB\)") << 20 == int(keys["message.max.bytes"])
    assert keys["log.total.bytes"] == "0" and "half of the free space" in README


def listening(pid):
    """The addresses at which a process listens, from /proc."""
    inodes = {
        found.group(1)
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if (found := re.match(r"socket:\[(\d+)\]", str(link.readlink() if link.is_symlink() else "")))
    }
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                host, port = fields[1].split(":")
                packed = b"".join(bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8))
                family = socket.AF_INET if table == "tcp" else socket.AF_INET6
                addresses.add((socket.inet_ntop(family, packed), int(port, 16)))
    return addresses


def test_nothing_is_reached_from_another_machine_until_it_is_said(worker, new_sink):
    assert (
        "page at 127.0.0.1:8083 (`listeners`" in README
        and "stream at 127.0.0.1:5000 (`http.host` and `http.port`" in README
    )
    assert defaults()["listeners"] == "http://127.0.0.1:8083"
    described = worker.rest.answer("GET", "/connector-plugins/MjpegHttpSink/config")
    ports = {field["name"]: field["default_value"] for field in described}
    assert (ports["http.host"], ports["http.port"]) == ("127.0.0.1", "5000")

    sink = new_sink("frames")
    assert "http.host" not in sink.config
    worker.rest.run("browser", sink.config)
    assert listening(worker.pid) == {("127.0.0.1", worker.port), ("127.0.0.1", sink.port)}
