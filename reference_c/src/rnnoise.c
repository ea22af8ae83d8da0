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
RNN_DECLARE(DenoiserProcessStreams, rnnoise_denoiser_process_streams);

struct DenoiseState {
    DenoiserProcessFrame *process_frame; /* for this processor */
    DenoiserProcessStreams *process_streams;
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
    state->process_streams = RNN_BEST(rnnoise_denoiser_process_streams);
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

void rnnoise_process_streams(DenoiseState *const *states, float *const *out, const float *const *in,
                             float *const *vad, int streams, int count)
{
    struct StreamFrame frames[MOST_JOBS];
    for (; streams > 0; states += MOST_JOBS, out += MOST_JOBS, in += MOST_JOBS, streams -= MOST_JOBS) {
        const int together = streams < MOST_JOBS ? streams : MOST_JOBS;
        for (int i = 0; i < count; i++) {
            const int start = i * RNN_FRAME_SIZE;
            for (int s = 0; s < together; s++)
                frames[s] = (struct StreamFrame){&states[s]->denoiser, out[s] + start, in[s] + start, 0.0f};
            states[0]->process_streams(frames, together);
            for (int s = 0; s < together; s++)
                if (vad != NULL && vad[s] != NULL)
                    vad[s][i] = frames[s].vad;
        }
        if (vad != NULL)
            vad += MOST_JOBS;
    }
}
