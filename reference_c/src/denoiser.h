/* One frame from noisy to denoised (contract/inference §5). */
#ifndef RNNOISE_DENOISER_H
#define RNNOISE_DENOISER_H

#include "features.h"
#include "network.h"
#include "variant.h"

struct Denoiser {
    const RNNModel *model;
    float highpass_memory[2];
    float analysis_memory[RNN_FRAME_SIZE];  /* the last input frame, filtered */
    float synthesis_memory[RNN_FRAME_SIZE]; /* the second half of the last output window */
    float last_gains[RNN_NB_BANDS];
    struct FeatureState features;
    struct NetworkState network;
};

/* Returns the speech probability; out may be in. */
typedef float DenoiserProcessFrame(struct Denoiser *state, float out[RNN_FRAME_SIZE], const float in[RNN_FRAME_SIZE]);

#define denoiser_process_frame RNN_VARIANT(denoiser_process_frame)
DenoiserProcessFrame denoiser_process_frame;

#endif
