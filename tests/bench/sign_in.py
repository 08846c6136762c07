"""How many people a core lets in: `python -m tests.bench.sign_in` prints JSON.

A sign-in is nearly all argon2id, on purpose; what else it costs is two statements and a session.
Measured is the processor's time of comparing one password, so that a busy machine tells no less.
"""

import json
from time import process_time

from service.people import hash_password
from service.people.passwords import HASHER, fits

ROUNDS = 20
PASSWORD = "lamp river tired button"
TARGET = 5  # a second, on one core


def sign_in_per_s(rounds: int = ROUNDS) -> float:
    """Return how many passwords one core compares in a second."""
    stored = hash_password(PASSWORD)
    began = process_time()
    for _ in range(rounds):
        assert fits(PASSWORD, stored)
    return rounds / (process_time() - began)


if __name__ == "__main__":
    found = sign_in_per_s()
    said = {
        "sign_in_per_s": round(found, 1),
        "target": TARGET,
        "argon2id": {
            "memory_kib": HASHER.memory_cost,
            "passes": HASHER.time_cost,
            "lanes": HASHER.parallelism,
        },
    }
    print(json.dumps(said))
    raise SystemExit(found < TARGET)
