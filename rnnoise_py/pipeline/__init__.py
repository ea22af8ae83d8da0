"""From audio to files of training rows: writers in constant memory, resumable runs, shards, comparison.

====================  ==================================================================================
module                one idea
====================  ==================================================================================
``description``       what a file of rows says about itself, and whether two runs are the same
``inputs``            clean speech and noise, opened; their digests made in the background
``store``             rows at known places of a file that is still being written, bare or HDF5
``hdf5``              the HDF5 file around the rows: made before the first row, completed after the last
``checkpoint``        the small file from which a killed run goes on
``finished``          whether a finished file is what a run would make again
``lock``              one writer for one output
``job``               one output file: begin or resume, write, check, finish
``shards``            several seeds at once, and their manifest
``needs``             disk, memory and time, said before they are used
``row_reader``        rows of finished files, block by block
``convert``           ``.f32`` ↔ ``.h5``
``demo``              the whole road once, small
``reference``         rows of someone else's ``denoise_training`` beside ours
====================  ==================================================================================
"""
