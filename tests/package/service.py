"""framespool.service as its unit says it: systemd does not run in a clean root."""

import shlex

from started import Started

UNIT = "/usr/lib/systemd/system/framespool.service"


def settings_of(root):
    """The settings of the unit; of those that are there twice the last."""
    lines = root.path(UNIT).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


class Service(Started):
    """In the network of this process."""

    def __init__(self, root, log_file):
        unit = settings_of(root)
        super().__init__(
            lambda log: root.start(
                shlex.split(unit["ExecStart"]),
                log,
                network_of_its_own=False,
                user=unit["User"],
                folder=unit["WorkingDirectory"],
            ),
            log_file,
        )
        self.grace = int(unit["TimeoutStopSec"])
