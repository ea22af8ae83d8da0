#include "denoiser.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "biquad.h"
#include "lanes.h"
#include "minmax.h"
#include "pitch_filter.h"
#include "window.h"

enum { SLICE = 48 /* samples of a frame that are filtered at a time, side by side with those of other streams */ };

/* What is no sample (not a number, infinite, beyond all audio) is silence: the state would never get rid of it. */
static void take_samples(float *samples, const float *in, int size)
{
    for (int i = 0; i < size; i++)
        samples[i] = fabsf(in[i]) <= RNN_LOUDEST ? in[i] : 0.0f;
}

static void filter_frame(struct Denoiser *state, float frame[RNN_FRAME_SIZE], const float in[RNN_FRAME_SIZE])
{
    take_samples(frame, in, RNN_FRAME_SIZE);
    biquad(frame, state->highpass_memory, frame, &highpass, RNN_FRAME_SIZE);
}

#if BIQUAD_HAS_LANES
/* Up to LANE_COUNT streams; lanes that none has run idle. */
static void filter_lanes(const struct StreamFrame *streams, struct FrameWork *const *works, int count)
{
    ALIGNED float rows[LANE_COUNT * SLICE] = {0.0f}, lanes[SLICE * LANE_COUNT], memory[2 * LANE_COUNT] = {0.0f};
    for (int s = 0; s < count; s++)
        for (int i = 0; i < 2; i++)
            memory[i * LANE_COUNT + s] = streams[s].state->highpass_memory[i];
    for (int start = 0; start < RNN_FRAME_SIZE; start += SLICE) {
        for (int s = 0; s < count; s++)
            take_samples(rows + s * SLICE, streams[s].in + start, SLICE);
        turn(lanes, LANE_COUNT, rows, SLICE, LANE_COUNT, SLICE);
        biquad_lanes(lanes, memory, &highpass, SLICE);
        turn(rows, SLICE, lanes, LANE_COUNT, SLICE, LANE_COUNT);
        for (int s = 0; s < count; s++)
            memcpy(works[s]->frame + start, rows + s * SLICE, SLICE * sizeof(float));
    }
    for (int s = 0; s < count; s++)
        for (int i = 0; i < 2; i++)
            streams[s].state->highpass_memory[i] = memory[i * LANE_COUNT + s];
}
#endif

static void filter_frames(const struct StreamFrame *streams, struct FrameWork *const *works, int count)
{
#if BIQUAD_HAS_LANES
    for (; count > 1; streams += LANE_COUNT, works += LANE_COUNT, count -= LANE_COUNT)
        filter_lanes(streams, works, count < LANE_COUNT ? count : LANE_COUNT);
#endif
    for (int s = 0; s < count; s++)
        filter_frame(streams[s].state, works[s]->frame, streams[s].in);
}

static void limit_decay(float gains[RNN_NB_BANDS], float last_gains[RNN_NB_BANDS])
{
    for (int b = 0; b < RNN_NB_BANDS; b++)
        last_gains[b] = gains[b] = max_float(gains[b], RNN_GAIN_DECAY * last_gains[b]);
}

static void synthesize_frame(float out[RNN_FRAME_SIZE], float memory[RNN_FRAME_SIZE], const struct Spectrum *X)
{
    float samples[RNN_WINDOW_SIZE];
    fft_inverse(samples, X);
    apply_window(samples);
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        out[i] = samples[i] + memory[i];
    memcpy(memory, samples + RNN_FRAME_SIZE, RNN_FRAME_SIZE * sizeof(float));
}

/* Neighbours that have the same model go through the network together. */
static void find_gains(const struct NetworkStream *streams, const RNNModel *const *models, int count)
{
    for (int s = 0; s < count;) {
        int same = 1;
        while (same < MOST_STREAMS && s + same < count && models[s + same] == models[s])
            same++;
        network(streams + s, same, models[s]);
        s += same;
    }
}

/* All stages; `count` streams have their own state and work. */
static void process(struct StreamFrame *streams, struct FrameWork *const *works, int count)
{
    struct BandPair energies[MOST_JOBS];
    struct PitchJob pitches[MOST_JOBS];
    struct NetworkStream heard[MOST_JOBS];
    struct FilterJob filters[MOST_JOBS];
    const RNNModel *models[MOST_JOBS];
    int audible = 0, which[MOST_JOBS];

    count = STREAM_COUNT(count);
    filter_frames(streams, works, count);
    for (int s = 0; s < count; s++) {
        struct Denoiser *state = streams[s].state;
        struct FrameWork *work = works[s];
        analyse_frame(&work->X, state->analysis_memory, work->frame);
        energies[s] = (struct BandPair){work->Ex, &work->X, &work->X};
        pitches[s] = (struct PitchJob){&work->analysis, &state->features, work->frame, &work->X, work->Ex};
    }
    band_correlations(energies, count);
    analyse_pitch(pitches, count);
    for (int s = 0; s < count; s++) {
        struct Denoiser *state = streams[s].state;
        struct FrameWork *work = works[s];
        streams[s].vad = 0.0f;
        if ((double)total_energy(work->Ex) < RNN_SILENCE_INFERENCE)
            continue;
        assemble_features(work->features, &state->features, &work->analysis, work->Ex);
        heard[audible] = (struct NetworkStream){&state->network, work->features, work->gains, &streams[s].vad};
        filters[audible] = (struct FilterJob){&work->X, &work->analysis, work->Ex, work->gains};
        models[audible] = state->model;
        which[audible++] = s;
    }
    find_gains(heard, models, audible);
    pitch_filter(filters, audible);
    for (int a = 0; a < audible; a++) {
        struct FrameWork *work = works[which[a]];
        limit_decay(work->gains, streams[which[a]].state->last_gains);
        apply_gains(&work->X, work->gains);
    }
    for (int s = 0; s < count; s++)
        synthesize_frame(streams[s].out, streams[s].state->synthesis_memory, &works[s]->X);
}

float denoiser_process_frame(struct Denoiser *state, float out[RNN_FRAME_SIZE], const float in[RNN_FRAME_SIZE])
{
    struct FrameWork work;
    struct FrameWork *const works[1] = {&work};
    struct StreamFrame stream = {state, out, in, 0.0f};
    process(&stream, works, 1);
    return stream.vad;
}

#if RNN_SIDE_BY_SIDE
void denoiser_process_streams(struct StreamFrame *streams, int count)
{
    struct FrameWork *works[MOST_JOBS];
    for (int s = 0; s < count; s++) {
        unsigned char *work = streams[s].state->work;
        works[s] = (struct FrameWork *)(void *)(work + (64 - (uintptr_t)work % 64)); /* as aligned as on the stack */
    }
    process(streams, works, count);
}
#else
void denoiser_process_streams(struct StreamFrame *streams, int count)
{
    for (int s = 0; s < count; s++)
        streams[s].vad = denoiser_process_frame(streams[s].state, streams[s].out, streams[s].in);
}
#endif
