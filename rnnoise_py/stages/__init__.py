"""The steps from folders of audio to a library and a report, each as one function.

====================  ==================================================================================
module                its step
====================  ==================================================================================
``fetch``             recordings that package registries carry → folders
``made_up``           small folders of made-up speech and noise
``material``          the shipped models' made-up audio, as two streams
``recorded``          fetched recordings and made-up audio, as two streams
``balance``           speech folders, one a language → equal hours
``synthesize``        folders and a DNS-Challenge config → noisy, clean and noise clips
``check``             audio and rows → what would spoil a training
``merge``             folders → one clean and one noise stream
``stats``             how many files, hours and bytes a folder has
``sample``            some files of a folder
``pack``              a folder → one archive
``features``          clean speech and noise → training rows
``convert``           rows as ``.f32`` ↔ ``.h5``
``verify_features``   rows of any ``denoise_training`` against ours, bit for bit
``train``             rows → weights
``adapt``             a minute of a noise → a model that is better on it
``export``            weights → C sources, text and packed models
``build``             exported C sources → librnnoise
``install``           an exported folder → a microphone without noise in PipeWire
``model_info``        what a model file holds
``model_provenance``  what a shipped model has heard, and the licences of it
``denoise``           noisy audio → denoised audio
``verify_denoise``    any librnnoise against our kernels, bit for bit
``compare``           models and recordings → a report
``plot``              one picture of a recording, of rows or of a training
``warm_up``           the library and the kernels, compiled before they are needed
``bench``             how many frames a second this machine denoises
====================  ==================================================================================

Every module has a frozen dataclass ``Settings`` (typed, validated, each default typed once), a dataclass ``Result``
(paths, counts, digests, warnings) and ``run(settings, progress=None) -> Result``::

    from rnnoise_py.stages import features

    result = features.run(features.Settings(clean="speech", noise="noise", output="rows.h5", count=60_000))
    print(result.rows, result.digests)

``features``, ``synthesize``, ``check`` and ``compare`` take an ``executor`` too: any
:class:`concurrent.futures.Executor`, which runs their tasks (docs/scaling.md).

``progress`` is a :class:`rnnoise_py.runs.progress.Reporter` that hears notes, warnings and counts; without one a step
is silent. The command line, recipes and Python programs call the same functions. ``VERSION`` of a module changes when
the same settings give another result: it is part of a recipe's keys.
"""
