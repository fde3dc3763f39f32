"""Carries out the steps of a Dockerfile as `docker build` does, with folders for images: the runner of the tests has no
Docker. Each stage becomes a CleanRoot, and the last one is the image."""

import fnmatch
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from clean_root import REPOSITORY, CleanRoot
from dockerfile import exec_form, stages_of


@dataclass
class Image:
    root: CleanRoot
    user: str = "root"
    folder: str = "/"
    environment: dict = field(default_factory=dict)
    entrypoint: list = field(default_factory=list)
    cmd: list = field(default_factory=list)
    ports: list = field(default_factory=list)
    volumes: list = field(default_factory=list)

    def start(self, log):
        """As `docker run` without arguments does."""
        return self.root.start(
            self.entrypoint + self.cmd, log, user=self.user, folder=self.folder, environment=self.environment
        )


class BuiltStage:
    """A build stage whose result is there already: this checkout stands for its folder."""

    def __init__(self, folder):
        self._folder = PurePosixPath(folder)

    def path(self, inside):
        return REPOSITORY / PurePosixPath(inside).relative_to(self._folder)

    def run(self, command):
        if command.startswith("./dev build "):
            return  # what ./dev test did before it came here
        subprocess.run(["/bin/sh", "-c", command], cwd=REPOSITORY, check=True, timeout=300)


def _ignored_by(patterns):
    def ignore(folder, names):
        inside = Path(folder).relative_to(REPOSITORY)
        return [
            name
            for name in names
            if any(
                fnmatch.fnmatch(str(inside / name), pattern.removeprefix("**/"))
                or pattern.startswith("**/")
                and fnmatch.fnmatch(name, pattern[3:])
                for pattern in patterns
            )
        ]

    return ignore


def _context_ignore():
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    return _ignored_by([line for line in lines if line and not line.startswith("#")])


class ImageBuilder:
    """build() makes the folders below `folder`. With `build_stage` the stage "build" is carried out as well, compiler and
    all; without it this checkout's build/release is taken for it."""

    def __init__(self, folder, debian, build_stage):
        self._folder = Path(folder)
        self._text = (REPOSITORY / "docker/Dockerfile").read_text()
        self._debian = debian
        self._build_stage = build_stage
        self._done = {}

    def build(self):
        image = None
        for stage in stages_of(self._text, DEBIAN=self._debian):
            if stage.name == "build" and not self._build_stage:
                image = self._take(stage)
            else:
                image = self._carry_out(stage)
            self._done[stage.name] = image.root
        return image

    def _take(self, stage):
        folder = next(i.text for i in stage.instructions if i.name == "WORKDIR")
        built = BuiltStage(folder)
        for instruction in stage.instructions:
            assert instruction.name in ("COPY", "WORKDIR", "RUN"), f"the stage build has {instruction}"
            if instruction.name == "RUN":
                built.run(instruction.text)
        return Image(built)

    def _carry_out(self, stage):
        kind, release = stage.base.removesuffix("-slim").split(":")
        assert kind == "debian", f"only debian:NUMBER can be made here, not {stage.base}"
        image = Image(CleanRoot.of_debian(release, self._folder / stage.name))
        for instruction in stage.instructions:
            getattr(self, "_" + instruction.name.lower())(image, instruction.text)
        return image

    @staticmethod
    def _run(image, text):
        image.root.run(
            ["/bin/sh", "-c", text],
            seconds=7200,
            user=image.user,
            folder=image.folder,
            environment={"DEBIAN_FRONTEND": "noninteractive"} | image.environment,
        )

    def _copy(self, image, text):
        words = shlex.split(text)
        source_root, ignore = None, _context_ignore()
        if words[0].startswith("--"):
            option, _, stage = words.pop(0).partition("=")
            assert option == "--from", f"COPY's option {option} is not known here"
            source_root, ignore = self._done[stage], None
        *sources, target = words
        into_folder = target.endswith("/") or len(sources) > 1
        for source in sources:
            origin = source_root.path(source) if source_root else REPOSITORY / source
            destination = image.root.path(PurePosixPath(image.folder) / target)
            if origin.is_dir():
                shutil.copytree(origin, destination, symlinks=True, dirs_exist_ok=True, ignore=ignore)
            else:
                if into_folder:
                    destination = destination / origin.name
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(origin, destination)

    @staticmethod
    def _workdir(image, text):
        image.folder = text
        image.root.path(text).mkdir(parents=True, exist_ok=True)

    @staticmethod
    def _user(image, text):
        image.user = text

    @staticmethod
    def _env(image, text):
        image.environment |= dict(word.split("=", 1) for word in shlex.split(text))

    @staticmethod
    def _volume(image, text):
        image.volumes += shlex.split(text)

    @staticmethod
    def _expose(image, text):
        image.ports += [int(port) for port in text.split()]

    @staticmethod
    def _entrypoint(image, text):
        image.entrypoint = exec_form(text)

    @staticmethod
    def _cmd(image, text):
        image.cmd = exec_form(text)
