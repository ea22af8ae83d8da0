"""A small LADSPA host: enough to run the plugin as hosts do."""

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]

CONTROL_NAMES = ("VAD Threshold (%)", "VAD Grace Period (ms)", "Retroactive VAD Grace (ms)", "Dry Mix (%)", "latency")


class Range(ctypes.Structure):
    """Hints of a port."""

    _fields_ = (("hints", ctypes.c_int), ("lower", ctypes.c_float), ("upper", ctypes.c_float))


class Descriptor(ctypes.Structure):
    """LADSPA_Descriptor."""

    _fields_ = (
        ("id", ctypes.c_ulong),
        ("label", ctypes.c_char_p),
        ("properties", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("maker", ctypes.c_char_p),
        ("copyright", ctypes.c_char_p),
        ("port_count", ctypes.c_ulong),
        ("port_kinds", ctypes.POINTER(ctypes.c_int)),
        ("port_names", ctypes.POINTER(ctypes.c_char_p)),
        ("port_ranges", ctypes.POINTER(Range)),
        ("data", ctypes.c_void_p),
        ("instantiate", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)),
        ("connect_port", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)),
        ("activate", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("run", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ulong)),
        ("run_adding", ctypes.c_void_p),
        ("set_run_adding_gain", ctypes.c_void_p),
        ("deactivate", ctypes.c_void_p),
        ("cleanup", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    )


class Plugin:
    """One plugin of a file, by its label."""

    def __init__(self, path: Path, label: str) -> None:
        self._dll = ctypes.CDLL(str(path))
        self._dll.ladspa_descriptor.restype = ctypes.POINTER(Descriptor)
        self.labels: list[str] = []
        while pointer := self._dll.ladspa_descriptor(ctypes.c_ulong(len(self.labels))):
            self.labels.append(pointer.contents.label.decode())
            if self.labels[-1] == label:
                self._pointer, self.descriptor = pointer, pointer.contents
        count = self.descriptor.port_count
        self.names = [self.descriptor.port_names[i].decode() for i in range(count)]

    def instantiate(self, rate: int) -> int | None:
        """Make an instance."""
        handle: int | None = self.descriptor.instantiate(ctypes.cast(self._pointer, ctypes.c_void_p), rate)
        return handle

    def run(
        self, channels: list[Float32], block: int, controls: dict[str, float] | None = None, *, in_place: bool = False
    ) -> tuple[list[Float32], float]:
        """Run whole signals in blocks, as long as they are; return the outputs and the latency port."""
        handle: Any = self.instantiate(48_000)
        assert handle
        values = {name: ctypes.c_float((controls or {}).get(name, self.default(name))) for name in CONTROL_NAMES}
        for name, value in values.items():
            self.descriptor.connect_port(handle, self.names.index(name), ctypes.addressof(value))
        self.descriptor.activate(handle)
        sources = [np.array(channel, np.float32) for channel in channels]
        outs = sources if in_place else [np.zeros_like(channel) for channel in sources]
        for start in range(0, len(sources[0]), block):
            count = min(block, len(sources[0]) - start)
            for c, (source, out) in enumerate(zip(sources, outs, strict=True)):
                self.descriptor.connect_port(handle, c, source.ctypes.data + 4 * start)
                self.descriptor.connect_port(handle, len(sources) + c, out.ctypes.data + 4 * start)
            self.descriptor.run(handle, count)
        self.descriptor.cleanup(handle)
        return outs, values["latency"].value

    def default(self, name: str) -> float:
        """What a control is when nobody sets it."""
        one = self.descriptor.port_ranges[self.names.index(name)]
        kind = one.hints & 0x3C0
        return 0.75 * one.lower + 0.25 * one.upper if kind == 0x80 else 0.0
