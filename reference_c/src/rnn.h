/* The layers of the network as rnn_data.c writes them. */
#ifndef RNN_H
#define RNN_H

#include "rnnoise.h"

#define ACTIVATION_TANH    0
#define ACTIVATION_SIGMOID 1
#define ACTIVATION_RELU    2

typedef signed char rnn_weight; /* in 1/256 */

/* Arrays are row-major, [input][neuron]. */
typedef struct DenseLayer {
    const rnn_weight *bias;
    const rnn_weight *input_weights;
    int nb_inputs;
    int nb_neurons;
    int activation;
} DenseLayer;

/* Arrays are row-major, [input][gate * neurons + neuron]; gates: update, reset, candidate. */
typedef struct GRULayer {
    const rnn_weight *bias;
    const rnn_weight *input_weights;
    const rnn_weight *recurrent_weights;
    int nb_inputs;
    int nb_neurons;
    int activation; /* of the candidate */
} GRULayer;

typedef struct RNNState RNNState;

#endif
