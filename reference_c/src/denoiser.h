/* One frame from noisy to denoised (contract/inference §5), of one stream or of several side by side. */
#ifndef RNNOISE_DENOISER_H
#define RNNOISE_DENOISER_H

#include "features.h"
#include "network.h"
#include "variant.h"

/* What one stage leaves to the next ones, in a frame. */
struct FrameWork {
    struct Spectrum X;
    struct PitchAnalysis analysis;
    float frame[RNN_FRAME_SIZE]; /* filtered */
    float Ex[RNN_NB_BANDS], features[RNN_NB_FEATURES], gains[RNN_NB_BANDS], vad;
};

struct Denoiser {
    const RNNModel *model;
    float highpass_memory[2];
    float analysis_memory[RNN_FRAME_SIZE];  /* the last input frame, filtered */
    float synthesis_memory[RNN_FRAME_SIZE]; /* the second half of the last output window */
    float last_gains[RNN_NB_BANDS];
    struct FeatureState features;
    struct NetworkState network;
    unsigned char work[RNN_SIDE_BY_SIDE ? sizeof(struct FrameWork) + 64 : 1]; /* for streams side by side: nothing in it is kept */
};

/* Returns the speech probability; out may be in. */
typedef float DenoiserProcessFrame(struct Denoiser *state, float out[RNN_FRAME_SIZE], const float in[RNN_FRAME_SIZE]);

#define denoiser_process_frame RNN_VARIANT(denoiser_process_frame)
DenoiserProcessFrame denoiser_process_frame;

/* One stream's frame. */
struct StreamFrame {
    struct Denoiser *state;
    float *out;
    const float *in;
    float vad; /* out */
};

/* The same for up to MOST_JOBS streams. */
typedef void DenoiserProcessStreams(struct StreamFrame *streams, int count);

#define denoiser_process_streams RNN_VARIANT(denoiser_process_streams)
DenoiserProcessStreams denoiser_process_streams;

#endif
