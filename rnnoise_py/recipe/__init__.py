r"""``rnnoise-py run``: a whole pipeline written down in TOML, where a changed line remakes what follows from it.

====================  ==================================================================================
module                one idea
====================  ==================================================================================
``keys``              what may stand in a section: names, types, ranges, and the nearest name of a typo
``sections``          each section speaks to one step of :mod:`rnnoise_py.stages`: its keys are that step's settings
``document``          a recipe, read and checked whole before anything runs; the combinations of its sweep
``sources``           the user's files by their content, remembered so that they are read once
``artefact``          one artefact: what decides it, its key, its folder, the step that makes it
``streams``           from folders to clean and noise: made-up audio, balance, synthesis, merge
``model``             one model: where its files are, the artefacts that lead to it
``plan``              a recipe → its artefacts, shared ones once, in the order of the data
``comparison``        one report on all models, planned
``estimate``          how long and how large, before it is done
``runner``            make what is missing, go on where a killed run was
``figures``           what is known of each finished model; the best one
``result``            the folder and the tables that a run leaves
``opened``            all of it together: open a recipe, run it
====================  ==================================================================================

    from rnnoise_py.recipe import open_recipe

    ended = open_recipe(Path("mine.toml")).run()
    print(*ended.lines, sep="\n")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnoise_py.recipe.opened import Ended, OpenedRecipe, open_recipe

__all__ = ["Ended", "OpenedRecipe", "open_recipe"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from rnnoise_py.recipe import opened

        return getattr(opened, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
