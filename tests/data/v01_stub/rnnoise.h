/* Stand-in for the public header of a v0.1 tree: the two names that rnn_data.h needs. */

#ifndef RNNOISE_H
#define RNNOISE_H

typedef struct RNNModel RNNModel;

#endif
