#include "octave.h"

#include <math.h>
#include <string.h>

#include "correlation.h"
#include "lanes.h"
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

enum { MOST_LAGS = 2 + 2 * RNN_OCTAVE_MAX_DIVISOR, LAG_GROUPS = (MOST_LAGS + FEW - 1) / FEW };

/* What is computed of one stream. */
struct Octaves {
    struct Candidate candidates[RNN_OCTAVE_MAX_DIVISOR];
    int count, found_lag;
    struct AnyLags *groups; /* lag 0, the found one, two of each candidate */
    float xx, energies[RNN_HALF_MAX_PERIOD + 1];
};

/* Energy of the frame moved back by each lag up to the longest, by recursion from lag 0; `count` is a constant where
 * this is inlined. */
INLINE void lag_energies(struct Octaves *octaves, float *const *whitened, int longest, const int count)
{
    float energy[TOGETHER];
    UNROLL for (int s = 0; s < count; s++) octaves[s].energies[0] = energy[s] = octaves[s].xx;
    for (int i = 1; i <= longest; i++)
        UNROLL for (int s = 0; s < count; s++)
        {
            const float *x = whitened[s] + RNN_HALF_MAX_PERIOD;
            energy[s] = energy[s] + x[-i] * x[-i] - x[RNN_HALF_FRAME_SIZE - i] * x[RNN_HALF_FRAME_SIZE - i];
            octaves[s].energies[i] = max_float(0.0f, energy[s]);
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

static int peak_offset(const float around[FEW]) /* at lag + 1, lag, lag - 1 ... */
{
    if (around[0] - around[2] > RNN_PEAK_OFFSET * (around[1] - around[2]))
        return 1;
    if (around[2] - around[0] > RNN_PEAK_OFFSET * (around[1] - around[0]))
        return -1;
    return 0;
}

/* Puts the lags of a stream into groups of eight; returns how many groups. */
static int list_lags(struct AnyLags *groups, struct Octaves *octaves, const float *x, int found)
{
    int lags[MOST_LAGS + FEW];
    octaves->groups = groups;
    octaves->found_lag = min_int(found / 2, RNN_HALF_MAX_PERIOD - 1);
    octaves->count = list_candidates(octaves->candidates, octaves->found_lag);
    lags[0] = 0;
    lags[1] = octaves->found_lag;
    for (int c = 0; c < octaves->count; c++) {
        lags[2 + 2 * c] = octaves->candidates[c].lag;
        lags[3 + 2 * c] = octaves->candidates[c].second_lag;
    }
    const int size = 2 + 2 * octaves->count;
    for (int k = size; k < size + FEW; k++)
        lags[k] = 0;
    int count = 0;
    for (; count * FEW < size; count++) {
        groups[count].x = x;
        memcpy(groups[count].lags, lags + count * FEW, sizeof(groups[count].lags));
    }
    return count;
}

static int longest_lag(const struct Octaves *octaves)
{
    int longest = octaves->found_lag;
    for (int c = 0; c < octaves->count; c++)
        longest = max_int(longest, octaves->candidates[c].second_lag);
    return longest;
}

/* Takes the best lag into `pitch`, which holds the frame before's; the offset of its peak is still to come. */
static int choose_lag(struct Pitch *pitch, const struct Octaves *octaves)
{
    const int found_lag = octaves->found_lag, previous_lag = pitch->period / 2;
    const float *yy = octaves->energies, xx = octaves->xx;
    float best_xy = octaves->groups[0].out[1], best_yy = yy[found_lag];
    const float found_gain = pitch_gain(best_xy, xx, best_yy);
    float gain = found_gain;
    int lag = found_lag;
    for (int c = 0; c < octaves->count; c++) {
        const struct Candidate candidate = octaves->candidates[c];
        const float *xy = octaves->groups[(2 + 2 * c) / FEW].out + (2 + 2 * c) % FEW;
        const float xy1 = 0.5f * (xy[0] + xy[1]);
        const float yy1 = 0.5f * (yy[candidate.lag] + yy[candidate.second_lag]);
        const float gain1 = pitch_gain(xy1, xx, yy1);
        const float kept = continuity(candidate.lag, c + 2, found_lag, previous_lag, pitch->gain);
        if (gain1 > threshold(candidate.lag, found_gain, kept)) {
            best_xy = xy1;
            best_yy = yy1;
            lag = candidate.lag;
            gain = gain1;
        }
    }
    best_xy = max_float(0.0f, best_xy);
    pitch->gain = best_yy <= best_xy ? 1.0f : best_xy / (best_yy + 1.0f);
    pitch->gain = min_float(pitch->gain, gain);
    return lag;
}

static void remove_errors_together(struct Pitch *const *pitch, float *const *whitened, const int *found, int count)
{
    struct Octaves octaves[TOGETHER];
    struct AnyLags groups[TOGETHER * LAG_GROUPS];
    struct FewLags peaks[TOGETHER];
    float around[TOGETHER][FEW] = {{0.0f}};
    int taken = 0, longest = 0, lags[TOGETHER];
    for (int s = 0; s < count; s++) {
        taken += list_lags(groups + taken, &octaves[s], whitened[s] + RNN_HALF_MAX_PERIOD, found[s]);
        longest = max_int(longest, longest_lag(&octaves[s]));
    }
    correlate_any(groups, taken, RNN_HALF_FRAME_SIZE);
    for (int s = 0; s < count; s++)
        octaves[s].xx = octaves[s].groups[0].out[0];
    if (count == TOGETHER)
        lag_energies(octaves, whitened, longest, TOGETHER);
    else
        for (int s = 0; s < count; s++)
            lag_energies(octaves + s, whitened + s, longest, 1);
    for (int s = 0; s < count; s++) {
        const float *x = whitened[s] + RNN_HALF_MAX_PERIOD;
        lags[s] = choose_lag(pitch[s], &octaves[s]);
        peaks[s] = (struct FewLags){around[s], x, x - (lags[s] + 1)};
    }
    correlate_few(peaks, count, RNN_HALF_FRAME_SIZE);
    for (int s = 0; s < count; s++)
        pitch[s]->period = max_int(RNN_PITCH_MIN_PERIOD, 2 * lags[s] + peak_offset(around[s]));
}

void remove_octave_errors(struct Pitch *const *pitch, float *const *whitened, const int *found, int count)
{
    count = STREAM_COUNT(count);
    for (int s = 0; s < count; s += TOGETHER)
        remove_errors_together(pitch + s, whitened + s, found + s, count - s < TOGETHER ? count - s : TOGETHER);
}
