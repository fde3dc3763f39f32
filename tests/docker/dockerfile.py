"""Reads a Dockerfile. What it does not know is an error, so that no step is passed over in silence."""

import json
import re
from dataclasses import dataclass, field

KNOWN = {"ARG", "FROM", "RUN", "COPY", "WORKDIR", "USER", "ENV", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}


@dataclass(frozen=True)
class Instruction:
    name: str
    text: str


@dataclass
class Stage:
    """FROM and what follows it."""

    base: str
    name: str
    instructions: list = field(default_factory=list)


def logical_lines(text):
    """Lines with their continuations; comments and empty lines are left out, also between continuations."""
    pending = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        yield (pending + line).strip()
        pending = ""
    assert not pending, f"the Dockerfile ends within an instruction: {pending}"


def substituted(text, arguments):
    return re.sub(r"\$\{(\w+)\}", lambda match: arguments[match.group(1)], text)


def stages_of(text, **given):
    """The stages of a Dockerfile; `given` are its build arguments, as --build-arg gives them."""
    arguments, stages = {}, []
    for line in logical_lines(text):
        name, _, rest = line.partition(" ")
        name, rest = name.upper(), rest.strip()
        assert name in KNOWN, f"tests/docker does not know the instruction {name}: {line}"
        if name == "ARG":
            assert not stages, f"only an ARG before the first FROM is known here: {line}"
            argument, _, default = rest.partition("=")
            arguments[argument] = given.get(argument, default)
        elif name == "FROM":
            base, _, stage_name = re.fullmatch(r"(\S+)( +AS +(\S+))?", rest, re.IGNORECASE).groups()
            stages.append(Stage(substituted(base, arguments), stage_name or str(len(stages))))
        else:
            assert stages, f"{name} stands before the first FROM"
            stages[-1].instructions.append(Instruction(name, rest))
    unknown = given.keys() - arguments.keys()
    assert not unknown, f"the Dockerfile has no ARG {unknown}"
    return stages


def exec_form(text):
    """The words of ENTRYPOINT and CMD."""
    words = json.loads(text)
    assert all(isinstance(word, str) for word in words), text
    return words
