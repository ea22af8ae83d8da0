/* The mixing of clean speech and noise for training (contract/features §17–§19): random gains, filters and low-pass,
 * ends of files. */
#ifndef RNNOISE_MIXER_H
#define RNNOISE_MIXER_H

#include <stdint.h>

#include "biquad.h"
#include "rand.h"
#include "rnnoise_constants.h"
#include "variant.h"

/* Where frames come from: `read` puts frame number `frame` of `source` into `samples`. */
struct FrameSource {
    void (*read)(void *source, int64_t frame, int16_t samples[RNN_FRAME_SIZE]);
    void *source;
    int64_t frames; /* whole frames, at least one */
};

/* One of the two signals. */
struct MixerChannel {
    int64_t position; /* the frame that is read next */
    float gain;       /* 0: muted */
    struct Biquad response;
    float highpass_memory[2], response_memory[2];
};

/* All that the mixer remembers; a copy of it resumes the same stream. */
struct Mixer {
    struct Rand rand;
    int counter; /* frames since gains and filters were drawn */
    struct MixerChannel speech, noise;
    int lowpass; /* first bin that is cut off, RNN_FREQ_SIZE: none */
    int band_lp; /* last band that is trained */
};

struct MixedFrame {
    float clean[RNN_FRAME_SIZE], noise[RNN_FRAME_SIZE], noisy[RNN_FRAME_SIZE];
    float clean_energy; /* sum of squares before gain and filters */
};

#define mixer_init RNN_VARIANT(mixer_init)
void mixer_init(struct Mixer *mixer, const struct FrameSource *noise, uint32_t seed);

#define mixer_next RNN_VARIANT(mixer_next)
void mixer_next(struct Mixer *mixer, struct MixedFrame *frame, const struct FrameSource *speech,
                const struct FrameSource *noise);

#endif
