"""What no model can pass: ``python -m benchmarks.ceiling FOLDER [FOLDER …]``.

The pairs ``ID_noisy`` and ``ID_clean`` of each folder through the synthesis of v0.1 (pitch filter, 22 bands, gains that
fall to six tenths a frame at most) with the gains that training aims at, g = √(E clean / E noisy) up to 1, in every
band, instead of a network's. The synthesis is the slow twin of the tests, so a clip of six seconds takes some seconds.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.judge import QUALITY
from benchmarks.quality import in_order, read_pairs
from rnnoise_py.audio.decode import decode_int16
from rnnoise_py.report.metrics import pesq_wb, si_sdr, stoi
from rnnoise_py.report.opinion import dnsmos, dnsmos_installed
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.naive import WINDOW, F, band_energy, biquad
from tests.naive_denoiser import HIGHPASS, NaiveDenoiser
from tests.naive_features import NaiveFeatures
from tests.naive_fft import spectrum

Int16 = npt.NDArray[np.int16]


class IdealGains:
    """Stands for a network: knows the clean signal."""

    def __init__(self) -> None:
        self.next = np.zeros(22, F)

    def run(self, features: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], np.float32]:
        """Gains of this frame; speech."""
        return self.next, F(1)


def ideal(noisy: Int16, clean: Int16) -> Int16:
    """Denoise with ideal gains, delay compensated: int16 (samples,) at 48 kHz."""
    denoiser = NaiveDenoiser.__new__(NaiveDenoiser)
    gains = IdealGains()
    denoiser.network, denoiser.features = gains, NaiveFeatures()  # type: ignore[assignment]
    denoiser.highpass = np.zeros(2, F)
    denoiser.last, denoiser.overlap, denoiser.last_gains = np.zeros(480, F), np.zeros(480, F), np.zeros(22, F)
    count = -(-len(noisy) // FRAME_SIZE) + 1
    frames = [
        np.pad(one, (0, count * FRAME_SIZE - len(one))).astype(F).reshape(-1, FRAME_SIZE) for one in (noisy, clean)
    ]
    state = {one: (np.zeros(2, F), np.zeros(480, F)) for one in (0, 1)}
    out = []
    for pair in zip(*frames, strict=True):
        energies = []
        for which, samples in enumerate(pair):
            memory, last = state[which]
            filtered = biquad(samples, memory, *HIGHPASS)
            energies.append(band_energy(spectrum(np.concatenate([last, filtered]) * WINDOW)))
            state[which] = (memory, filtered)
        noisy_energy, clean_energy = (energy.astype(np.float64) for energy in energies)
        gains.next = np.minimum(1, np.sqrt(clean_energy / (noisy_energy + 1e-3))).astype(F)
        out.append(denoiser.frame(pair[0])[0])
    audio = np.concatenate(out)[FRAME_SIZE : FRAME_SIZE + len(noisy)]
    return np.clip(np.rint(audio), -32768, 32767).astype(np.int16)


def score(_: None, task: tuple[int, Path, Path]) -> tuple[int, dict[str, float]]:
    """Measure one clip; the number of the task comes back with it."""
    number, noisy_file, clean_file = task
    clean = decode_int16(clean_file)
    output = ideal(decode_int16(noisy_file), clean)
    figures = {
        "PESQ": pesq_wb(clean, output),
        "STOI": stoi(clean, output),
        "ESTOI": stoi(clean, output, extended=True),
        "SI-SDR": si_sdr(clean, output, zero_mean=True),
    }
    if dnsmos_installed():
        figures |= dict(zip(("SIG", "BAK", "OVRL", "P.808"), dnsmos(output), strict=True))
    return number, figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the means of each folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ceiling", description=__doc__.partition("\n")[2])
    parser.add_argument("folder", type=Path, nargs="+", help="folder of ID_noisy, ID_clean")
    parser.add_argument("--workers", type=int, default=1, help="processes [%(default)s]")
    given = parser.parse_args(arguments)
    for folder in given.folder:
        pairs = read_pairs(folder)
        found = in_order(score, [(pair.noisy, pair.clean) for pair in pairs], given.workers)
        means = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
        print(folder.name, *(f"{name} {value:.{QUALITY[name]}f}" for name, value in means.items()), sep="  ")


if __name__ == "__main__":
    main()
