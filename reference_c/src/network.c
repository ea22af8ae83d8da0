#include "network.h"

#include <string.h>

#include "dense.h"
#include "gru.h"
#include "rnn_data.h"

/* Puts `values` behind what `inputs` holds already; returns the new end. */
static float *append(float *end, const float *values, int size)
{
    memcpy(end, values, (size_t)size * sizeof(float));
    return end + size;
}

float network(float gains[RNN_NB_BANDS], struct NetworkState *state, const RNNModel *model,
              const float features[RNN_NB_FEATURES])
{
    float first[RNN_MAX_NEURONS], inputs[RNN_MAX_NEURONS], vad, *end;

    dense(first, model->input_dense, features);
    gru(state->vad, model->vad_gru, first);
    dense(&vad, model->vad_output, state->vad);

    end = append(inputs, first, model->input_dense_size);
    end = append(end, state->vad, model->vad_gru_size);
    append(end, features, RNN_NB_FEATURES);
    gru(state->noise, model->noise_gru, inputs);

    end = append(inputs, state->vad, model->vad_gru_size);
    end = append(end, state->noise, model->noise_gru_size);
    append(end, features, RNN_NB_FEATURES);
    gru(state->denoise, model->denoise_gru, inputs);

    dense(gains, model->denoise_output, state->denoise);
    return vad;
}
