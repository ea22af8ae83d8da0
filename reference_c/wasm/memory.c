/* Memory of a WebAssembly module: copying, and a heap of fixed size, which never moves: a memory that grows would
 * detach the views that JavaScript holds. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

enum { HEAP_SIZE = 3 << 20, UNIT = 16 /* bytes that blocks are multiples of */ };

/* Before each block; blocks follow each other without gaps. */
struct Block {
    uint32_t size; /* with this head */
    uint32_t used, unused[2];
};

_Static_assert(sizeof(struct Block) == UNIT, "blocks stay aligned");

static _Alignas(UNIT) unsigned char heap[HEAP_SIZE];

static struct Block *next(struct Block *block) { return (struct Block *)(void *)((unsigned char *)block + block->size); }

EXPORT("malloc") void *malloc(size_t size)
{
    struct Block *block = (struct Block *)(void *)heap, *end = (struct Block *)(void *)(heap + HEAP_SIZE);
    if (size > HEAP_SIZE - 2 * UNIT)
        return NULL;
    const uint32_t needed = (uint32_t)((size + UNIT - 1) / UNIT + 1) * UNIT;
    if (block->size == 0)
        block->size = HEAP_SIZE;
    for (; block != end; block = next(block)) {
        if (block->used)
            continue;
        while (next(block) != end && !next(block)->used)
            block->size += next(block)->size;
        if (block->size < needed)
            continue;
        if (block->size > needed) {
            const uint32_t rest = block->size - needed;
            block->size = needed;
            next(block)->size = rest;
            next(block)->used = 0;
        }
        block->used = 1;
        return block + 1;
    }
    return NULL;
}

EXPORT("free") void free(void *memory)
{
    if (memory != NULL)
        ((struct Block *)memory - 1)->used = 0;
}

void *realloc(void *memory, size_t size)
{
    void *moved = malloc(size);
    if (moved != NULL && memory != NULL) {
        const size_t room = ((struct Block *)memory - 1)->size - UNIT;
        memcpy(moved, memory, size < room ? size : room);
        free(memory);
    }
    return moved;
}

/* Compiled with -fno-builtin: these loops must not become calls of themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *restrict out = to;
    const unsigned char *restrict in = from;
    for (; size >= 4 && (((uintptr_t)out | (uintptr_t)in) & 3) == 0; size -= 4, out += 4, in += 4)
        *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
    while (size-- > 0)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in || out >= in + size) {
        for (; size >= 4 && (((uintptr_t)out | (uintptr_t)in) & 3) == 0; size -= 4, out += 4, in += 4)
            *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
        while (size-- > 0)
            *out++ = *in++;
    } else {
        while (size-- > 0)
            out[size] = in[size];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    unsigned char *out = to;
    while (size-- > 0)
        *out++ = (unsigned char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;
    for (; size > 0; size--, left++, right++)
        if (*left != *right)
            return *left - *right;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}
