/* The Vorbis power-complementary window over 960 samples (contract/features §3). */
#ifndef RNNOISE_WINDOW_H
#define RNNOISE_WINDOW_H

#include "rnnoise_constants.h"
#include "variant.h"

#define apply_window RNN_VARIANT(apply_window)
void apply_window(float samples[RNN_WINDOW_SIZE]);

#endif
