/* The first guess of the pitch period (contract/features §10): a coarse search at quarter rate, a fine one at half
 * rate. */
#ifndef RNNOISE_PITCH_SEARCH_H
#define RNNOISE_PITCH_SEARCH_H

#include "variant.h"
#include "whitening.h"

/* Pitch period of each stream, in samples at 48 kHz. */
#define pitch_search RNN_VARIANT(pitch_search)
void pitch_search(int *found, float *const *whitened, int count);

#endif
