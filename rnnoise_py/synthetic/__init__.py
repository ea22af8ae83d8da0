"""Speech-like and noise signals made from a seed, for demos, tests and first trainings.

Nothing here is recorded: a formant synthesizer that speaks no language, and families of noise. The same
arguments give the same samples.
"""

from rnnoise_py.synthetic.noise import NOISE_KINDS, noise
from rnnoise_py.synthetic.speech import speech
from rnnoise_py.synthetic.tree import write_tree

__all__ = ["NOISE_KINDS", "noise", "speech", "write_tree"]
