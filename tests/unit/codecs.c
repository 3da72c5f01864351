/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every codec of this build: what it packs it unpacks, and what is damaged it refuses without writing where it must
 * not. */
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif

#include "compress/codecs.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define MOST 65536
#define CANARY 64 /* bytes before and behind what may be written */
#define PACKED_MOST (2 * MOST)

/* What a page holds. */
enum page_kind { ZERO, TEXT, RANDOM, RUNS, PAGE_KINDS };
static const char *const kind_names[PAGE_KINDS] = { "zeros", "text", "random bytes", "runs" };

static void make_page(enum page_kind kind, unsigned char *page, size_t size)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog. ";
	uint64_t seed = 99;

	memset(page, 0, size);
	if (kind == RANDOM)
		random_fill(&seed, page, size);
	for (size_t i = 0; kind == TEXT && i < size; i++)
		page[i] = (unsigned char)text[(i + i / 500) % (sizeof(text) - 1)];
	for (size_t i = 0; kind == RUNS && i < size;) {
		size_t n = 1 + (size_t)random_below(&seed, random_below(&seed, 5) ? 4 : 700);
		int value = random_below(&seed, 3) ? (int)random_below(&seed, 256) : 0;

		n = n < size - i ? n : size - i;
		memset(page + i, value, n);
		i += n;
	}
}

/* A buffer for size bytes between canaries. */
static unsigned char guarded[CANARY + PACKED_MOST + CANARY];

static unsigned char *guard(size_t size)
{
	memset(guarded, 0xc5, CANARY + size + CANARY);
	return guarded + CANARY;
}

static bool guard_holds(size_t size)
{
	for (size_t i = 0; i < CANARY; i++)
		if (guarded[i] != 0xc5 || guarded[CANARY + size + i] != 0xc5)
			return false;
	return true;
}

/* Unpack from memory that ends where the packed bytes end. Sets *clean to false when it wrote where it must not. */
static int decode(const struct codec *codec, void *state, size_t size, const unsigned char *packed, size_t packed_size,
		  bool *clean)
{
	unsigned char *out = guard(size), *in = malloc(packed_size + !packed_size);
	int status;

	memcpy(in, packed, packed_size);
	status = codec->decode(state, out, size, in, packed_size);
	free(in);
	*clean &= guard_holds(size);
	return status;
}

/* Pack by the codec, or by the library whose format it reads. 0: did not fit. */
static size_t encode(const struct codec *codec, void *state, unsigned char *packed, const unsigned char *page,
		     size_t size)
{
	if (codec->encode)
		return codec->encode(state, packed, PACKED_MOST, page, size);
#ifdef HAVE_LZO
	if (!strcmp(codec->name, "lzo")) {
		lzo_uint n = PACKED_MOST;
		void *work = malloc(LZO1X_1_MEM_COMPRESS);
		int status = lzo1x_1_compress(page, size, packed, &n, work);

		free(work);
		return status == LZO_E_OK ? n : 0;
	}
#endif
#ifdef HAVE_SNAPPY
	if (!strcmp(codec->name, "snappy")) {
		size_t n = PACKED_MOST;

		return snappy_compress((const char *)page, size, (char *)packed, &n) == SNAPPY_OK ? n : 0;
	}
#endif
	return 0;
}

/* Cut at any length, it is refused; asked for another size too. */
static void damage(const struct codec *codec, void *state, const unsigned char *packed, size_t packed_size, size_t size,
		   const char *what)
{
	unsigned char *broken = malloc(packed_size);
	unsigned taken = 0;
	bool clean = true;
	uint64_t seed = 5;

	for (size_t n = 0; n < packed_size; n += 1 + packed_size / 600)
		taken += decode(codec, state, size, packed, n, &clean) == 0;
	ok(!taken && clean, "%s: cut anywhere, it is refused", what);
	ok(decode(codec, state, size - 1, packed, packed_size, &clean) == -1 &&
		   decode(codec, state, size / 2, packed, packed_size, &clean) == -1 &&
		   decode(codec, state, 0, packed, packed_size, &clean) == -1 && clean,
	   "%s: more than there is room for is refused", what);
	ok(decode(codec, state, size + 1, packed, packed_size, &clean) == -1 &&
		   decode(codec, state, 2 * size, packed, packed_size, &clean) == -1 && clean,
	   "%s: less than was asked for is refused", what);
	for (unsigned i = 0; i < 600; i++) {
		memcpy(broken, packed, packed_size);
		for (uint64_t bits = 1 + i % 5; bits; bits--)
			broken[random_below(&seed, packed_size)] ^= (unsigned char)(1 << random_below(&seed, 8));
		decode(codec, state, size, broken, packed_size, &clean);
	}
	ok(clean, "%s: bits that flip make it write nowhere else", what);
	free(broken);
}

static void round_trip(const struct codec *codec, void *state, enum page_kind kind, size_t size)
{
	static unsigned char page[MOST], packed[PACKED_MOST];
	char what[80];
	size_t n;
	bool clean = true;

	snprintf(what, sizeof(what), "%s, %zu bytes of %s", codec->name, size, kind_names[kind]);
	make_page(kind, page, size);
	n = encode(codec, state, packed, page, size);
	if (!ok(n && !decode(codec, state, size, packed, n, &clean) && !memcmp(guarded + CANARY, page, size) && clean,
		"%s: unpacks from %zu to what was packed", what, n))
		return;
	if (kind == RANDOM || (kind == TEXT && !strcmp(codec->name, "rle")))
		ok(n > size - size / 50, "%s: cannot shrink", what);
	else
		ok(n < size, "%s: shrinks", what);
	damage(codec, state, packed, n, size, what);
}

/* Room decides: with what it took last time it fits, with a byte less it does not, and nothing behind the room is
 * touched. */
static void room(const struct codec *codec, void *state, enum page_kind kind)
{
	static unsigned char page[4096];
	size_t n, least;

	make_page(kind, page, sizeof(page));
	n = codec->encode(state, guard(PACKED_MOST), PACKED_MOST, page, sizeof(page));
	for (least = n + 32; least && codec->encode(state, guard(least - 1), least - 1, page, sizeof(page)); least--)
		if (!guard_holds(least - 1))
			break;
	ok(least > 1 && guard_holds(least - 1), "%s, %s: %zu bytes do not fit %zu", codec->name, kind_names[kind], n,
	   least - 1);
	ok(least >= n, "%s, %s: what does not fit is not written as if it did", codec->name, kind_names[kind]);
	ok(!codec->encode(state, guard(0), 0, page, sizeof(page)) && guard_holds(0), "%s, %s: nor into no room",
	   codec->name, kind_names[kind]);
}

static void levels(const struct codec *codec)
{
	static unsigned char page[4096], packed[PACKED_MOST];
	bool good = codec->level_default >= codec->level_min && codec->level_default <= codec->level_max, clean = true;

	make_page(TEXT, page, sizeof(page));
	for (int level = codec->level_min; level <= codec->level_max; level++) {
		void *state = codec->open(level);
		size_t n = encode(codec, state, packed, page, sizeof(page));

		good = good && n && !decode(codec, state, sizeof(page), packed, n, &clean) &&
		       !memcmp(guarded + CANARY, page, sizeof(page));
		codec->close(state);
	}
	ok(good && clean, "%s: levels %d to %d", codec->name, codec->level_min, codec->level_max);
}

static void test_codec(const struct codec *codec)
{
	static const unsigned char noise[] = { 0x78, 0x9c, 0xff, 0, 0xff, 0xff, 0xff, 0xff, 0x28, 0xb5, 0x2f, 0xfd };
	void *state = codec->open(codec->level_default);
	bool clean = true;

	if (!ok(state != NULL, "%s: opens", codec->name))
		return;
	for (enum page_kind kind = 0; kind < PAGE_KINDS; kind++) {
		round_trip(codec, state, kind, 4096);
		round_trip(codec, state, kind, 65536);
		if (codec->encode)
			room(codec, state, kind);
	}
	ok(decode(codec, state, 4096, noise, 0, &clean) == -1, "%s: nothing is no page", codec->name);
	ok(decode(codec, state, 4096, noise, sizeof(noise), &clean) == -1 && clean, "%s: noise is no page",
	   codec->name);
	codec->close(state);
	levels(codec);
	ok(codecs_find(codec->name) == codec, "%s: found by its name", codec->name);
}

struct rle_vector {
	const char *what;
	unsigned char packed[12];
	size_t packed_size;
	unsigned char page[12];
	size_t size; /* 0: must be refused, when refused_size is asked for */
	size_t refused_size;
};

/* Both ways to read 00 n v; and what ends inside an escape, or goes beyond the page. */
static const struct rle_vector rle_vectors[] = {
	{ "literals", { 1, 2, 255 }, 3, { 1, 2, 255 }, 3, 0 },
	{ "one zero", { 0, 0 }, 2, { 0 }, 1, 0 },
	{ "one zero between literals", { 7, 0, 0, 8 }, 4, { 7, 0, 8 }, 3, 0 },
	{ "the kernel's two zeros", { 0, 1, 0 }, 3, { 0, 0 }, 2, 0 },
	{ "the kernel's run", { 5, 0, 3, 9, 6 }, 5, { 5, 9, 9, 9, 9, 6 }, 6, 0 },
	{ "libkdumpfile's run", { 5, 0, 3, 9, 6 }, 5, { 5, 9, 9, 9, 6 }, 5, 0 },
	{ "the kernel's two runs", { 0, 2, 1, 0, 1, 0 }, 6, { 1, 1, 1, 0, 0 }, 5, 0 },
	{ "libkdumpfile's two runs", { 0, 2, 1, 0, 1, 0 }, 6, { 1, 1, 0 }, 3, 0 },
	{ "libkdumpfile's run of one", { 0, 1, 4 }, 3, { 4 }, 1, 0 },
	{ "half of two runs each way", { 0, 2, 1, 0, 1, 0 }, 6, { 0 }, 0, 4 },
	{ "an escape without its count", { 1, 0 }, 2, { 0 }, 0, 2 },
	{ "an escape without its value", { 1, 0, 3 }, 3, { 0 }, 0, 5 },
	{ "an escape without its value, after which the page is full", { 1, 0, 3 }, 3, { 0 }, 0, 1 },
	{ "a run beyond the page", { 1, 0, 255, 2 }, 4, { 0 }, 0, 9 },
	{ "a literal beyond the page", { 1, 2, 3 }, 3, { 0 }, 0, 2 },
	{ "a zero beyond the page", { 1, 0, 0 }, 3, { 0 }, 0, 1 },
};

static void rle_decoding(void)
{
	const struct codec *rle = codecs_find("rle");

	for (size_t i = 0; i < sizeof(rle_vectors) / sizeof(*rle_vectors); i++) {
		const struct rle_vector *v = &rle_vectors[i];
		size_t size = v->size ? v->size : v->refused_size;
		bool clean = true;
		int status = decode(rle, rle->open(0), size, v->packed, v->packed_size, &clean);

		if (v->size)
			ok(!status && clean && !memcmp(guarded + CANARY, v->page, size), "rle: %s", v->what);
		else
			ok(status == -1 && clean, "rle: %s is refused", v->what);
	}
}

static bool packs_to(const void *page, size_t size, const void *packed, size_t packed_size)
{
	const struct codec *rle = codecs_find("rle");
	unsigned char out[1024];

	return rle->encode(rle->open(0), out, sizeof(out), page, size) == packed_size &&
	       !memcmp(out, packed, packed_size);
}

/* What the kernel's encoder makes of it. */
static void rle_encoding(void)
{
	unsigned char page[600];

	ok(packs_to("\0", 1, "\0\0", 2), "rle: a single zero");
	ok(packs_to("\0\0", 2, "\0\1\0", 3), "rle: two zeros are a run");
	ok(packs_to("aa", 2, "aa", 2), "rle: two others are not");
	ok(packs_to("aaa", 3, "\0\2a", 3), "rle: three are");
	ok(packs_to("ab\0\0\0c", 6, "ab\0\2\0c", 6), "rle: literals around a run");
	memset(page, 'x', sizeof(page));
	ok(packs_to(page, 256, "\0\xffx", 3), "rle: the longest run");
	ok(packs_to(page, 257, "\0\xffxx", 4), "rle: one more");
	ok(packs_to(page, 600, "\0\xffx\0\xffx\0\x57x", 9), "rle: a run of several");
}

int main(void)
{
	for (const struct codec *const *codec = codecs_list(); *codec; codec++)
		test_codec(*codec);
	ok(!codecs_find("none") && !codecs_find("") && !codecs_find("GZIP"), "there are no others");
	rle_decoding();
	rle_encoding();
	return tap_done();
}
