"""Keras's JSON description of the network: read the activations out of it, write one for exported weights."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rnnoise_py.errors import ModelError
from rnnoise_py.model.topology import FEATURES_SOURCE, LAYERS, SPEC, Activation, LayerSpec
from rnnoise_py.spec.constants import NB_FEATURES

INPUT_NAME = "main_input"
_OTHER_RECURRENT = frozenset({"LSTM", "SimpleRNN", "CuDNNGRU", "CuDNNLSTM", "Bidirectional"})


def activations_from_config(text: str | bytes, name: str) -> dict[str, Activation]:
    """Read each layer's activation; refuse what the C library cannot compute.

    Parameters
    ----------
    text
        ``model_config`` of an HDF5 file, or ``config.json`` of a ``.keras`` archive; Keras 2 or 3.
    name
        What to call the file in errors.

    Raises
    ------
    ModelError
        On text that is no JSON, unknown activations, ``reset_after=True``, gates that are not sigmoid, and
        other kinds of layers.
    """
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{name} has a model configuration that is not JSON: save the model again") from error
    found: dict[str, Activation] = {}
    for class_name, config in _layers(tree):
        spec = SPEC.get(str(config.get("name")))
        if spec is None:
            continue
        _check_layer(spec, class_name, config)
        if "activation" in config:
            found[spec.name] = Activation.from_label(_label(config["activation"]), f"layer {spec.name}")
    return found


def config_text(sizes: Mapping[str, int], activations: Mapping[str, Activation]) -> str:
    """Describe the network to ``load_model`` of Keras 2 and 3: sorted JSON without times or paths.

    Parameters
    ----------
    sizes
        Neurons by layer.
    activations
        By layer.
    """
    layers: list[dict[str, Any]] = [
        {
            "class_name": "InputLayer",
            "name": INPUT_NAME,
            "config": {
                "batch_input_shape": [None, None, NB_FEATURES],
                "dtype": "float32",
                "name": INPUT_NAME,
                "sparse": False,
            },
            "inbound_nodes": [],
        }
    ]
    joins = 0
    for spec in LAYERS:
        source = [INPUT_NAME if s == FEATURES_SOURCE else s for s in spec.sources]
        if len(source) > 1:
            joins += 1
            join = f"concatenate_{joins}"
            config: dict[str, Any] = {"name": join, "trainable": True, "dtype": "float32", "axis": -1}
            layers.append(_entry("Concatenate", config, source))
            source = [join]
        config = {
            "name": spec.name,
            "trainable": True,
            "dtype": "float32",
            "units": sizes[spec.name],
            "activation": activations[spec.name].label,
            "use_bias": True,
        }
        if spec.is_gru:
            config |= {"recurrent_activation": "sigmoid", "reset_after": False, "return_sequences": True}
        layers.append(_entry(spec.kind, config, source))
    model = {
        "name": "rnnoise",
        "layers": layers,
        "input_layers": [[INPUT_NAME, 0, 0]],
        "output_layers": [["denoise_output", 0, 0], ["vad_output", 0, 0]],
    }
    return json.dumps({"class_name": "Model", "config": model}, sort_keys=True)


def _entry(class_name: str, config: dict[str, Any], sources: list[str]) -> dict[str, Any]:
    nodes = [[[source, 0, 0, {}] for source in sources]]
    return {"class_name": class_name, "name": config["name"], "config": config, "inbound_nodes": nodes}


def _layers(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if isinstance(node.get("config"), dict):
                yield str(node.get("class_name")), node["config"]
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _check_layer(spec: LayerSpec, class_name: str, config: dict[str, Any]) -> None:
    if class_name in _OTHER_RECURRENT or (class_name in {"GRU", "Dense"} and class_name != spec.kind):
        raise ModelError(f"layer {spec.name} is a {class_name}; needed is a {spec.kind}: train the network of v0.1")
    if not spec.is_gru:
        return
    if config.get("reset_after", False):
        raise ModelError(
            f"layer {spec.name} was trained with reset_after=True (doubled GRU biases), which the C "
            "library cannot compute: train with GRU(…, reset_after=False)"
        )
    gates = _label(config.get("recurrent_activation", "sigmoid"))
    if gates != "sigmoid":
        raise ModelError(
            f"layer {spec.name} has recurrent activation {gates!r}; the C library's gates are sigmoid: "
            "train with recurrent_activation='sigmoid'"
        )


def _label(value: Any) -> str:
    if isinstance(value, dict):  # serialized function
        value = value.get("config", value.get("class_name"))
        value = value.get("name") if isinstance(value, dict) else value
    return "linear" if value is None else str(value)
