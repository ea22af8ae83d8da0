"""``rnnoise-py run``: a whole pipeline written down in a TOML file, where a changed line redoes what follows from it.

====================  ==================================================================================
module                one idea
====================  ==================================================================================
``keys``              what may stand in a section: names, types, ranges, and the nearest name of a typo
``document``          a recipe, read and checked whole before anything runs; the combinations of its sweep
``sources``           the user's files by their content, remembered so that they are read once
``stage``             one artefact: what decides it, its key, its folder, the command that makes it
``plan``              a recipe → its stages, shared ones once, in the order of the data
``estimate``          how long and how large, before it is done
``runner``            make what is missing, go on where a killed run was
``figures``           what is known of each finished model; the best one
``result``            the folder and the tables that a run leaves
====================  ==================================================================================

A recipe's keys are the options of the commands: :mod:`rnnoise_py.cli.run` hands the commands in, so this package
knows neither their names nor the command line.
"""
