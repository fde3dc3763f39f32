"""Runs the benches and puts what they compare into one table: run.py [--quick] [NAME…]; run.py --markdown FILE prints the table
of a run's JSON as docs/performance.md has it. The JSON of a run is build/bench.json, or --json FILE.

A bench reports its pairs as lines of JSON (report.h, bench.py) into the file that BENCH_REPORT names. What it prints
besides is shown as it comes."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import table

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FRAMESPOOL_BUILD", ROOT / "build" / "release"))


@dataclass(frozen=True)
class Bench:
    """One that reports pairs."""

    quick: tuple  # its arguments where little is asked for
    needs: dict = None  # programs that it cannot do without, and their Debian packages
    better_with: dict = None  # programs without which it has fewer pairs


_JAVA = {"java": "default-jdk-headless", "mvn": "maven"}
_FFMPEG = {"ffmpeg": "ffmpeg"}
BENCHES = {
    "broker": Bench(("broker-bench", "100")),
    "stream": Bench(("20", "1", "1"), better_with={"vlc": "vlc-bin vlc-plugin-base"}),
    "file_to_topic": Bench(("--quick",), _JAVA | _FFMPEG),
    "viewers": Bench(("--quick",), _JAVA | _FFMPEG),
    "motion": Bench(("--quick",), {"motion": "motion"} | _FFMPEG),
    "latency": Bench(("--quick",), {"chromium": "chromium"} | _FFMPEG, better_with={"motion": "motion"}),
    "kafka": Bench(("50", "1"), _JAVA),
    "connect": Bench(("--quick",), _JAVA | {"wrk": "wrk"}),
    "connect_paths": Bench(("--quick",), _JAVA | {"javac": "default-jdk-headless"}),
    "picture_transforms": Bench(("5",)),
    "chain": Bench(("50000",)),
}


def without(programs):
    """What to say of those that are not there."""
    missing = {name: package for name, package in (programs or {}).items() if shutil.which(name) is None}
    return f"there is no {', no '.join(missing)} (apt-get install {' '.join(missing.values())})" if missing else ""


def built():
    return {each.name.removeprefix("bench_") for each in (BUILD / "bench").glob("bench_*")}


class Run:
    """What came of the benches of one run."""

    def __init__(self, quick):
        self.quick = quick
        self.pairs = []
        self.not_measured = []
        self.failed = False

    def bench(self, name):
        bench = BENCHES.get(name, Bench(()))
        if why := without(bench.needs):
            return self._leave_out(name, why)
        if why := without(bench.better_with):
            self._leave_out(name, f"some of its pairs: {why}")
        with tempfile.TemporaryDirectory(prefix="framespool-bench-run-") as folder:
            lines = Path(folder) / "pairs"
            lines.touch()
            arguments = bench.quick if self.quick else ()
            code = subprocess.run(
                [BUILD / "bench" / f"bench_{name}", *arguments],
                cwd=BUILD,
                stdin=subprocess.DEVNULL,
                env=os.environ | {"BENCH_REPORT": str(lines), "FRAMESPOOL_BUILD": str(BUILD)},
            ).returncode
            pairs = [json.loads(line) | {"bench": f"bench_{name}"} for line in lines.read_text().splitlines()]
        self.pairs += pairs
        if code != 0:
            self.failed = True
            self._leave_out(name, f"it ended with {code}")
        return None

    def _leave_out(self, name, why):
        print(f"    {name}: {why}", flush=True)
        self.not_measured.append({"bench": f"bench_{name}", "why": why})

    def as_json(self):
        return {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "commit": commit(),
            "machine": machine(),
            "quick": self.quick,
            "pairs": self.pairs,
            "not_measured": self.not_measured,
        }


def commit():
    if shutil.which("git") is None:
        return ""
    said = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True)
    return said.stdout.strip() if said.returncode == 0 else ""


def machine():
    models = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "Linux"),
    }


def run(names, quick, file):
    there = built()
    unknown = [name for name in names if name not in there]
    if unknown:
        sys.exit(f"bench: there is no bench {', '.join(unknown)}; there are: {', '.join(sorted(there))}")
    chosen = names or [name for name in BENCHES if name in there]
    this = Run(quick)
    for name in sorted(BENCHES.keys() - there) if not names else ():
        this._leave_out(name, "it is not built")
    began = time.monotonic()
    for number, name in enumerate(chosen, 1):
        print(f"==> bench {name}, {number} of {len(chosen)}, after {time.monotonic() - began:.0f} s", flush=True)
        this.bench(name)
    result = this.as_json()
    file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print()
    print(table.text(result))
    if not names and (others := sorted(there - BENCHES.keys())):
        print(f"Benches that compare nothing run by their names: {', '.join(others)}")
    print(f"{file} has this as JSON")
    return 1 if this.failed else 0


def main():
    options = argparse.ArgumentParser(prog="run.py", description=__doc__)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--quick", action="store_true", help="each as small as it goes: to see that it works")
    options.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json", metavar="FILE")
    options.add_argument(
        "--markdown", type=Path, metavar="FILE", help="print the table of this JSON, and measure nothing"
    )
    given = options.parse_args()
    if given.markdown:
        print(table.markdown(json.loads(given.markdown.read_text())), end="")
        return 0
    return run([name.removeprefix("bench_") for name in given.names], given.quick, given.json)


if __name__ == "__main__":
    sys.exit(main())
