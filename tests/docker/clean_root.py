"""A folder with a clean Debian in it, and programs that run there: what `docker build` does with namespaces. Needs root."""

import ctypes
import os
import shutil
import signal
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SUITES = {"12": "bookworm", "13": "trixie"}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class CleanRoot:
    def __init__(self, folder):
        self.folder = Path(folder)

    @classmethod
    def of_debian(cls, release, folder):
        """debian:RELEASE, and how this host reaches its package registries."""
        subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", SUITES[release], str(folder)],
            check=True,
            timeout=1200,
        )
        subprocess.run([REPOSITORY / "tests/fresh/host-settings", folder], check=True, timeout=60)
        return cls(folder)

    def path(self, inside):
        return self.folder / str(inside).lstrip("/")

    def command(self, words, user="root", folder="/", environment=None, network_of_its_own=False):
        """The words that run `words` in here: with a /proc, /sys and /dev and process numbers of its own."""
        enter = (
            'mount --rbind /sys "$0/sys" && mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && '
            'cd / && exec "$@"'
        )
        variables = {"PATH": PATH, "HOME": self.home_of(user)} | (environment or {})
        inside = [
            "env",
            "--ignore-environment",
            *[f"{key}={value}" for key, value in variables.items()],
            "/bin/sh",
            "-c",
            'cd "$0" && exec "$@"',
            str(folder),
            *words,
        ]
        return [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--fork",
            "--kill-child",
            *(["--net"] if network_of_its_own else []),
            "/bin/sh",
            "-c",
            enter,
            str(self.folder),
            "chroot",
            f"--userspec={user}",
            str(self.folder),
            *inside,
        ]

    def home_of(self, user):
        for line in self.path("/etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if fields[0] == user:
                return fields[5]
        raise AssertionError(f"there is no user {user} in {self.folder}")

    def run(self, words, seconds=1200, **how):
        result = subprocess.run(
            self.command(words, **how),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            preexec_fn=_die_with_parent,
        )
        assert result.returncode == 0, f"{' '.join(words)} failed with {result.returncode}:\n{result.stdout[-8000:]}"
        return result.stdout

    def start(self, words, log, network_of_its_own=True, **how):
        return subprocess.Popen(
            self.command(words, network_of_its_own=network_of_its_own, **how),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,
        )

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def first_child(process):
    """The number of the process that `unshare --fork` runs: process 1 of its namespace."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0]) if children else None


def needs_root():
    assert os.geteuid() == 0, "a clean root needs root: run ./dev test as root or with sudo"
