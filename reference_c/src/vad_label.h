/* The voice activity label of a clean training frame, from its energy (contract/features §20). */
#ifndef RNNOISE_VAD_LABEL_H
#define RNNOISE_VAD_LABEL_H

#include "variant.h"

/* 0, 1/2 or 1; `count` goes up while the speech is quiet. */
#define vad_label RNN_VARIANT(vad_label)
float vad_label(int *count, float energy);

#endif
