"""TensorBoard's files: what TensorFlow reads in them."""

from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.training.events import EventFile, crc32c, event, record

EPOCHS = [{"epoch": float(epoch), "loss": 2.5 / epoch, "val_loss": 1e-30, "rows_per_second": 1e6} for epoch in (1, 300)]


@pytest.mark.parametrize(
    ("content", "checksum"), [(b"123456789", 0xE3069283), (b"", 0), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)]
)
def test_checksums_are_those_of_the_standard(content: bytes, checksum: int) -> None:
    """Check value of the catalogue of CRCs, and the vectors of RFC 3720 (B.4)."""
    assert crc32c(content) == checksum


def test_a_record_has_its_length_and_two_checksums() -> None:
    """Byte for byte, with the mask of the format."""
    assert record(b"") == bytes(8) + bytes.fromhex("29039807") + bytes.fromhex("d8ea82a2")
    assert record(b"ab")[:8] == b"\2" + bytes(7)


def test_events_are_protocol_buffers() -> None:
    """Time as float64, step as a number of any size, values as float32."""
    assert event(1.0) == bytes.fromhex("09000000000000f03f1000") + b"\x1a\x0dbrain.Event:2"
    assert event(1.0, 300, {"a": 1.0}) == bytes.fromhex("09000000000000f03f10ac022a0a0a080a0161150000803f")


def test_tensorflow_reads_the_file(tmp_path: Path) -> None:
    """Every epoch with its step and its values."""
    tf: Any = pytest.importorskip("tensorflow", reason="TensorFlow reads the file")
    events = EventFile(tmp_path)
    for epoch in EPOCHS:
        events.write(epoch)
    (path,) = (tmp_path / "tensorboard").iterdir()
    read = [tf.compat.v1.Event.FromString(one.numpy()) for one in tf.data.TFRecordDataset(str(path))]
    assert read[0].file_version == "brain.Event:2"
    for found, epoch in zip(read[1:], EPOCHS, strict=True):
        assert found.step == epoch["epoch"]
        values = {value.tag: value.simple_value for value in found.summary.value}
        assert values == pytest.approx({name: value for name, value in epoch.items() if name != "epoch"})


def test_each_call_has_a_file_of_its_own(tmp_path: Path) -> None:
    """A resumed run in the same second too; without an epoch there is none."""
    EventFile(tmp_path)
    assert not list(tmp_path.iterdir())
    for _ in range(3):
        EventFile(tmp_path).write(EPOCHS[0])
    assert len(list((tmp_path / "tensorboard").iterdir())) == 3


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file in its place."""
    (tmp_path / "tensorboard").touch()
    with pytest.raises(OutputError, match="tensorboard is a file"):
        EventFile(tmp_path).write(EPOCHS[0])
