"""What the reference does by accident and we keep: one register, one id each.

The id is in a comment where the quirk is kept (Python and C), in the contract, and in the test that checks it.
"""

from typing import Final

QUIRKS: Final[dict[str, str]] = {
    "Q-TANSIG": "Three entries of the tanh table (70, 170, 190) are one unit off in the sixth decimal.",
    "Q-OCTAVE-THRESHOLD": "The strictest octave threshold, for periods under twice the minimum, is unreachable.",
    "Q-BAND-LP": "When no band edge lies above the low-pass, band_lp keeps the value of the draw before.",
    "Q-LOWPASS-OVER": "The random low-pass may lie above the last bin; then it does nothing.",
    "Q-NOISE-SKIP": "The first 150 frames of the noise are skipped once (if it has more); a wrap restarts at frame 0.",
    "Q-MUTED-NOT-READ": "While a source is muted its file is not read: its position stands still.",
    "Q-PARTIAL-DROPPED": "A partial last frame is dropped at each wrap.",
    "Q-RING-SLOTS": "Spectral variability sums over physical ring slots, not over age.",
    "Q-SILENT-CONTINUES": "Silence masks the gains of a training row, but its features are computed all the same.",
    "Q-SEED-ZERO": "Seed 0 of rand() is seed 1.",
}
