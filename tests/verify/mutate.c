/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damage an image in every way and check it, all in one process. Each way is a command:
 *   mutate IMAGE flips COUNT SEED    one bit somewhere, COUNT times
 *   mutate IMAGE bits FROM TO        every bit of these bytes
 *   mutate IMAGE cuts COUNT          the file ends early, at COUNT places; 0: at every byte
 *   mutate IMAGE soup COUNT SEED     flips, cuts, pieces that are doubled, moved, left out or zeroed, and whole records
 *
 * A damaged image must not be called whole, and what was hit must be named (not in a soup, which may leave all as it
 * was). Prints what went wrong, and a count by rules. With UNPACK=1 pages are unpacked, too; with RAW=1 it is plain
 * memory; with SEAL=1 it is sealed before; with MISSED=1 places of flips that nobody noticed are listed, and no
 * failure. With REPAIR=1 each damaged image of version 11 is repaired, into TMPDIR: what is written must be whole but
 * for the pages that were hit, and these alone.
 */
#include <inttypes.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/formats.h"
#include "dump/crc32c.h"
#include "lkcd/endian.h"
#include "tests/unit/random.h"
#include "verify/check.h"
#include "verify/repair.h"
#include "verify/seal.h"

struct outcome {
	int status; /* 0 whole, 1 damaged, 2 unusable */
	bool named;
	uint64_t good;
	uint64_t rules; /* one bit each */
};

struct image {
	unsigned char *bytes, *pot; /* the image, and room for two */
	size_t size;
	bool raw, unpack, list_missed, repair;
	uint64_t pages; /* when undamaged */
	uint64_t rules[RULES], unusable, failures, missed, repaired;
	uint64_t *records; /* where records of a version 11 image start, and its end */
	size_t record_count;
	struct hashes *hashes; /* of the undamaged image */
	char *seal;            /* path of its sums; NULL: it is not sealed */
};

/* What each page frame holds. */
struct hashes {
	struct sink sink;
	const struct hashes *all; /* compare with these; NULL: they are to be kept */
	uint64_t *of;             /* by frame, 0: no such page */
	uint64_t frames, pages, wrong;
	uint32_t page_size;
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

/* --- pages by their hashes --- */

static uint64_t hash(const struct page *page, uint32_t number, uint32_t page_size)
{
	uint64_t sum = page->data ? (uint64_t)crc32c(0, page->data, page->bytes) << 16 : 0;

	/* pages stay packed in a repair, and in the same pieces */
	if (page->data && !page->codec)
		sum = (uint64_t)crc32c(0, (const char *)page->data + (size_t)number * page_size, page_size) << 16;
	return sum + (page->codec ? number : 0) + 1;
}

static int hashes_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct hashes *hashes = (struct hashes *)sink;
	uint64_t first = page->address / hashes->page_size;

	if (!hashes->all && first + page->pages > hashes->frames) {
		uint64_t frames = first + page->pages + 4096;

		hashes->of = reallocarray(hashes->of, frames, sizeof(*hashes->of));
		memset(hashes->of + hashes->frames, 0, (frames - hashes->frames) * sizeof(*hashes->of));
		hashes->frames = frames;
	}
	for (uint32_t i = 0; i < page->pages; i++) {
		uint64_t sum = hash(page, i, hashes->page_size);

		hashes->pages++;
		if (!hashes->all)
			hashes->of[first + i] = sum;
		else if (first + i >= hashes->all->frames || hashes->all->of[first + i] != sum)
			hashes->wrong++;
	}
	(void)fault;
	return 0;
}

static int hashes_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)fault;
	((struct hashes *)sink)->page_size = plan->info->page_size;
	return 0;
}

static int hashes_finish(struct sink *sink, bool whole, struct fault *fault)
{
	(void)sink;
	(void)whole;
	(void)fault;
	return 0;
}

static void hashes_take(struct hashes *hashes, const unsigned char *bytes, size_t size)
{
	struct source_options options = { 0 };
	struct findings ignored = { 0 };
	struct copy copy = { .findings = &ignored };
	struct fault fault = { 0 };
	struct stream *stream = stream_open_memory(bytes, size, false, &fault);
	struct source *source = formats_open_source(stream, &options, false, &fault);

	hashes->sink.begin = hashes_begin;
	hashes->sink.put = hashes_put;
	hashes->sink.finish = hashes_finish;
	if (!source || copy_pages(&copy, source, &hashes->sink, &fault))
		hashes->wrong++;
	if (source)
		source->close(source);
	stream_close(stream);
}

static struct outcome check(struct image *image, const unsigned char *bytes, size_t size, uint64_t place)
{
	struct source_options options = { .strict = true, .raw = image->raw };
	struct outcome outcome = { .status = 2, .named = true };
	struct damage damage = damage_start(1000);
	struct check check = { .damage = &damage, .unpack = image->unpack, .threads = 1 };
	struct fault fault = { 0 };
	struct stream *stream = stream_open_memory(bytes, size, false, &fault);
	struct source *source = formats_open_source(stream, &options, false, &fault);
	struct seal *seal = source && image->seal ? seal_read(image->seal, &fault) : NULL;

	check.seal = seal;
	if (seal)
		seal_check(seal, stream, 1, &damage.findings, &fault);
	if (source && !check_dump(&check, source, &fault)) {
		outcome.status = check.verdict != WEIGHT_NOTE;
		outcome.good = check.good;
		outcome.named = names(&damage, place);
		for (int i = 0; i < RULES; i++) {
			image->rules[i] += damage.times[i] > 0;
			outcome.rules |= (uint64_t)(damage.times[i] > 0) << i;
		}
	} else {
		image->unusable++;
	}
	if (source)
		source->close(source);
	stream_close(stream);
	seal_free(seal);
	damage_clear(&damage);
	return outcome;
}

/* --- repairs --- */

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

static int write_repaired(const unsigned char *bytes, size_t size, const char *path, bool *whole)
{
	struct findings ignored = { 0 };
	struct repair repair = { .findings = &ignored, .threads = 1 };
	struct fault fault = { 0 };
	struct stream *stream = stream_open_memory(bytes, size, false, &fault);
	struct output *output = output_open(path, &fault);
	int status = output ? repair_image(&repair, stream, output, &fault) : -fault.code;

	if (!status)
		status = output_commit(output, &fault);
	*whole = repair.whole;
	repair_clear(&repair);
	output_close(output);
	stream_close(stream);
	return status;
}

/* Whole, or truncated; no page that was good before is lost, and none is another. */
static void repair(struct image *image, const unsigned char *bytes, size_t size, uint64_t place,
		   const struct outcome *before)
{
	struct hashes hashes = { .all = image->hashes };
	struct outcome after;
	char path[4096];
	unsigned char *mended;
	bool whole;

	if (!image->repair)
		return;
	snprintf(path, sizeof(path), "%s/mutate.%ld", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid());
	if (write_repaired(bytes, size, path, &whole)) {
		if (before->status < 2)
			fail(image, "not repaired", place, before);
		return;
	}
	mended = load(path, &size);
	unlink(path);
	after = check(image, mended, size, place);
	hashes_take(&hashes, mended, size);
	if (after.status != !whole || after.rules & ~(UINT64_C(1) << RULE_INCOMPLETE) || hashes.wrong ||
	    after.good < before->good || after.good != hashes.pages)
		fail(image, "repaired", place, &after);
	image->repaired++;
	free(mended);
}

/* --- flips and cuts --- */

static uint64_t record_pages(const struct image *image, size_t number)
{
	return (get32(image->bytes + image->records[number] + 12, false) >> 16) + 1;
}

static void flip(struct image *image, size_t byte, unsigned bit)
{
	struct outcome outcome;

	image->bytes[byte] ^= (unsigned char)(1u << bit);
	outcome = check(image, image->bytes, image->size, byte);
	repair(image, image->bytes, image->size, byte, &outcome);
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

/* Page frames in records that end before size: so many must be good. */
static uint64_t pages_before(const struct image *image, size_t size)
{
	uint64_t pages = 0;

	for (size_t i = 0; i + 1 < image->record_count && image->records[i + 1] <= size; i++)
		pages += record_pages(image, i);
	return pages;
}

/*
 * A cut must be seen, and may cost no page before it: in version 11 these are counted, elsewhere the number of good
 * pages only grows with the file.
 */
static void cut(struct image *image, size_t size, uint64_t *before)
{
	unsigned char *copy = malloc(size + 1); /* of its own, so that sanitizers see a byte too far */
	struct outcome outcome;

	memcpy(copy, image->bytes, size);
	outcome = check(image, copy, size, size);
	repair(image, copy, size, size, &outcome);
	free(copy);
	if (!outcome.status || (outcome.status == 1 && outcome.good < *before) || outcome.good > image->pages)
		fail(image, "cut", size, &outcome);
	if (outcome.status == 1 && image->record_count && outcome.good != pages_before(image, size))
		fail(image, "cut, pages before it", size, &outcome);
	if (outcome.status == 1)
		*before = outcome.good;
}

/* --- a soup --- */

struct soup {
	unsigned char *bytes;
	size_t size, room;
};

/* Put length bytes that stand at another place in at to, where there is room for them. */
static bool insert(struct soup *soup, size_t to, size_t from, size_t length)
{
	unsigned char *piece;

	if (soup->size + length > soup->room)
		return false;
	piece = malloc(length);
	memcpy(piece, soup->bytes + from, length);
	memmove(soup->bytes + to + length, soup->bytes + to, soup->size - to);
	memcpy(soup->bytes + to, piece, length);
	soup->size += length;
	free(piece);
	return true;
}

static void cut_out(struct soup *soup, size_t at, size_t length)
{
	memmove(soup->bytes + at, soup->bytes + at + length, soup->size - at - length);
	soup->size -= length;
}

/* One change of any bytes. */
static void stir(struct soup *soup, uint64_t *random)
{
	size_t at = random_below(random, soup->size), length = 1 + random_below(random, soup->size - at);
	size_t to = random_below(random, soup->size);

	if (random_below(random, 2))
		length = length % 5000 + 1 < soup->size - at ? length % 5000 + 1 : soup->size - at;
	switch (random_below(random, 6)) {
	case 0:
		soup->bytes[at] ^= (unsigned char)(1u << random_below(random, 8));
		break;
	case 1:
		soup->size = at + 1;
		break;
	case 2:
		insert(soup, to, at, length);
		break;
	case 3:
		cut_out(soup, at, length);
		break;
	case 4:
		memset(soup->bytes + at, 0, length);
		break;
	case 5:
		length = length > soup->size - to ? soup->size - to : length;
		memmove(soup->bytes + to, soup->bytes + at, length);
		break;
	}
}

/* One change of whole records, where the image still has them: some are doubled, moved or left out. */
static void stir_records(const struct image *image, struct soup *soup, uint64_t *random)
{
	size_t first = random_below(random, image->record_count - 1), count = 1 + random_below(random, 8), from, to,
	       length;

	if (first + count >= image->record_count)
		count = 1;
	from = image->records[first];
	length = image->records[first + count] - from;
	to = image->records[random_below(random, image->record_count)];
	if (from + length > soup->size || to > soup->size)
		return;
	switch (random_below(random, 3)) {
	case 0:
		insert(soup, to, from, length);
		break;
	case 1:
		cut_out(soup, from, length);
		break;
	case 2:
		if (insert(soup, to, from, length))
			cut_out(soup, to <= from ? from + length : from, length);
		break;
	}
}

static void soup(struct image *image, uint64_t *random)
{
	struct soup soup = { image->pot, image->size, 2 * image->size };
	unsigned many = 1 + random_below(random, 4);
	uint64_t seed = *random;
	struct outcome outcome;

	memcpy(soup.bytes, image->bytes, image->size);
	for (; many && soup.size > 64; many--) {
		if (image->record_count > 1 && random_below(random, 2))
			stir_records(image, &soup, random);
		else
			stir(&soup, random);
	}
	ASAN_POISON_MEMORY_REGION(soup.bytes + soup.size, soup.room - soup.size);
	outcome = check(image, soup.bytes, soup.size, 0);
	if (outcome.good > image->pages || (outcome.good < image->pages && !outcome.status))
		fail(image, "soup of seed", seed, &outcome);
	repair(image, soup.bytes, soup.size, seed, &outcome);
	ASAN_UNPOISON_MEMORY_REGION(soup.bytes, soup.room);
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
		image->pot = malloc(2 * image->size);
		for (; a; a--)
			soup(image, &random);
		free(image->pot);
	}
}

/* Where the records of a little-endian image of version 11 start: each is 16 bytes of head, data, 4 of checksum. */
static void find_records(struct image *image)
{
	uint64_t at;

	if (image->size < 65536 || get64(image->bytes, false) != UINT64_C(0xa8190173618f23ed) ||
	    get32(image->bytes + 8, false) != 11)
		return;
	image->records = malloc(image->size / 20 * sizeof(*image->records));
	for (at = get64(image->bytes + 734, false); !(get32(image->bytes + at + 12, false) & 4);
	     at += 20 + get32(image->bytes + at + 8, false))
		image->records[image->record_count++] = at;
	image->records[image->record_count++] = at;
	hashes_take(image->hashes, image->bytes, image->size);
}

static void seal(struct image *image)
{
	struct fault fault;
	struct stream *stream = stream_open_memory(image->bytes, image->size, false, &fault);

	if (asprintf(&image->seal, "%s/sums.%ld", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid()) < 0 ||
	    seal_write(stream, image->seal, 1, &fault))
		exit(2);
	stream_close(stream);
}

int main(int argc, char **argv)
{
	struct hashes hashes = { 0 };
	struct image image = { .raw = getenv("RAW"),
			       .unpack = getenv("UNPACK"),
			       .list_missed = getenv("MISSED"),
			       .repair = getenv("REPAIR") && *getenv("REPAIR"),
			       .hashes = &hashes };
	struct outcome whole;

	if (argc < 4 || !(image.bytes = load(argv[1], &image.size))) {
		fprintf(stderr, "usage: mutate IMAGE flips|bits|cuts|soup NUMBER [NUMBER]\n");
		return 2;
	}
	if (getenv("SEAL"))
		seal(&image);
	image.pages = UINT64_MAX;
	whole = check(&image, image.bytes, image.size, 0);
	if (whole.status)
		fail(&image, "undamaged", 0, &whole);
	image.pages = whole.good;
	find_records(&image);
	run(&image, argv[2], strtoull(argv[3], NULL, 0), argc > 4 ? strtoull(argv[4], NULL, 0) : 1);
	for (int i = 0; i < RULES; i++)
		if (image.rules[i])
			printf("# %s: %" PRIu64 "\n", rules_get((enum fault_rule)i)->name, image.rules[i]);
	printf("# unusable: %" PRIu64 "\n# failures: %" PRIu64 ", missed: %" PRIu64 ", repaired: %" PRIu64 "\n",
	       image.unusable, image.failures, image.missed, image.repaired);
	free(image.bytes);
	free(image.records);
	if (image.seal)
		unlink(image.seal);
	free(image.seal);
	free(hashes.of);
	return image.failures != 0;
}
