"""What a listener may want besides the plain result: dry share, limited attenuation, muting by the VAD."""

from dataclasses import dataclass, fields
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.runs.settings import Settings, option

LONGEST_SECONDS: Final = 60.0  #: of any hang-over
LOOK_BACK_SECONDS: Final = 1.0  #: of any look-back, which is held in memory


@dataclass(frozen=True, kw_only=True)
class Controls(Settings):
    """Settings of a denoiser; the defaults give the plain result.

    Parameters
    ----------
    mix
        0 … 1: share of the denoised signal, the rest is the input; 1 is all denoised.
    max_attenuation
        dB, 0 or more: no sound gets quieter than this (that share of the input is mixed in); None: no limit.
    vad_threshold
        0 … 1: where no frame reaches this speech probability the output is silent; None: never.
    hang_over
        Seconds that the output stays open after the last frame of speech, 0 … 60.
    look_back
        Seconds that the output is open before the first frame of speech, 0 … 1: a word may begin with 150 ms of /s/,
        which is no speech yet to the network. Streams hold so much back, see :attr:`Denoiser.latency`.
    cut
        Delete what ``vad_threshold`` would mute; the output is then shorter than the input.
    raw_latency
        Leave the output 10 ms late, as the C library gives it.

    Raises
    ------
    InputError
        When a value is out of range, or ``cut`` comes without a threshold.
    """

    mix: float = option(1.0, "0 (the input) … 1 (denoised).", minimum=0, maximum=1)
    max_attenuation: float | None = option(None, "Make no sound quieter than by this.", metavar="DB", minimum=0)
    vad_threshold: float | None = option(
        None, "Mute where no frame reaches this probability of speech.", metavar="P", minimum=0, maximum=1
    )
    hang_over: float = option(0.2, "Stay open this long after speech.", metavar="S", minimum=0, maximum=LONGEST_SECONDS)
    look_back: float = option(
        0.2, "Open this long before speech; a pipe is so much later.", metavar="S", minimum=0, maximum=LOOK_BACK_SECONDS
    )
    cut: bool = option(False, "Delete what --vad-threshold would mute.")
    raw_latency: bool = option(False, "Leave the output 10 ms late, as the C library gives it.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cut and self.vad_threshold is None:
            raise InputError("cut needs a vad_threshold: give one, e.g. 0.5")

    @property
    def controls(self) -> "Controls":
        """The controls alone, of a class that has further settings."""
        return Controls(**{one.name: getattr(self, one.name) for one in fields(Controls)})

    @property
    def dry_share(self) -> float:
        """Share of the input in the output, 0 … 1."""
        floor = 0.0 if self.max_attenuation is None else 10 ** (-self.max_attenuation / 20)
        return float(1 - self.mix * (1 - floor))


DEFAULT_CONTROLS: Final = Controls()
