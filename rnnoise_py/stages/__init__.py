"""The steps from folders of audio to a library and a report, each as one function.

====================  ==================================================================================
module                its step
====================  ==================================================================================
``features``          clean speech and noise → training rows
====================  ==================================================================================

Every module has a frozen dataclass ``Settings`` (typed, validated, each default typed once), a dataclass ``Result``
(paths, counts, digests, warnings) and ``run(settings, progress=None) -> Result``::

    from rnnoise_py.stages import features

    result = features.run(features.Settings(clean="speech", noise="noise", output="rows.h5", count=60_000))
    print(result.rows, result.digests)

``progress`` is a :class:`rnnoise_py.runs.progress.Reporter` that hears notes, warnings and counts; without one a step
is silent. The command line, recipes and Python programs call the same functions. ``VERSION`` of a module changes when
the same settings give another result: it is part of a recipe's keys.
"""
