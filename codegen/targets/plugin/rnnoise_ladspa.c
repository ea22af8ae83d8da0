/* librnnoise as a LADSPA plugin, mono and stereo, blocks of any length. The labels and the names of the controls are
 * those that PipeWire configurations for noise suppression use.
 *
 * With all controls at their defaults the output is librnnoise's, 960 samples (20 ms) late: a frame is collected, then
 * it comes out one frame late. Muting opens from one frame before speech until the grace period after it, with ramps of
 * a frame, as `rnnoise-py denoise --vad-threshold` does; each 10 ms of look-back open it a frame sooner and cost a frame
 * of latency. A port says the latency. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ladspa_interface.h"
#include "rnnoise.h"

#ifndef RNN_MODEL
#define RNN_MODEL "own model"
#endif

enum {
    FRAME = 480,
    SAMPLE_RATE = 48000,
    FRAME_MS = 10,
    MAX_CHANNELS = 2,
    MAX_LOOK_BACK = 50, /* frames */
    DELAYED = MAX_LOOK_BACK + 2
};

enum { THRESHOLD, GRACE, LOOK_BACK, DRY, CONTROLS, LATENCY = CONTROLS, FIRST_AUDIO };

static const float full_scale = 32768.0f;

struct Channel {
    DenoiseState *state;
    const float *in;
    float *out;
    float collected[FRAME], given[FRAME];
    float wet[DELAYED][FRAME], dry[DELAYED][FRAME]; /* by number of the frame, modulo DELAYED */
};

struct Instance {
    int channels, place; /* in the frame that is being collected */
    long heard;          /* frames */
    long since;          /* frames since the last speech; before the first more than any grace */
    int open, ever_open; /* of the frame that was given last; whether there was one */
    const float *controls[CONTROLS];
    float *latency;
    struct Channel channel[MAX_CHANNELS];
};

static float control(const struct Instance *instance, int which)
{
    const float value = instance->controls[which] != NULL ? *instance->controls[which] : 0.0f;
    return value > 0.0f ? value : 0.0f; /* NaN too */
}

static int frames_of(float milliseconds, int most)
{
    const float frames = milliseconds / (float)FRAME_MS + 0.5f;
    return frames < (float)most ? (int)frames : most;
}

/* The frame that is given now: number `frame` of the input. */
static void give(struct Instance *instance, long frame, int muting, int open)
{
    const double dry_percent = (double)control(instance, DRY), share = dry_percent < 100.0 ? dry_percent / 100.0 : 1.0;
    const float wet_part = (float)(1.0 - share), dry_part = (float)share;
    const int before = instance->ever_open ? instance->open : open;
    for (int c = 0; c < instance->channels; c++) {
        struct Channel *channel = &instance->channel[c];
        const float *wet = channel->wet[frame % DELAYED], *dry = channel->dry[frame % DELAYED];
        for (int i = 0; i < FRAME; i++) {
            float sample = share > 0.0 ? wet[i] * wet_part + dry[i] * dry_part : wet[i];
            if (muting)
                sample *= (float)before + (float)(open - before) * (float)((double)i / FRAME);
            channel->given[i] = sample / full_scale;
        }
    }
    instance->open = open;
    instance->ever_open = 1;
}

static void hear_frame(struct Instance *instance)
{
    const float threshold = control(instance, THRESHOLD) / 100.0f;
    const int look_back = frames_of(control(instance, LOOK_BACK), MAX_LOOK_BACK);
    const long grace = frames_of(control(instance, GRACE), 1 << 20), number = instance->heard++;
    float speech = 0.0f;
    for (int c = 0; c < instance->channels; c++) {
        struct Channel *channel = &instance->channel[c];
        float *own = channel->dry[number % DELAYED], denoised[FRAME];
        for (int i = 0; i < FRAME; i++)
            own[i] = channel->collected[i] * full_scale;
        const float vad = rnnoise_process_frame(channel->state, denoised, own);
        if (number > 0)
            memcpy(channel->wet[(number - 1) % DELAYED], denoised, sizeof(denoised));
        speech = vad > speech ? vad : speech;
    }
    instance->since = speech >= threshold ? 0 : instance->since + 1;
    const long frame = number - 1 - look_back;
    if (frame >= 0)
        give(instance, frame, threshold > 0.0f, threshold <= 0.0f || instance->since <= grace + 1 + look_back);
    else
        for (int c = 0; c < instance->channels; c++)
            memset(instance->channel[c].given, 0, sizeof(instance->channel[c].given));
}

static void run(void *handle, unsigned long samples)
{
    struct Instance *instance = handle;
    if (instance->latency != NULL)
        *instance->latency = (float)(FRAME * (2 + frames_of(control(instance, LOOK_BACK), MAX_LOOK_BACK)));
    for (unsigned long i = 0; i < samples; i++) {
        for (int c = 0; c < instance->channels; c++) {
            struct Channel *channel = &instance->channel[c];
            channel->collected[instance->place] = channel->in[i]; /* before the output: the buffers may be the same */
        }
        for (int c = 0; c < instance->channels; c++) {
            struct Channel *channel = &instance->channel[c];
            channel->out[i] = channel->given[instance->place];
        }
        if (++instance->place == FRAME) {
            instance->place = 0;
            hear_frame(instance);
        }
    }
}

static void activate(void *handle)
{
    struct Instance *instance = handle;
    instance->place = 0;
    instance->heard = 0;
    instance->since = 1L << 24;
    instance->ever_open = 0;
    for (int c = 0; c < instance->channels; c++) {
        rnnoise_init(instance->channel[c].state, NULL);
        memset(instance->channel[c].given, 0, sizeof(instance->channel[c].given));
    }
}

static void cleanup(void *handle)
{
    struct Instance *instance = handle;
    for (int c = 0; c < instance->channels; c++)
        rnnoise_destroy(instance->channel[c].state);
    free(instance);
}

static int channels_of(const struct Plugin *plugin) { return plugin->port_count == FIRST_AUDIO + 2 ? 1 : 2; }

static void *instantiate(const struct Plugin *plugin, unsigned long sample_rate)
{
    struct Instance *instance;
    if (sample_rate != SAMPLE_RATE) {
        fprintf(stderr, "%s: the host runs at %lu Hz, the model is for %d: set the host or the node to %d Hz\n",
                plugin->label, sample_rate, SAMPLE_RATE, SAMPLE_RATE);
        return NULL;
    }
    instance = calloc(1, sizeof(*instance));
    if (instance == NULL)
        return NULL;
    for (; instance->channels < channels_of(plugin); instance->channels++) {
        instance->channel[instance->channels].state = rnnoise_create(NULL);
        if (instance->channel[instance->channels].state == NULL) {
            cleanup(instance);
            return NULL;
        }
    }
    activate(instance);
    return instance;
}

/* Ports: for each channel the input, then for each the output, then the controls, then the latency. */
static void connect_port(void *handle, unsigned long port, float *place)
{
    struct Instance *instance = handle;
    const unsigned long channels = (unsigned long)instance->channels;
    if (port < channels)
        instance->channel[port].in = place;
    else if (port < 2 * channels)
        instance->channel[port - channels].out = place;
    else if (port < 2 * channels + CONTROLS)
        instance->controls[port - 2 * channels] = place;
    else if (port == 2 * channels + LATENCY)
        instance->latency = place;
}

#define AUDIO_IN (PORT_INPUT | PORT_AUDIO)
#define AUDIO_OUT (PORT_OUTPUT | PORT_AUDIO)
#define CONTROL_IN (PORT_INPUT | PORT_CONTROL)
#define CONTROL_KINDS CONTROL_IN, CONTROL_IN, CONTROL_IN, CONTROL_IN, PORT_OUTPUT | PORT_CONTROL
#define CONTROL_NAMES \
    "VAD Threshold (%)", "VAD Grace Period (ms)", "Retroactive VAD Grace (ms)", "Dry Mix (%)", "latency"
#define BOUNDED (HINT_BOUNDED_BELOW | HINT_BOUNDED_ABOVE)
#define CONTROL_RANGES \
    {BOUNDED | HINT_DEFAULT_0, 0.0f, 100.0f}, {BOUNDED | HINT_DEFAULT_LOW, 0.0f, 800.0f}, \
        {BOUNDED | HINT_DEFAULT_0, 0.0f, 500.0f}, {BOUNDED | HINT_DEFAULT_0, 0.0f, 100.0f}, {0, 0.0f, 0.0f}

static const int mono_kinds[] = {AUDIO_IN, AUDIO_OUT, CONTROL_KINDS};
static const int stereo_kinds[] = {AUDIO_IN, AUDIO_IN, AUDIO_OUT, AUDIO_OUT, CONTROL_KINDS};
static const char *const mono_names[] = {"Input", "Output", CONTROL_NAMES};
static const char *const stereo_names[] = {"Input (L)", "Input (R)", "Output (L)", "Output (R)", CONTROL_NAMES};
static const struct PortRange mono_ranges[] = {{0, 0.0f, 0.0f}, {0, 0.0f, 0.0f}, CONTROL_RANGES};
static const struct PortRange stereo_ranges[] = {
    {0, 0.0f, 0.0f}, {0, 0.0f, 0.0f}, {0, 0.0f, 0.0f}, {0, 0.0f, 0.0f}, CONTROL_RANGES};

#define PLUGIN(number, what, shape) \
    { \
        .id = number, .label = "noise_suppressor_" what, .properties = PROPERTY_HARD_REALTIME, \
        .name = "Noise suppressor (" what "), " RNN_MODEL, .maker = "rnnoise-py", .copyright = "BSD-3-Clause", \
        .port_count = sizeof(shape##_kinds) / sizeof(*shape##_kinds), .port_kinds = shape##_kinds, \
        .port_names = shape##_names, .port_ranges = shape##_ranges, .instantiate = instantiate, \
        .connect_port = connect_port, .activate = activate, .run = run, .cleanup = cleanup \
    }

static const struct Plugin plugins[] = {PLUGIN(7203001, "mono", mono), PLUGIN(7203002, "stereo", stereo)};

const struct Plugin *ladspa_descriptor(unsigned long index);

__attribute__((visibility("default"))) const struct Plugin *ladspa_descriptor(unsigned long index)
{
    return index < sizeof(plugins) / sizeof(*plugins) ? &plugins[index] : NULL;
}
