/* Gated recurrent units whose reset gate acts on the state before the recurrent product (contract/inference §4). */
#ifndef RNNOISE_GRU_H
#define RNNOISE_GRU_H

#include "rnn.h"
#include "variant.h"

/* Rows of NEURON_ROW floats, one for each stream. */
#define gru RNN_VARIANT(gru)
void gru(float *state, const GRULayer *layer, const float *in, int streams);

#endif
