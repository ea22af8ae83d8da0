/* The orthogonal DCT-II over bands (contract/features §4). */
#ifndef RNNOISE_DCT_H
#define RNNOISE_DCT_H

#include "rnnoise_constants.h"
#include "variant.h"

#define dct RNN_VARIANT(dct)
void dct(float out[RNN_NB_BANDS], const float in[RNN_NB_BANDS]);

#endif
