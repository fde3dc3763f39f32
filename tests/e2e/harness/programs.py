"""Programs of other people that are started to read what the sink serves."""

import os
import subprocess


def without_root():
    """For a child before it begins: VLC refuses to run as root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def hashed_by_ffmpeg(url, *reader, log="warning", most=None):
    """Of each picture (`most` of them) that ffmpeg reads at `url` a row of its framehash; and what it says meanwhile."""
    command = ["ffmpeg", "-nostdin", "-v", log, *reader, "-i", url, "-c", "copy"]
    if most is not None:
        command += ["-frames:v", str(most)]
    read = subprocess.run(
        [*command, "-f", "framehash", "-hash", "md5", "-"], capture_output=True, text=True, timeout=60, check=True
    )
    return [line.split(",") for line in read.stdout.splitlines() if not line.startswith("#")], read.stderr


def saved_by_vlc(url, folder, mux):
    """The file that VLC makes of the video it reads at `url`, below `folder`, a pytest tmp_path."""
    home = folder / "home"
    home.mkdir(mode=0o777)
    for each in (home, *list(folder.parents)[:2], folder):
        each.chmod(each.stat().st_mode | 0o005 | (0o002 if each == home else 0))
    saved = home / f"seen.{mux}"
    subprocess.run(
        [
            "vlc",
            "-I",
            "dummy",
            "-q",
            "--no-audio",
            url,
            "--sout",
            f"#standard{{access=file,mux={mux},dst={saved}}}",
            "vlc://quit",
        ],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        preexec_fn=without_root,
        timeout=120,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return saved
