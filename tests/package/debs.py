"""Packages: made by cpack from the build, looked into and changed by dpkg-deb."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.worker import BUILD


def output_of(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, **how)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Entry:
    mode: str
    owner: str
    time: str
    path: str  # absolute; of a link without where it leads


@dataclass(frozen=True)
class Deb:
    file: Path

    @property
    def inside(self):
        """Where a clean root has it."""
        return f"/tmp/{self.file.name}"

    def copy_to(self, root):
        shutil.copy(self.file, root.path(self.inside))

    def field(self, name):
        return output_of("dpkg-deb", "--field", self.file, name).strip()

    def entries(self):
        for line in output_of(
            "dpkg-deb", "--contents", self.file, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}
        ).splitlines():
            mode, owner, _, day, time, path = line.split(maxsplit=5)
            yield Entry(mode, owner, f"{day} {time}", path.split(" -> ")[0].removeprefix("."))

    def paths(self):
        return {entry.path for entry in self.entries() if not entry.path.endswith("/")}

    def unpacked(self, folder):
        """With control files in folder/DEBIAN."""
        output_of("dpkg-deb", "--raw-extract", self.file, folder)
        return folder

    def as_version(self, version, folder):
        """The same package under another version."""
        tree = self.unpacked(folder / version)
        control = tree / "DEBIAN" / "control"
        own = f"Version: {self.field('Version')}\n"
        assert own in control.read_text()
        control.write_text(control.read_text().replace(own, f"Version: {version}\n"))
        file = folder / f"framespool_{version}.deb"
        output_of("dpkg-deb", "--build", tree, file)
        return Deb(file)


def pack(folder):
    output_of("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
    debs = [Deb(file) for file in folder.glob("*.deb")]
    return {deb.field("Package"): deb for deb in debs}
