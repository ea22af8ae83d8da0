"""The 87 columns."""

import numpy as np

from rnnoise_py.spec import layout
from rnnoise_py.spec.layout import COLUMN_GROUPS, COLUMN_NAMES, FEATURES, ROW_SIZE

#: typed from the contract
CONTRACT = {
    "cepstrum": (0, 22),
    "cepstrum_delta": (22, 28),
    "cepstrum_delta2": (28, 34),
    "pitch_correlation": (34, 40),
    "pitch_period": (40, 41),
    "spectral_variability": (41, 42),
    "gain": (42, 64),
    "noise_log_energy": (64, 86),
    "vad": (86, 87),
}


def test_groups_are_the_contracts() -> None:
    """Names and places of all nine groups."""
    assert {g.name: (g.start, g.stop) for g in COLUMN_GROUPS} == CONTRACT


def test_columns_are_covered_once() -> None:
    """Side by side, without holes, 87 in all, the network's inputs first."""
    columns = np.concatenate([np.arange(ROW_SIZE)[g.columns] for g in COLUMN_GROUPS])
    assert columns.tolist() == list(range(87))
    assert ROW_SIZE == 87
    assert FEATURES == slice(0, 42)


def test_names_are_unique_and_tell_the_group() -> None:
    """One name a column; numbered in groups of several."""
    assert len(set(COLUMN_NAMES)) == 87
    assert COLUMN_NAMES[0] == "cepstrum_0"
    assert COLUMN_NAMES[40:42] == ("pitch_period", "spectral_variability")
    assert COLUMN_NAMES[63] == "gain_21"
    assert COLUMN_NAMES[86] == "vad"


def test_every_group_is_documented_and_has_a_constant() -> None:
    """Unit, range and meaning for the tables of the README and the files."""
    for group in COLUMN_GROUPS:
        assert group.unit
        assert group.range
        assert group.meaning
        assert getattr(layout, group.name.upper()) is group
