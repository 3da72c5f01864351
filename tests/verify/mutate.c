/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damage an image in every way and check it, all in one process. Each way is a command:
 *   mutate IMAGE flips COUNT SEED    one bit somewhere, COUNT times
 *   mutate IMAGE bits FROM TO        every bit of these bytes
 *   mutate IMAGE cuts COUNT          the file ends early, at COUNT places; 0: at every byte
 *   mutate IMAGE soup COUNT SEED     flips, cuts, and pieces that are doubled, moved or zeroed
 * A damaged image must not be called whole, and what was hit must be named (not in a soup, which may leave all as it
 * was). Prints what went wrong, and a count by rules. With UNPACK=1 pages are unpacked, too; with MISSED=1 places of
 * flips that nobody noticed are listed, and no failure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "convert/formats.h"
#include "tests/unit/random.h"
#include "verify/check.h"

struct outcome {
	int status; /* 0 whole, 1 damaged, 2 unusable */
	bool named;
	uint64_t good;
};

struct image {
	unsigned char *bytes;
	size_t size;
	bool unpack, list_missed;
	uint64_t pages; /* when undamaged */
	uint64_t rules[RULES], unusable, failures, missed;
};

static void fail(struct image *image, const char *what, uint64_t place, const struct outcome *outcome)
{
	if (image->failures++ < 20)
		printf("# %s at 0x%" PRIx64 ": status %d%s, %" PRIu64 " pages good\n", what, place, outcome->status,
		       outcome->named ? "" : ", not named", outcome->good);
}

/* Does an entry tell of that place? One without a length is about all that follows. */
static bool names(const struct damage *damage, uint64_t place)
{
	for (size_t i = 0; i < damage->count; i++) {
		const struct damage_entry *entry = &damage->entries[i];

		/* what does not unpack is told with the length of its data, which may stand behind a head */
		if (entry->offset != FAULT_NOWHERE && place >= entry->offset &&
		    (entry->past == entry->offset || place < entry->past + 16))
			return true;
		if (entry->offset == FAULT_NOWHERE)
			return true;
	}
	return false;
}

static struct outcome check(struct image *image, const unsigned char *bytes, size_t size, uint64_t place)
{
	struct source_options options = { .strict = true };
	struct outcome outcome = { .status = 2, .named = true };
	struct damage damage = damage_start(1000);
	struct check check = { .damage = &damage, .unpack = image->unpack, .threads = 1 };
	struct fault fault = { 0 };
	struct stream *stream = stream_open_memory(bytes, size, false, &fault);
	struct source *source = formats_open_source(stream, &options, false, &fault);

	if (source && !check_run(&check, source, &fault)) {
		outcome.status = check.verdict != WEIGHT_NOTE;
		outcome.good = check.good;
		outcome.named = names(&damage, place);
		for (int i = 0; i < RULES; i++)
			image->rules[i] += damage.times[i] > 0;
	} else {
		image->unusable++;
	}
	if (source)
		source->close(source);
	stream_close(stream);
	damage_clear(&damage);
	return outcome;
}

static void flip(struct image *image, size_t byte, unsigned bit)
{
	struct outcome outcome;

	image->bytes[byte] ^= (unsigned char)(1u << bit);
	outcome = check(image, image->bytes, image->size, byte);
	image->bytes[byte] ^= (unsigned char)(1u << bit);
	/* with another version in its header, an image is damaged everywhere */
	if (outcome.status && (outcome.named || outcome.status == 2 || byte < 12))
		return;
	if (image->list_missed && !outcome.status) {
		printf("missed %zu.%u\n", byte, bit);
		image->missed++;
	} else {
		fail(image, "flip", byte * 8 + bit, &outcome);
	}
}

/* A cut must be seen, and may cost no page before it: the number of good pages only grows with the file. */
static void cut(struct image *image, size_t size, uint64_t *before)
{
	unsigned char *copy = malloc(size + 1); /* of its own, so that sanitizers see a byte too far */
	struct outcome outcome;

	memcpy(copy, image->bytes, size);
	outcome = check(image, copy, size, size);
	free(copy);
	if (!outcome.status || (outcome.status == 1 && outcome.good < *before) || outcome.good > image->pages)
		fail(image, "cut", size, &outcome);
	if (outcome.status == 1)
		*before = outcome.good;
}

static void soup(struct image *image, uint64_t *random)
{
	size_t size = image->size, room = 2 * size + 1;
	unsigned char *copy = malloc(room);
	unsigned many = 1 + random_next(random) % 4;
	struct outcome outcome;

	memcpy(copy, image->bytes, size);
	while (many-- && size > 64) {
		size_t at = random_next(random) % size, length = 1 + random_next(random) % (size - at);
		size_t to = random_next(random) % size;

		if (random_next(random) % 2)
			length = length % 5000 + 1 < size - at ? length % 5000 + 1 : size - at;
		switch (random_next(random) % 6) {
		case 0:
			copy[at] ^= (unsigned char)(1u << random_next(random) % 8);
			break;
		case 1: /* cut off */
			size = at + 1;
			break;
		case 2: /* doubled somewhere */
			if (size + length >= room)
				break;
			memmove(copy + to + length, copy + to, size - to);
			memmove(copy + to, copy + (at < to ? at : at + length < size ? at + length : at), length);
			size += length;
			break;
		case 3: /* cut out */
			memmove(copy + at, copy + at + length, size - at - length);
			size -= length;
			break;
		case 4:
			memset(copy + at, 0, length);
			break;
		case 5: /* over something else */
			if (length > size - to)
				length = size - to;
			memmove(copy + to, copy + at, length);
			break;
		}
	}
	copy = realloc(copy, size + 1);
	outcome = check(image, copy, size, 0);
	if (outcome.good > image->pages || (outcome.good < image->pages && !outcome.status))
		fail(image, "soup", image->rules[0], &outcome);
	free(copy);
}

static unsigned char *load(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		return NULL;
	bytes = malloc((size_t)st.st_size + 1);
	*size = bytes ? fread(bytes, 1, (size_t)st.st_size, file) : 0;
	fclose(file);
	return bytes;
}

static void run(struct image *image, const char *how, uint64_t a, uint64_t b)
{
	uint64_t random = b, before = 0;

	if (!strcmp(how, "flips")) {
		for (; a; a--) {
			uint64_t bit = random_next(&random) % (image->size * 8);

			flip(image, bit / 8, bit % 8);
		}
	} else if (!strcmp(how, "bits")) {
		for (uint64_t i = a; i < b && i < image->size; i++)
			for (unsigned bit = 0; bit < 8; bit++)
				flip(image, i, bit);
	} else if (!strcmp(how, "cuts")) {
		uint64_t count = a ? a : image->size;

		for (uint64_t i = 0; i < count; i++)
			cut(image, (size_t)(image->size * i / count), &before);
	} else if (!strcmp(how, "soup")) {
		for (; a; a--)
			soup(image, &random);
	}
}

int main(int argc, char **argv)
{
	struct image image = { .unpack = getenv("UNPACK"), .list_missed = getenv("MISSED") };
	struct outcome whole;

	if (argc < 4 || !(image.bytes = load(argv[1], &image.size))) {
		fprintf(stderr, "usage: mutate IMAGE flips|bits|cuts|soup NUMBER [NUMBER]\n");
		return 2;
	}
	image.pages = UINT64_MAX;
	whole = check(&image, image.bytes, image.size, 0);
	if (whole.status)
		fail(&image, "undamaged", 0, &whole);
	image.pages = whole.good;
	run(&image, argv[2], strtoull(argv[3], NULL, 0), argc > 4 ? strtoull(argv[4], NULL, 0) : 1);
	for (int i = 0; i < RULES; i++)
		if (image.rules[i])
			printf("# %s: %" PRIu64 "\n", rules_get((enum fault_rule)i)->name, image.rules[i]);
	printf("# unusable: %" PRIu64 "\n# failures: %" PRIu64 ", missed: %" PRIu64 "\n", image.unusable,
	       image.failures, image.missed);
	free(image.bytes);
	return image.failures != 0;
}
