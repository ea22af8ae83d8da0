/* A placeholder, not a trained model: all weights are zero, so that every band keeps about 62 % and the speech
 * probability is 1/2. Replace it with the rnn_data.c that `rnnoise-py export` writes, or load a text model. */

#include "rnn.h"
#include "rnn_data.h"

static const rnn_weight input_dense_weights[42 * 24] = {0};
static const rnn_weight input_dense_bias[24] = {0};
static const DenseLayer input_dense = {
    input_dense_bias,
    input_dense_weights,
    42, 24, ACTIVATION_TANH
};

static const rnn_weight vad_gru_weights[24 * 72] = {0};
static const rnn_weight vad_gru_recurrent_weights[24 * 72] = {0};
static const rnn_weight vad_gru_bias[72] = {0};
static const GRULayer vad_gru = {
    vad_gru_bias,
    vad_gru_weights,
    vad_gru_recurrent_weights,
    24, 24, ACTIVATION_TANH
};

static const rnn_weight noise_gru_weights[90 * 144] = {0};
static const rnn_weight noise_gru_recurrent_weights[48 * 144] = {0};
static const rnn_weight noise_gru_bias[144] = {0};
static const GRULayer noise_gru = {
    noise_gru_bias,
    noise_gru_weights,
    noise_gru_recurrent_weights,
    90, 48, ACTIVATION_RELU
};

static const rnn_weight denoise_gru_weights[114 * 288] = {0};
static const rnn_weight denoise_gru_recurrent_weights[96 * 288] = {0};
static const rnn_weight denoise_gru_bias[288] = {0};
static const GRULayer denoise_gru = {
    denoise_gru_bias,
    denoise_gru_weights,
    denoise_gru_recurrent_weights,
    114, 96, ACTIVATION_TANH
};

static const rnn_weight denoise_output_weights[96 * 22] = {0};
static const rnn_weight denoise_output_bias[22] = {
    127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127,
    127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127
};
static const DenseLayer denoise_output = {
    denoise_output_bias,
    denoise_output_weights,
    96, 22, ACTIVATION_SIGMOID
};

static const rnn_weight vad_output_weights[24 * 1] = {0};
static const rnn_weight vad_output_bias[1] = {0};
static const DenseLayer vad_output = {
    vad_output_bias,
    vad_output_weights,
    24, 1, ACTIVATION_SIGMOID
};

const struct RNNModel rnnoise_model_orig = {
    24, &input_dense,
    24, &vad_gru,
    48, &noise_gru,
    96, &denoise_gru,
    22, &denoise_output,
    1, &vad_output
};
