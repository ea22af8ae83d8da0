/* The pitch buffer at half rate, with its spectral envelope flattened (contract/features §8, §9). */
#ifndef RNNOISE_WHITENING_H
#define RNNOISE_WHITENING_H

#include "rnnoise_constants.h"
#include "variant.h"

enum { HALF_BUF_PADDED = RNN_HALF_BUF_SIZE + 32 }; /* room after the samples that lanes may read */

enum {
    MOST_JOBS = RNN_SIDE_BY_SIDE ? 16 : 1, /* streams at once, here and in what follows */
    TOGETHER = RNN_SIDE_BY_SIDE ? 4 : 1    /* of them side by side, where each has something of its own to do */
};

/* whitened[0 ... 863] of each stream from the 1728 samples of its pitch buffer; the padding becomes zero. */
#define whiten RNN_VARIANT(whiten)
void whiten(float *const *whitened, const float *const *pitch_bufs, int count);

#endif
