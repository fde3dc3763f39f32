"""Workers that are killed at moments that nobody chose."""

import random
import time

from harness.waiting import wait_until

SEED = 14


def killed_again_and_again(worker, kills):
    """Kills the worker at random moments and starts it again; it is healthy afterwards."""
    chance = random.Random(SEED)
    for number in range(kills):
        time.sleep(chance.uniform(0.1, 1.0))  # decides nothing: when the kill comes
        worker.kill()
        worker.start(ready=number == kills - 1)
    wait_until("the worker is healthy after the last kill", worker.rest.is_healthy)
