/* Removal of octave errors: is the pitch a fraction of the period that was found (contract/features §11)? */
#ifndef RNNOISE_OCTAVE_H
#define RNNOISE_OCTAVE_H

#include "variant.h"
#include "whitening.h"

struct Pitch {
    int period; /* samples at 48 kHz */
    float gain; /* normalized correlation one period apart */
};

/* The final pitch of each stream, in place of the frame before's, from the period that the search found. */
#define remove_octave_errors RNN_VARIANT(remove_octave_errors)
void remove_octave_errors(struct Pitch *const *pitch, float *const *whitened, const int *found, int count);

#endif
