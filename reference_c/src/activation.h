/* tanh by table, sigmoid, ReLU (contract/inference §3). */
#ifndef RNNOISE_ACTIVATION_H
#define RNNOISE_ACTIVATION_H

#include "variant.h"

/* values[i] = f(values[i] / 256), f by its id in rnn.h. */
#define activate RNN_VARIANT(activate)
void activate(float *restrict values, int size, int activation);

#endif
