"""Steps taken in order by several threads."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rnnoise_py.rows.turns import Turns


def test_numbers_pass_each_step_in_order() -> None:
    """Whoever comes first waits for the numbers before; two numbers may be at different steps."""
    turns, seen, lock = Turns(), {"a": [], "b": []}, threading.Lock()  # type: ignore[var-annotated]

    def work(number: int) -> None:
        for step in ("a", "b"):
            time.sleep(random.Random(number).random() / 500)
            with turns.at(step, number), lock:
                seen[step].append(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(60)))
    assert seen == {"a": list(range(60)), "b": list(range(60))}


def test_a_failure_reaches_those_after_it_only() -> None:
    """Number 2 fails: 0 and 1 come to their end, 3 does not wait for ever."""
    turns = Turns()
    turns.fail(2)
    for number in (0, 1):
        with turns.at("step", number):
            pass
    with pytest.raises(RuntimeError, match="number 2 failed"), turns.at("step", 3):
        pass
