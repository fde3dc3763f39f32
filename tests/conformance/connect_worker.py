"""The original: Kafka Connect 4.3.1 in distributed mode, beside the Kafka that both workers use."""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import requests
from harness.waiting import wait_until
from harness.worker import ROOT, clean_environment, die_with_parent, free_port

LIBRARIES = ROOT / "build" / "connect" / "libs"
HERE = Path(__file__).resolve().parent


def fetch_connect():
    """From Maven Central, once for this pom.xml."""
    LIBRARIES.mkdir(parents=True, exist_ok=True)
    pom, fetched = HERE / "pom.xml", LIBRARIES / ".pom.xml"
    with (LIBRARIES / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if fetched.exists() and fetched.read_text() == pom.read_text():
            return
        for jar in LIBRARIES.glob("*.jar"):
            jar.unlink()
        subprocess.run(
            [
                "mvn",
                "-q",
                "-B",
                "-f",
                pom,
                "dependency:copy-dependencies",
                f"-DoutputDirectory={LIBRARIES}",
                "-DincludeScope=runtime",
            ],
            check=True,
        )
        shutil.copy(pom, fetched)


def compile_java(folder, *classes):
    """Those of this directory, into a new `folder`."""
    fetch_connect()
    folder.mkdir(parents=True)
    subprocess.run(
        [
            "javac",
            "--release",
            "17",
            "-cp",
            f"{LIBRARIES}/*",
            "-d",
            folder,
            *(HERE / f"{name}.java" for name in classes),
        ],
        check=True,
        timeout=300,
    )


def run_java(folder, program, *arguments):
    """What a program that compile_java() has put into `folder` prints."""
    classes = os.pathsep.join([str(folder), f"{LIBRARIES}/*"])
    ran = subprocess.run(
        [
            "java",
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            f"-Dlog4j2.configurationFile=file:{ROOT}/tests/kafka/log4j2.yaml",
            "-cp",
            classes,
            f"framespool.tests.{program}",
            *arguments,
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    return ran.stdout


class KafkaNode:
    """One broker with its data in `folder`, until stop()."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        started = subprocess.run(
            [ROOT / "tests" / "kafka" / "start-kafka.sh", folder],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
        )
        ready = dict(word.split("=", 1) for word in started.stdout.split()[1:])
        self.bootstrap = ready["plain"]
        self._pid = int(ready["pid"])

    def stop(self):
        try:
            os.kill(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class ConnectWorker:
    """A worker process in `folder`; Ctrl-C of the tests ends it too."""

    def __init__(self, folder, bootstrap, **more):
        """`more` are further properties, by their names."""
        folder.mkdir(parents=True, exist_ok=True)
        fetch_connect()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log_file = folder / "connect.log"
        plugins = folder / "plugins" / "file"
        plugins.mkdir(parents=True)
        for jar in LIBRARIES.glob("connect-file-*.jar"):
            shutil.copy(jar, plugins)
        properties = (
            {
                "bootstrap.servers": bootstrap,
                "group.id": "conformance",
                "listeners": self.url,
                "plugin.path": plugins.parent,
                "key.converter": "org.apache.kafka.connect.storage.StringConverter",
                "value.converter": "org.apache.kafka.connect.storage.StringConverter",
                "offset.flush.interval.ms": "500",
                "scheduled.rebalance.max.delay.ms": "0",
            }
            | {f"{kind}.storage.topic": f"connect-{kind}" for kind in ("config", "offset", "status")}
            | {f"{kind}.storage.replication.factor": "1" for kind in ("config", "offset", "status")}
            | {f"{kind}.storage.partitions": "1" for kind in ("offset", "status")}
            | more
        )
        properties_file = folder / "connect.properties"
        properties_file.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        classes = os.pathsep.join(
            str(jar) for jar in LIBRARIES.glob("*.jar") if not jar.name.startswith("connect-file-")
        )
        self.started_at = time.monotonic()
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    "java",
                    "-Xms256M",
                    "-Xmx2G",
                    f"-Dlog4j2.configurationFile=file:{ROOT}/tests/kafka/log4j2.yaml",
                    "-cp",
                    classes,
                    "org.apache.kafka.connect.cli.ConnectDistributed",
                    properties_file,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                preexec_fn=die_with_parent,
            )

    def await_healthy(self, seconds=120):
        """Returns how long the start took, in seconds."""
        wait_until("Kafka Connect is healthy", self._is_healthy, seconds)
        return time.monotonic() - self.started_at

    def _is_healthy(self):
        assert self.process.poll() is None, f"Kafka Connect ended with {self.process.returncode}:\n{self.log()[-4000:]}"
        try:
            return requests.get(self.url + "/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self):
        return self.log_file.read_text(errors="replace")
