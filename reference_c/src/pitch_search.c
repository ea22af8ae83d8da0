#include "pitch_search.h"

#include <string.h>

#include "correlation.h"
#include "lanes.h"
#include "minmax.h"

enum {
    COARSE_BUF_PADDED = HALF_BUF_PADDED / 2,
    COARSE_MAX_PERIOD = RNN_HALF_MAX_PERIOD / 2 /* where the frame begins */
};

/* Lags first ... last - 1. */
struct LagRange {
    int first, last;
};

/* Energies of one stream's lags, by recursion. */
struct Energies {
    const float *y;
    float first, lag[RNN_FINE_LAGS];
};

/* lag[i] += lag[i - 1], from the first; `count` is a constant where this is inlined. */
INLINE void add_up(struct Energies *energies, int lags, const int count)
{
    float energy[TOGETHER];
    UNROLL for (int s = 0; s < count; s++) energy[s] = energies[s].first;
    for (int i = 0; i < lags; i++)
        UNROLL for (int s = 0; s < count; s++)
        {
            const float step = energies[s].lag[i];
            energies[s].lag[i] = energy[s];
            energy[s] += step;
        }
}

static void find_steps(float *restrict steps, const float *y, int size, int lags)
{
    for (int i = 0; i < lags; i++)
        steps[i] = y[i + size] * y[i + size] - y[i] * y[i];
}

/* lag[i] = energy of y[i ... i + size - 1], never below 1. */
static void running_energies(struct Energies *energies, int count, int size, int lags)
{
    for (int s = 0; s < count; s++)
        find_steps(energies[s].lag, energies[s].y, size, lags);
    if (count == TOGETHER)
        add_up(energies, lags, TOGETHER);
    else
        for (int s = 0; s < count; s++)
            add_up(energies + s, lags, 1);

    /* Without the limit the recursion is quicker, and it is rarely needed: look afterwards. */
    for (int s = 0; s < count; s++) {
        float energy = energies[s].first, steps[RNN_FINE_LAGS];
        int below = 0;
        for (int i = 0; i < lags; i++)
            below |= 1.0f > energies[s].lag[i];
        if (!below)
            continue;
        find_steps(steps, energies[s].y, size, lags);
        for (int i = 0; i < lags; i++) {
            energies[s].lag[i] = energy;
            energy = max_float(1.0f, energy + steps[i]);
        }
    }
}

/* The two best lags so far, best first: the largest normalized correlations. */
struct BestTwo {
    int lag[2];
    float num[2], den[2];
};

static const struct BestTwo no_best = {{0, 1}, {-1.0f, -1.0f}, {0.0f, 0.0f}};

static void take_best(struct BestTwo *best, const float *xc, const float *energies, struct LagRange range)
{
    for (int i = range.first; i < range.last; i++) {
        if (!(xc[i] > 0.0f))
            continue;
        const float energy = energies[i], scaled = xc[i] * RNN_BEST_LAG_SCALE, num = scaled * scaled;
        if (!(num * best->den[1] > best->num[1] * energy))
            continue;
        const int place = num * best->den[0] > best->num[0] * energy ? 0 : 1;
        if (place == 0) {
            best->num[1] = best->num[0];
            best->den[1] = best->den[0];
            best->lag[1] = best->lag[0];
        }
        best->num[place] = num;
        best->den[place] = energy;
        best->lag[place] = i;
    }
}

static void ones(float few[FEW])
{
    for (int k = 0; k < FEW; k++)
        few[k] = 1.0f;
}

static void coarse_search_one(struct BestTwo *best, const float whitened[HALF_BUF_PADDED])
{
    const struct LagRange all = {0, RNN_COARSE_LAGS};
    float y4[COARSE_BUF_PADDED], xc[RNN_COARSE_LAGS];
    struct Energies energies;
    for (int j = 0; j < COARSE_BUF_PADDED; j++)
        y4[j] = whitened[2 * j];
    energies.y = y4;
    energies.first = 1.0f;
    for (int j = 0; j < RNN_COARSE_FRAME_SIZE; j++)
        energies.first += y4[j] * y4[j];
    running_energies(&energies, 1, RNN_COARSE_FRAME_SIZE, RNN_COARSE_LAGS);
    correlate_neighbours(xc, y4 + COARSE_MAX_PERIOD, y4, RNN_COARSE_FRAME_SIZE, RNN_COARSE_LAGS);
    *best = no_best;
    take_best(best, xc, energies.lag, all);
}

#if RNN_SIDE_BY_SIDE && LANE_COUNT > 1
/* Numbers of lags, and what comparisons of lanes give: all bits of a lane or none. */
typedef int LaneInts __attribute__((vector_size(LANE_COUNT * 4)));

INLINE Lanes chosen(LaneInts mask, Lanes yes, Lanes no)
{
    return (Lanes)((mask & (LaneInts)yes) | (~mask & (LaneInts)no));
}

/* BestTwo of each lane; lags are integers in the bits of floats. */
struct BestOfLanes {
    Lanes lag[2], num[2], den[2];
};

INLINE void take_best_lanes(struct BestOfLanes *best, Lanes xc, Lanes energy, int lag)
{
    const Lanes scaled = xc * RNN_BEST_LAG_SCALE, num = scaled * scaled, zero = {0.0f};
    const LaneInts lags = lag - (LaneInts){0};
    const LaneInts taken = (xc > zero) & (num * best->den[1] > best->num[1] * energy);
    const LaneInts first = taken & (num * best->den[0] > best->num[0] * energy);
    best->num[1] = chosen(first, best->num[0], chosen(taken, num, best->num[1]));
    best->den[1] = chosen(first, best->den[0], chosen(taken, energy, best->den[1]));
    best->lag[1] = chosen(first, best->lag[0], chosen(taken, (Lanes)lags, best->lag[1]));
    best->num[0] = chosen(first, num, best->num[0]);
    best->den[0] = chosen(first, energy, best->den[0]);
    best->lag[0] = chosen(first, (Lanes)lags, best->lag[0]);
}

enum {
    COARSE_SAMPLES = COARSE_MAX_PERIOD + RNN_COARSE_FRAME_SIZE,
    COARSE_SLICE = 48, /* a divisor of it */
    COARSE_BLOCK = 7   /* lags at once; a divisor of RNN_COARSE_LAGS */
};

/* The same for up to LANE_COUNT streams, a lane each. */
static void coarse_search_lanes(struct BestTwo *best, float *const *whitened, int count)
{
    ALIGNED float y[COARSE_SAMPLES * LANE_COUNT], rows[LANE_COUNT * COARSE_SLICE] = {0.0f}, kept[6][LANE_COUNT];
    const float *x = y + COARSE_MAX_PERIOD * LANE_COUNT;
    const Lanes one = 1.0f - (Lanes){0.0f};
    struct BestOfLanes found = {{(Lanes)(LaneInts){0}, (Lanes)(1 - (LaneInts){0})}, {-one, -one}, {{0.0f}, {0.0f}}};
    Lanes energy = one;
    for (int start = 0; start < COARSE_SAMPLES; start += COARSE_SLICE) {
        for (int s = 0; s < count; s++)
            for (int j = 0; j < COARSE_SLICE; j++)
                rows[s * COARSE_SLICE + j] = whitened[s][2 * (start + j)];
        turn(y + start * LANE_COUNT, LANE_COUNT, rows, COARSE_SLICE, LANE_COUNT, COARSE_SLICE);
    }
    for (int j = 0; j < RNN_COARSE_FRAME_SIZE; j++) {
        const Lanes sample = lanes_load(y + j * LANE_COUNT);
        energy += sample * sample;
    }
    for (int lag = 0; lag < RNN_COARSE_LAGS; lag += COARSE_BLOCK) {
        const float *from = y + lag * LANE_COUNT, *to = from + RNN_COARSE_FRAME_SIZE * LANE_COUNT;
        Lanes xc[COARSE_BLOCK];
        UNROLL for (int k = 0; k < COARSE_BLOCK; k++) xc[k] = (Lanes){0.0f};
        for (int j = 0; j < RNN_COARSE_FRAME_SIZE * LANE_COUNT; j += LANE_COUNT) {
            const Lanes sample = lanes_load(x + j);
            UNROLL for (int k = 0; k < COARSE_BLOCK; k++) xc[k] += sample * lanes_load(from + j + k * LANE_COUNT);
        }
        UNROLL for (int k = 0; k < COARSE_BLOCK; k++)
        {
            const Lanes last = lanes_load(from + k * LANE_COUNT), next = lanes_load(to + k * LANE_COUNT);
            take_best_lanes(&found, xc[k], energy, lag + k);
            energy = energy + (next * next - last * last);
            energy = chosen(one > energy, one, energy);
        }
    }
    for (int i = 0; i < 2; i++) {
        lanes_store(kept[i], found.lag[i]);
        lanes_store(kept[2 + i], found.num[i]);
        lanes_store(kept[4 + i], found.den[i]);
    }
    for (int s = 0; s < count; s++)
        for (int i = 0; i < 2; i++) {
            memcpy(&best[s].lag[i], &kept[i][s], sizeof(int));
            best[s].num[i] = kept[2 + i][s];
            best[s].den[i] = kept[4 + i][s];
        }
}
#endif

static void coarse_search(struct BestTwo *best, float *const *whitened, int count)
{
#if RNN_SIDE_BY_SIDE && LANE_COUNT > 1
    for (; count > 1; best += LANE_COUNT, whitened += LANE_COUNT, count -= LANE_COUNT)
        coarse_search_lanes(best, whitened, count < LANE_COUNT ? count : LANE_COUNT);
#endif
    for (; count > 0; best++, whitened++, count--)
        coarse_search_one(best, *whitened);
}

/* The fine lags around a coarse one. */
static struct LagRange neighbourhood(int coarse)
{
    return (struct LagRange){max_int(0, 2 * coarse - RNN_FINE_RADIUS),
                             min_int(RNN_FINE_LAGS, 2 * coarse + RNN_FINE_RADIUS + 1)};
}

/* Which side of a peak is so much higher that the peak must lie between two lags. */
static int peak_offset(float before, float at, float after)
{
    if (after - before > RNN_PEAK_OFFSET * (at - before))
        return 1;
    if (before - after > RNN_PEAK_OFFSET * (at - after))
        return -1;
    return 0;
}

/* A stream's fine search: around the two coarse lags alone; elsewhere the correlation is zero, which is never best. */
struct FineSearch {
    struct LagRange low, high;
    float found[2][FEW], squares[FEW];
};

static int fine_search(const struct FineSearch *search, const float *energies)
{
    const struct LagRange low = search->low, high = search->high, rest = {max_int(low.last, high.first), high.last};
    struct BestTwo best = no_best;
    float xc[RNN_FINE_LAGS] = {0.0f};
    for (int k = low.first; k < low.last; k++)
        xc[k] = max_float(-1.0f, search->found[0][k - low.first]);
    for (int k = high.first; k < high.last; k++)
        xc[k] = max_float(-1.0f, search->found[1][k - high.first]);
    take_best(&best, xc, energies, low);
    take_best(&best, xc, energies, rest);
    const int lag = best.lag[0];
    int offset = 0;
    if (lag > 0 && lag < RNN_FINE_LAGS - 1)
        offset = peak_offset(xc[lag - 1], xc[lag], xc[lag + 1]);
    return RNN_PITCH_MAX_PERIOD - (2 * lag - offset);
}

static void fine_search_together(int *found, const struct BestTwo *coarse, float *const *whitened, int count)
{
    struct FineSearch searches[TOGETHER];
    struct Energies energies[TOGETHER];
    struct FewLags jobs[3 * TOGETHER] = {{NULL, NULL, NULL}};
    int longest = 0;
    for (int s = 0; s < count; s++) {
        struct FineSearch *search = &searches[s];
        const int later = coarse[s].lag[1] > coarse[s].lag[0], sooner = 1 - later;
        const float *y = whitened[s], *x = y + RNN_HALF_MAX_PERIOD;
        search->low = neighbourhood(coarse[s].lag[sooner]);
        search->high = neighbourhood(coarse[s].lag[later]);
        longest = max_int(longest, search->high.last);
        memset(search->found, 0, sizeof(search->found));
        ones(search->squares);
        jobs[3 * s] = (struct FewLags){search->found[0], x, y + search->low.first};
        jobs[3 * s + 1] = (struct FewLags){search->found[1], x, y + search->high.first};
        jobs[3 * s + 2] = (struct FewLags){search->squares, y, y};
    }
    correlate_few(jobs, 3 * count, RNN_HALF_FRAME_SIZE);
    for (int s = 0; s < count; s++) {
        energies[s].y = whitened[s];
        energies[s].first = searches[s].squares[0];
    }
    running_energies(energies, count, RNN_HALF_FRAME_SIZE, longest);
    for (int s = 0; s < count; s++)
        found[s] = fine_search(&searches[s], energies[s].lag);
}

void pitch_search(int *found, float *const *whitened, int count)
{
    count = STREAM_COUNT(count);
    struct BestTwo coarse[MOST_JOBS];
    coarse_search(coarse, whitened, count);
    for (int s = 0; s < count; s += TOGETHER)
        fine_search_together(found + s, coarse + s, whitened + s, count - s < TOGETHER ? count - s : TOGETHER);
}
