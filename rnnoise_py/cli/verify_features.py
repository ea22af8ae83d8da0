"""``rnnoise-py verify features``: rows of any ``denoise_training`` binary against ours."""

import json

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.runs.progress import reporter, say
from rnnoise_py.stages import verify_features


@click.command()
@settings_options(verify_features.Settings)
@json_option
def command(settings: verify_features.Settings, as_json: bool) -> None:
    """Run BINARY CLEAN NOISE COUNT and compare its rows with ours, bit for bit.

    Without --reference the tool is our own in C. CLEAN and NOISE are what `features` takes; what is not bare PCM is
    converted for BINARY first. Exit codes: 0 equal, 1 different, 2 cannot be compared.
    """
    from rnnoise_py.codegen.library import MakeError

    try:
        result = verify_features.run(settings, reporter())
    except MakeError as error:
        say("\n".join(error.words))
        raise
    print(json.dumps(result.as_json(), indent=1) if as_json else result.text)
    finish(result)
