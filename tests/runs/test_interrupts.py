"""Interrupts that come while a run is tidying up."""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from rnnoise_py.cli import _interrupter
from rnnoise_py.runs.interrupts import undisturbed


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, whatever ran before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    """Everything in it is done, then it is heard; and the next one is heard at once again."""
    done = []

    def tidy_up() -> None:
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("all")

    with pytest.raises(KeyboardInterrupt):
        tidy_up()
    assert done == ["all"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_does_not_hide_the_error_that_came_first() -> None:
    """While an exception is on its way, another interrupt is dropped."""

    def fail() -> None:
        try:
            raise ValueError("first")
        finally:
            with undisturbed():
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(ValueError, match="first"):
        fail()


def test_an_error_in_the_block_is_passed_on() -> None:
    """And the handlers are as before."""

    def fail() -> None:
        with undisturbed():
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ignored_signals_stay_ignored() -> None:
    """As under nohup."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with undisturbed():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_other_threads_change_nothing() -> None:
    """Only the main thread is ever interrupted."""
    entered = []

    def work() -> None:
        with undisturbed():
            entered.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [signal.default_int_handler]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_what_c_calls_is_not_lost(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As LLVM does for each kernel: an exception would be printed there and forgotten. It comes a moment later."""
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    before = signal.signal(number, _interrupter())

    def _raw_object_cache_notify() -> None:
        signal.raise_signal(number)
        said.append("kept")

    def call() -> None:
        ctypes.CFUNCTYPE(None)(_raw_object_cache_notify)()
        said.append("called")
        time.sleep(10)

    try:
        with pytest.raises(KeyboardInterrupt):
            call()
    finally:
        signal.signal(number, before)
    assert said == ["kept", "called"]
    assert capfd.readouterr().err == ""
