"""What is in the packages of this build."""

import json
import re
import subprocess

from clean_root import REPOSITORY
from debs import output_of, pack
from harness.worker import BUILD

PLUGINS = "/usr/lib/framespool/plugins/"


def test_two_packings_of_a_build_are_equal(debs, tmp_path):
    again = pack(tmp_path)
    assert debs.keys() == again.keys() == {"framespool", "framespool-dev"}
    for name, deb in debs.items():
        assert deb.file.name == again[name].file.name
        assert deb.file.read_bytes() == again[name].file.read_bytes(), f"two packings of {deb.file.name} differ"


def test_everything_in_them_is_roots_and_of_the_time_of_the_commit(debs):
    for deb in debs.values():
        entries = list(deb.entries())
        assert {entry.owner for entry in entries} == {"root/root"}
        assert len({entry.time for entry in entries}) == 1, {entry.time for entry in entries}
        assert not [entry for entry in entries if "w" in entry.mode[4:] and entry.mode[0] != "l"]


def test_the_version_is_the_projects(debs):
    project = re.search(r"project\(framespool VERSION (\S+)", (REPOSITORY / "CMakeLists.txt").read_text())[1]
    for deb in debs.values():
        assert re.fullmatch(re.escape(project) + r"-1(~deb\d+)?", deb.field("Version"))
    assert f"## {project}" in (REPOSITORY / "CHANGELOG.md").read_text()
    assert json.loads((REPOSITORY / "admin-ui/package.json").read_text())["version"] == project
    assert f"\n  version: {project}\n" in (REPOSITORY / "schemas/openapi.yaml").read_text()


def test_has_every_connector_of_the_build_with_its_manifest_and_no_template(debs):
    built = {file.name for file in (BUILD / "plugins").iterdir()}
    packed = {path.removeprefix(PLUGINS) for path in debs["framespool"].paths() if path.startswith(PLUGINS)}
    assert packed == built
    libraries = {name.removesuffix(".so") for name in packed if name.endswith(".so")}
    assert len(libraries) >= 7
    assert {f"{name}.manifest.json" for name in libraries} <= packed


def test_has_what_an_operator_needs(debs):
    paths = debs["framespool"].paths()
    assert {
        "/usr/bin/framespool",
        "/usr/bin/framespool-manifest",
        "/usr/libexec/framespool-keeper",
        "/usr/share/framespool/ui/index.html",
        "/usr/share/framespool/sample.mp4",
        "/usr/share/man/man1/framespool.1.gz",
        "/usr/share/man/man1/framespool-manifest.1.gz",
        "/usr/share/bash-completion/completions/framespool",
        "/usr/lib/systemd/system/framespool.service",
        "/etc/framespool/worker.properties",
        "/usr/share/doc/framespool/changelog.gz",
        "/usr/share/doc/framespool/copyright",
        "/usr/share/doc/framespool/README.md",
    } <= paths
    assert not [path for path in paths if path.startswith("/usr/include/") or "test" in path.rsplit("/", 1)[1]]


def test_its_properties_are_a_configuration_file(debs, tmp_path):
    control = debs["framespool"].unpacked(tmp_path / "tree") / "DEBIAN"
    assert (control / "conffiles").read_text() == "/etc/framespool/worker.properties\n"


def test_depends_on_what_its_programs_were_linked_to(debs):
    linked = output_of(REPOSITORY / "docker/runtime-packages", BUILD / "bin" / "framespool", BUILD / "plugins").split()
    depends = {dependency.split()[0] for dependency in debs["framespool"].field("Depends").split(", ")}
    for package in linked:
        provides = output_of("dpkg-query", "--show", "--showformat=${Provides}", package).split(", ")
        assert {package, *(name.split()[0] for name in provides if name)} & depends, package
    assert debs["framespool-dev"].field("Architecture") == "all"


def test_no_program_in_it_knows_where_it_was_built(debs, tmp_path):
    tree = debs["framespool"].unpacked(tmp_path / "tree")
    for file in [*(tree / "usr/bin").iterdir(), *(tree / PLUGINS.lstrip("/")).iterdir()]:
        assert str(REPOSITORY).encode() not in file.read_bytes(), file
        if not file.name.endswith(".json"):
            assert not re.search(r"R(UN)?PATH", output_of("readelf", "--dynamic", file)), file


def test_the_notices_name_what_the_page_is_made_of(debs, tmp_path):
    """Those of the page's packages whose code or pictures its sources import, not its tools."""
    notices = (debs["framespool"].unpacked(tmp_path / "tree") / "usr/share/doc/framespool/copyright").read_text()
    sources = REPOSITORY / "admin-ui/src"
    imports = set()
    for file in sources.rglob("*"):
        if file.suffix in {".ts", ".svelte", ".css"} and not file.name.endswith(".test.ts"):
            imports |= set(re.findall(r"(?:from|import) '((?:@[\w.-]+/)?[\w-]+)[^']*'", file.read_text()))
    assert {"svelte", "uplot", "@lucide/svelte"} <= imports
    for name in imports:
        assert f" {name}: " in notices, f"packaging/copyright says nothing of {name}"


def test_the_manual_names_every_option_and_has_no_mistake(debs, tmp_path):
    manual = debs["framespool"].unpacked(tmp_path / "tree") / "usr/share/man/man1/framespool.1.gz"
    done = subprocess.run(
        ["man", "--warnings", "--local-file", manual], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    options = set(re.findall(r"--[a-z]+", output_of(BUILD / "bin" / "framespool", "--help").split("Keys of")[0]))
    assert options and all(option in done.stdout for option in options)


def test_bash_completes_commands_options_and_files(tmp_path):
    (tmp_path / "worker.properties").touch()
    (tmp_path / "video.mp4").touch()

    def completed(*words):
        script = (
            f"source {REPOSITORY}/packaging/framespool.bash; compopt() {{ :; }}; "
            'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _framespool; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        return set(output_of("bash", "-c", script, "bash", "framespool", *words, cwd=tmp_path).split())

    assert completed("w") == {"worker"}
    assert completed("topic", "") == {"ls", "cat", "export", "import", "verify", "compact"}
    assert completed("s") == {"store"} and completed("store", "") == {"move"}
    assert completed("user", "") == {"ls", "add", "remove"}
    assert completed("user", "add", "users", "ann", "") == {"viewer", "operator", "admin"}
    assert completed("topic", "cat", "data", "frames", "--r") == {"--records", "--raw"}
    assert completed("backup", "--") == {"--copy"}
    assert completed("--") == {"--help", "--version"}
    assert completed("worker", "--s") == {"--safe"}
    assert completed("worker", "") == completed("lint", "") == {"worker.properties"}
    (tmp_path / "data").mkdir()
    assert completed("restore", "") == {"data"}
