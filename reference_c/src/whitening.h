/* The pitch buffer at half rate, with its spectral envelope flattened (contract/features §8, §9). */
#ifndef RNNOISE_WHITENING_H
#define RNNOISE_WHITENING_H

#include "rnnoise_constants.h"
#include "variant.h"

enum { HALF_BUF_PADDED = RNN_HALF_BUF_SIZE + 32 }; /* room after the samples that lanes may read */

/* whitened[0 ... 863] from the 1728 samples of the pitch buffer; the padding becomes zero. */
#define whiten RNN_VARIANT(whiten)
void whiten(float whitened[HALF_BUF_PADDED], const float pitch_buf[RNN_PITCH_BUF_SIZE]);

#endif
