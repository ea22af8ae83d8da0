/* Text models, and what every model must satisfy (contract/inference §12). */
#ifndef RNNOISE_MODEL_H
#define RNNOISE_MODEL_H

#include "rnn.h"

/* Whether sizes are in range and each layer's inputs are what its neighbours give; 42 in, 22 gains and 1 out. */
int rnnoise_model_is_consistent(const RNNModel *model);

#endif
