"""How each soak ends: with what came of it as JSON, and with 1 when that was not good."""

import json
import sys
import tempfile
from pathlib import Path


def judge(name, make):
    """`make` is given a folder of its own, and makes what has worker, run() and close(). What run() returns says whether
    it was good."""
    with tempfile.TemporaryDirectory(prefix=f"framespool-{name}-") as folder:
        soak = make(Path(folder))
        try:
            result = soak.run()
        except BaseException:
            print(soak.worker.log()[-4000:], file=sys.stderr)
            raise
        finally:
            soak.close()
    print(json.dumps(result, indent=2))
    return 0 if result["good"] else 1
