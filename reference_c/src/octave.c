#include "octave.h"

#include <math.h>

#include "correlation.h"
#include "minmax.h"

static const int second_check[RNN_OCTAVE_MAX_DIVISOR + 1] = RNN_OCTAVE_SECOND_CHECK;

/* All lags are at half rate here. */
struct Candidate {
    int lag, second_lag; /* a fraction of the found period, and a multiple of it that must fit too */
};

static float pitch_gain(float xy, float xx, float yy)
{
    return (float)((double)xy / sqrt((double)(1.0f + xx * yy)));
}

/* Energy of the frame moved back by each lag up to the longest, by recursion from lag 0. */
static void lag_energies(float energies[RNN_HALF_MAX_PERIOD + 1], const float *x, float energy, int longest)
{
    energies[0] = energy;
    for (int i = 1; i <= longest; i++) {
        energy = energy + x[-i] * x[-i] - x[RNN_HALF_FRAME_SIZE - i] * x[RNN_HALF_FRAME_SIZE - i];
        energies[i] = max_float(0.0f, energy);
    }
}

static int list_candidates(struct Candidate *candidates, int found)
{
    int count = 0;
    for (int k = 2; k <= RNN_OCTAVE_MAX_DIVISOR; k++) {
        const int lag = (2 * found + k) / (2 * k);
        int second;
        if (lag < RNN_HALF_MIN_PERIOD)
            break;
        if (k == 2)
            second = lag + found > RNN_HALF_MAX_PERIOD ? found : found + lag;
        else
            second = (2 * second_check[k] * found + k) / (2 * k);
        candidates[count].lag = lag;
        candidates[count].second_lag = second;
        count++;
    }
    return count;
}

/* How much of the previous gain speaks for this lag. */
static float continuity(int lag, int divisor, int found, int previous_lag, float previous_gain)
{
    const int moved = lag > previous_lag ? lag - previous_lag : previous_lag - lag;
    if (moved <= 1)
        return previous_gain;
    if (moved <= 2 && 5 * divisor * divisor < found)
        return RNN_CONTINUITY_SHARE * previous_gain;
    return 0.0f;
}

/* The gain that a lag must exceed. A still stricter rule for lags under twice the minimum stands behind an
 * `else if` that cannot be reached in the reference: quirk Q-OCTAVE-THRESHOLD. */
static float threshold(int lag, float found_gain, float continuity_gain)
{
    if (lag < RNN_OCTAVE_SHORT_PERIOD)
        return max_float(RNN_OCTAVE_SHORT_FLOOR, RNN_OCTAVE_SHORT_RATIO * found_gain - continuity_gain);
    return max_float(RNN_OCTAVE_FLOOR, RNN_OCTAVE_RATIO * found_gain - continuity_gain);
}

static int peak_offset(const float *x, int lag)
{
    float around[FEW]; /* at lag + 1, lag, lag - 1 ... */
    correlate_few(around, x, x - (lag + 1), RNN_HALF_FRAME_SIZE);
    if (around[0] - around[2] > RNN_PEAK_OFFSET * (around[1] - around[2]))
        return 1;
    if (around[2] - around[0] > RNN_PEAK_OFFSET * (around[1] - around[0]))
        return -1;
    return 0;
}

struct Pitch remove_octave_errors(const float whitened[HALF_BUF_PADDED], int found, struct Pitch previous)
{
    const float *x = whitened + RNN_HALF_MAX_PERIOD;
    const int found_lag = min_int(found / 2, RNN_HALF_MAX_PERIOD - 1), previous_lag = previous.period / 2;
    struct Candidate candidates[RNN_OCTAVE_MAX_DIVISOR];
    int lags[2 + 2 * RNN_OCTAVE_MAX_DIVISOR];
    float xy[2 + 2 * RNN_OCTAVE_MAX_DIVISOR], yy[RNN_HALF_MAX_PERIOD + 1];

    const int count = list_candidates(candidates, found_lag);
    lags[0] = 0;
    lags[1] = found_lag;
    int longest = found_lag;
    for (int c = 0; c < count; c++) {
        lags[2 + 2 * c] = candidates[c].lag;
        lags[3 + 2 * c] = candidates[c].second_lag;
        longest = max_int(longest, candidates[c].second_lag);
    }
    correlate_lags(xy, x, lags, RNN_HALF_FRAME_SIZE, 2 + 2 * count);
    const float xx = xy[0];
    lag_energies(yy, x, xx, longest);

    const float found_gain = pitch_gain(xy[1], xx, yy[found_lag]);
    float best_xy = xy[1], best_yy = yy[found_lag], gain = found_gain;
    int lag = found_lag;
    for (int c = 0; c < count; c++) {
        const int lag1 = candidates[c].lag;
        const float xy1 = 0.5f * (xy[2 + 2 * c] + xy[3 + 2 * c]);
        const float yy1 = 0.5f * (yy[lag1] + yy[candidates[c].second_lag]);
        const float gain1 = pitch_gain(xy1, xx, yy1);
        const float kept = continuity(lag1, c + 2, found_lag, previous_lag, previous.gain);
        if (gain1 > threshold(lag1, found_gain, kept)) {
            best_xy = xy1;
            best_yy = yy1;
            lag = lag1;
            gain = gain1;
        }
    }
    best_xy = max_float(0.0f, best_xy);
    struct Pitch pitch;
    pitch.gain = best_yy <= best_xy ? 1.0f : best_xy / (best_yy + 1.0f);
    pitch.gain = min_float(pitch.gain, gain);
    pitch.period = max_int(RNN_PITCH_MIN_PERIOD, 2 * lag + peak_offset(x, lag));
    return pitch;
}
