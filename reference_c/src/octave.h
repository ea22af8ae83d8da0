/* Removal of octave errors: is the pitch a fraction of the period that was found (contract/features §11)? */
#ifndef RNNOISE_OCTAVE_H
#define RNNOISE_OCTAVE_H

#include "variant.h"
#include "whitening.h"

struct Pitch {
    int period; /* samples at 48 kHz */
    float gain; /* normalized correlation one period apart */
};

/* The final pitch, from the period that the search found and the frame before's final pitch. */
#define remove_octave_errors RNN_VARIANT(remove_octave_errors)
struct Pitch remove_octave_errors(const float whitened[HALF_BUF_PADDED], int found, struct Pitch previous);

#endif
