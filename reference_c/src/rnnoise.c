/* What the library exports for states. */

#include "rnnoise.h"

#include <stdlib.h>
#include <string.h>

#include "denoiser.h"
#include "dispatch.h"
#include "model.h"
#include "rnn_data.h"

extern const struct RNNModel rnnoise_model_orig;

RNN_DECLARE(DenoiserProcessFrame, rnnoise_denoiser_process_frame);

struct DenoiseState {
    DenoiserProcessFrame *process_frame; /* for this processor */
    struct Denoiser denoiser;
};

int rnnoise_get_size(void) { return (int)sizeof(DenoiseState); }

int rnnoise_get_frame_size(void) { return RNN_FRAME_SIZE; }

int rnnoise_init(DenoiseState *state, RNNModel *model)
{
    const RNNModel *used = model != NULL ? model : &rnnoise_model_orig;
    DenoiserProcessFrame *process_frame = RNN_BEST(rnnoise_denoiser_process_frame);
    if (process_frame == NULL || !rnnoise_model_is_consistent(used))
        return -1;
    memset(state, 0, sizeof(*state));
    state->process_frame = process_frame;
    state->denoiser.model = used;
    return 0;
}

DenoiseState *rnnoise_create(RNNModel *model)
{
    DenoiseState *state = malloc(sizeof(*state));
    if (state != NULL && rnnoise_init(state, model) != 0) {
        free(state);
        state = NULL;
    }
    return state;
}

void rnnoise_destroy(DenoiseState *state) { free(state); }

float rnnoise_process_frame(DenoiseState *state, float *out, const float *in)
{
    return state->process_frame(&state->denoiser, out, in);
}

void rnnoise_process_frames(DenoiseState *state, float *out, const float *in, float *vad, int count)
{
    for (int i = 0; i < count; i++) {
        const float probability = rnnoise_process_frame(state, out, in);
        if (vad != NULL)
            vad[i] = probability;
        out += RNN_FRAME_SIZE;
        in += RNN_FRAME_SIZE;
    }
}
