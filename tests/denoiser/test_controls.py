"""What a listener may want: shares of the input, and both wishes at once."""

import numpy as np
import pytest

from rnnoise_py.denoiser import Controls, Denoiser
from rnnoise_py.errors import InputError
from tests.model_samples import synthetic


@pytest.mark.parametrize(
    ("mix", "limit", "share"),
    [
        *((1.0, None, 0.0), (0.0, None, 1.0), (0.25, None, 0.75)),
        *((1.0, 0.0, 1.0), (1.0, 20.0, 0.1), (1.0, 40.0, 0.01)),
        *((0.5, 20.0, 0.55), (0.25, 20.0, 0.775), (0.9, 40.0, 0.109), (0.0, 20.0, 1.0), (0.5, 0.0, 1.0)),
    ],
)
def test_dry_share(mix: float, limit: float | None, share: float) -> None:
    """The limit is applied first, and the mix to what it gives."""
    assert Controls(mix=mix, max_attenuation=limit).dry_share == pytest.approx(share)


def test_mix_and_limit_reach_the_samples() -> None:
    """Both at once: that share of the input, the rest denoised."""
    audio = np.random.default_rng(8).normal(0, 0.1, 4_800).astype(np.float32)

    def run(controls: Controls) -> np.ndarray:
        with Denoiser(synthetic("synthetic_a"), "numba", controls=controls) as denoiser:
            return np.concatenate([denoiser.process(audio), denoiser.flush()])

    wet, both = run(Controls()), run(Controls(mix=0.5, max_attenuation=20))
    np.testing.assert_allclose(both, 0.45 * wet + 0.55 * audio, atol=1e-6)


def test_cut_needs_a_threshold() -> None:
    """And says so."""
    with pytest.raises(InputError, match="cut needs a vad_threshold"):
        Controls(cut=True)
    assert Controls(cut=True, vad_threshold=0.0).cut
