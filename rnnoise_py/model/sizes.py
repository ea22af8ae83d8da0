"""Layer sizes that a model may be trained with: by a name, or neuron by neuron."""

from functools import lru_cache
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.model.topology import LAYERS, LayerSpec, network
from rnnoise_py.spec.constants import DENOISE_GRU_SIZE, INPUT_DENSE_SIZE, MAX_NEURONS, NOISE_GRU_SIZE, VAD_GRU_SIZE

STANDARD: Final = "standard"
#: neurons of the dense layer and of the GRUs for VAD, noise and gains
SIZES: Final = {
    "tiny": (16, 12, 16, 48),
    STANDARD: (INPUT_DENSE_SIZE, VAD_GRU_SIZE, NOISE_GRU_SIZE, DENOISE_GRU_SIZE),
    "large": (32, 24, 62, 128),
}
NEEDED: Final = f"{', '.join(SIZES)}, or four numbers D,V,N,G"
_CHOOSABLE: Final = tuple(spec for spec in LAYERS if not spec.neurons_fixed)


@lru_cache
def layers_of_size(size: str) -> tuple[LayerSpec, ...]:
    """Return the layers of a network.

    Parameters
    ----------
    size
        A name of :data:`SIZES`, or neurons as ``D,V,N,G``: of the dense layer and the GRUs for VAD, noise and gains.

    Raises
    ------
    InputError
        When it is something else, or a layer would have more neurons or inputs than the C library's loader takes.
    """
    neurons = SIZES.get(size) or _numbers(size)
    named = {spec.name: count for spec, count in zip(_CHOOSABLE, neurons, strict=True)}
    layers = network({spec.name: named.get(spec.name, spec.neurons) for spec in LAYERS})
    for spec in layers:
        for what, count in (("neurons", spec.neurons), ("inputs", spec.inputs)):
            if not 1 <= count <= MAX_NEURONS:
                raise InputError(
                    f"size {size}: {spec.name} would have {count} {what}, the C library takes 1 … {MAX_NEURONS}"
                )
    return layers


def _numbers(size: str) -> tuple[int, ...]:
    words = [word.strip() for word in size.split(",")]
    if len(words) != len(_CHOOSABLE) or not all(word.isascii() and word.isdigit() and len(word) < 9 for word in words):
        raise InputError(f"size {size!r}: needed is {NEEDED}")
    return tuple(map(int, words))
