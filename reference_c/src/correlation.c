#include "correlation.h"

#include "lanes.h"

enum { BLOCK = 10 /* vectors of lags at once */ };

/* The next BLOCK vectors of lags, of which `lags` are wanted. */
static void correlate_block(float *out, const float *x, const float *y, int size, int lags)
{
    Lanes sums[BLOCK];
    float found[BLOCK * LANE_COUNT];
    UNROLL for (int v = 0; v < BLOCK; v++) sums[v] = (Lanes){0.0f};
    for (int j = 0; j < size; j++)
        UNROLL for (int v = 0; v < BLOCK; v++) sums[v] += x[j] * lanes_load(y + j + v * LANE_COUNT);
    UNROLL for (int v = 0; v < BLOCK; v++) lanes_store(found + v * LANE_COUNT, sums[v]);
    memcpy(out, found, (size_t)lags * sizeof(float));
}

void correlate_neighbours(float *out, const float *x, const float *y, int size, int lags)
{
    enum { LAGS = BLOCK * LANE_COUNT };
    for (int start = 0; start < lags; start += LAGS)
        correlate_block(out + start, x, y + start, size, lags - start < LAGS ? lags - start : LAGS);
}

enum { FEW_TOGETHER = 4, ANY_TOGETHER = 2 };

/* Jobs side by side: their sums need not wait for each other. `count` is a constant where this is inlined. */
INLINE void correlate_few_together(const struct FewLags *jobs, int size, const int count)
{
    Eight sums[FEW_TOGETHER];
    const float *x[FEW_TOGETHER], *y[FEW_TOGETHER];
    UNROLL for (int i = 0; i < count; i++)
    {
        sums[i] = eight_load(jobs[i].out);
        x[i] = jobs[i].x;
        y[i] = jobs[i].y;
    }
    for (int j = 0; j < size; j++)
        UNROLL for (int i = 0; i < count; i++) sums[i] = eight_add_product(sums[i], x[i][j], y[i] + j);
    UNROLL for (int i = 0; i < count; i++) eight_store(jobs[i].out, sums[i]);
}

void correlate_few(const struct FewLags *jobs, int count, int size)
{
    for (; count >= FEW_TOGETHER; count -= FEW_TOGETHER, jobs += FEW_TOGETHER)
        correlate_few_together(jobs, size, FEW_TOGETHER);
    if (count == 3)
        correlate_few_together(jobs, size, 3);
    else
        for (int i = 0; i < count; i++)
            correlate_few_together(jobs + i, size, 1);
}

/* Products of four samples of four lags each are turned, so that each addition serves four lags. */
INLINE void correlate_any_together(struct AnyLags *jobs, int size, const int count)
{
    const float *y[ANY_TOGETHER][FEW];
    Eight sums[ANY_TOGETHER];
    UNROLL for (int i = 0; i < count; i++)
    {
        sums[i] = eight_zeros();
        for (int k = 0; k < FEW; k++)
            y[i][k] = jobs[i].x - jobs[i].lags[k];
    }
    for (int j = 0; j < size; j += 4)
        UNROLL for (int i = 0; i < count; i++) sums[i] = eight_add_turned_products(sums[i], jobs[i].x + j, y[i], j);
    UNROLL for (int i = 0; i < count; i++) eight_store(jobs[i].out, sums[i]);
}

void correlate_any(struct AnyLags *jobs, int count, int size)
{
    for (; count >= ANY_TOGETHER; count -= ANY_TOGETHER, jobs += ANY_TOGETHER)
        correlate_any_together(jobs, size, ANY_TOGETHER);
    if (count > 0)
        correlate_any_together(jobs, size, 1);
}
