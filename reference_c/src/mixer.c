#include "mixer.h"

#include <math.h>
#include <string.h>

#include "bands.h"

static const int speech_gain_db[2] = RNN_SPEECH_GAIN_DB;
static const int noise_gain_db[2] = RNN_NOISE_GAIN_DB;

void mixer_init(struct Mixer *mixer, const struct FrameSource *noise, uint32_t seed)
{
    memset(mixer, 0, sizeof(*mixer));
    rand_seed(&mixer->rand, seed);
    mixer->speech.gain = mixer->noise.gain = 1.0f;
    mixer->lowpass = RNN_FREQ_SIZE;
    mixer->band_lp = RNN_NB_BANDS;
    if (noise->frames > RNN_NOISE_SKIP_FRAMES) /* quirk Q-NOISE-SKIP */
        mixer->noise.position = RNN_NOISE_SKIP_FRAMES;
}

static float draw_gain(struct Rand *generator, const int range_db[2])
{
    return (float)pow(10.0, (range_db[0] + rand_next(generator) % range_db[1]) / 20.0);
}

static int draw_mute(struct Rand *generator) { return rand_next(generator) % RNN_MUTE_ONE_IN == 0; }

static double draw_unit(struct Rand *generator) { return rand_next(generator) / (double)RNN_RAND_MAX; }

static float draw_coefficient(struct Rand *generator)
{
    const float uniform = (float)(draw_unit(generator) - 0.5);
    return (float)(RNN_RANDOM_FILTER_SCALE * (double)uniform);
}

static void draw_response(struct Rand *generator, struct Biquad *response)
{
    response->a[0] = draw_coefficient(generator);
    response->a[1] = draw_coefficient(generator);
    response->b[0] = draw_coefficient(generator);
    response->b[1] = draw_coefficient(generator);
}

/* Thirteen draws, in this order. */
static void redraw(struct Mixer *mixer)
{
    struct Rand *generator = &mixer->rand;
    mixer->speech.gain = draw_gain(generator, speech_gain_db);
    mixer->noise.gain = draw_gain(generator, noise_gain_db);
    if (draw_mute(generator))
        mixer->noise.gain = 0.0f;
    mixer->noise.gain *= mixer->speech.gain;
    if (draw_mute(generator))
        mixer->speech.gain = 0.0f;
    draw_response(generator, &mixer->noise.response);
    draw_response(generator, &mixer->speech.response);
    /* May lie above the last bin: quirk Q-LOWPASS-OVER. */
    mixer->lowpass = (int)(RNN_FREQ_SIZE * RNN_LOWPASS_START / (RNN_SAMPLE_RATE / 2.0) *
                           pow(RNN_LOWPASS_SPAN, draw_unit(generator)));
    for (int b = 0; b < RNN_NB_BANDS; b++) { /* keeps its old value if there is none: quirk Q-BAND-LP */
        if (band_edges[b] > mixer->lowpass) {
            mixer->band_lp = b;
            break;
        }
    }
}

/* The next frame times the gain; returns the energy of the frame itself. A muted source is not read: quirk
 * Q-MUTED-NOT-READ. At the end it starts again, without the partial last frame: quirk Q-PARTIAL-DROPPED. */
static float read_channel(struct MixerChannel *channel, float out[RNN_FRAME_SIZE], const struct FrameSource *source)
{
    int16_t samples[RNN_FRAME_SIZE];
    float energy = 0.0f;
    if (channel->gain == 0.0f) {
        memset(out, 0, RNN_FRAME_SIZE * sizeof(float));
        return energy;
    }
    if (channel->position >= source->frames)
        channel->position = 0;
    source->read(source->source, channel->position, samples);
    channel->position++;
    for (int i = 0; i < RNN_FRAME_SIZE; i++) {
        out[i] = channel->gain * samples[i];
        energy += (float)samples[i] * (float)samples[i];
    }
    return energy;
}

static void filter_channel(struct MixerChannel *channel, float frame[RNN_FRAME_SIZE])
{
    biquad(frame, channel->highpass_memory, frame, &highpass, RNN_FRAME_SIZE);
    biquad(frame, channel->response_memory, frame, &channel->response, RNN_FRAME_SIZE);
}

void mixer_next(struct Mixer *mixer, struct MixedFrame *frame, const struct FrameSource *speech,
                const struct FrameSource *noise)
{
    if (++mixer->counter > RNN_REDRAW_FRAMES) {
        redraw(mixer);
        mixer->counter = 0;
    }
    frame->clean_energy = read_channel(&mixer->speech, frame->clean, speech);
    read_channel(&mixer->noise, frame->noise, noise);
    filter_channel(&mixer->speech, frame->clean);
    filter_channel(&mixer->noise, frame->noise);
    for (int i = 0; i < RNN_FRAME_SIZE; i++)
        frame->noisy[i] = frame->clean[i] + frame->noise[i];
}
