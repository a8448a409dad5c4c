/* How a row's coefficients are fetched, and where its results wait for the columns:
 * in shared memory, tmp[], an element for COLUMNS of them. Two share a word, unless
 * ITX_UNPACKED is set or COLUMNS is 1.
 * Needs struct Block, coefficient() of a number in scan order, and
 * between(), what is done with a result of a row. */

uint pair(const int low, const int high)
{
    return uint(low & 0xffff) + (uint(high) << 16);
}

/* 0, when c is known: the compiler would load everything at the start, and keep
 * addresses from one use to the next, for which there are not registers enough. */
#define AFTER(c) (p.zero & uint(c))

/* Of four places that are neighbours in the table. */
ivec4 four_coefficients(const Block b, const uint row)
{
    const uvec2 t = order[row];
    return ivec4(coefficient(b, t.x & 0xffffu), coefficient(b, t.x >> 16),
                 coefficient(b, t.y & 0xffffu), coefficient(b, t.y >> 16));
}

/* Columns 4 * i to 4 * i + 3 of the row that begins at `at`. */
void keep(const Block b, const uint at, const uint log2_blocks, const uint i, const ivec4 c, const bool dct)
{
#if COLUMNS == 1
    tmp[at + (4 * i << log2_blocks)] = between(b, c.x, dct);
    tmp[at + (4 * i + 1 << log2_blocks)] = between(b, c.y, dct);
    tmp[at + (4 * i + 2 << log2_blocks)] = between(b, c.z, dct);
    tmp[at + (4 * i + 3 << log2_blocks)] = between(b, c.w, dct);
#elif defined(ITX_UNPACKED) && COLUMNS == 2
    tmp[at + (2 * i << log2_blocks)] = ivec2(between(b, c.x, dct), between(b, c.y, dct));
    tmp[at + (2 * i + 1 << log2_blocks)] = ivec2(between(b, c.z, dct), between(b, c.w, dct));
#elif defined(ITX_UNPACKED)
    tmp[at + (i << log2_blocks)] = ivec4(between(b, c.x, dct), between(b, c.y, dct),
                                         between(b, c.z, dct), between(b, c.w, dct));
#elif COLUMNS == 2
    tmp[at + (2 * i << log2_blocks)] = pair(between(b, c.x, dct), between(b, c.y, dct));
    tmp[at + (2 * i + 1 << log2_blocks)] = pair(between(b, c.z, dct), between(b, c.w, dct));
#elif DEPTH == 8
    tmp[at + (i << log2_blocks)] = uvec2(pair(between(b, c.x, dct), between(b, c.z, dct)),
                                           pair(between(b, c.y, dct), between(b, c.w, dct)));
#else
    tmp[at + (i << log2_blocks)] = uvec2(pair(between(b, c.x, dct), between(b, c.y, dct)),
                                           pair(between(b, c.z, dct), between(b, c.w, dct)));
#endif
}
