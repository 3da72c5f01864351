/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump of each format that is read in three ways at the same time: from start to end, at random through
 * dump/physical.h by several threads, and through forks. None may disturb another.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compress/codecs.h"
#include "compress/pipeline.h"
#include "convert/formats.h"
#include "dump/copy.h"
#include "dump/physical.h"
#include "dump/unpack.h"
#include "tests/unit/folder.h"
#include "tests/unit/image.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define FRAMES 2000u
#define READS 3000u
#define READERS 3

static struct fault fault;

/* Holes, pages of zeros, and pages that say which frame they are. */
static bool is_there(uint64_t frame)
{
	return frame % 16 != 7 && frame / 100 % 5 != 3;
}

static uint64_t said_by(uint64_t frame)
{
	return frame % 10 == 4 ? 0 : frame * UINT64_C(0x9e3779b97f4a7c15);
}

static int map_image(struct source *source, struct pagemap *map, bool *ascending, struct fault *error)
{
	struct image *image = (struct image *)source;

	(void)error;
	*ascending = true;
	for (size_t i = 0; i < image->count; i++)
		if (pagemap_add(map, image->pages[i]->address / IMAGE_PAGE, 1))
			abort();
	return 0;
}

static void make_image(struct image *image)
{
	image_open(image, "x86_64", false, "");
	image->source.map = map_image;
	for (uint64_t frame = 0; frame < FRAMES; frame++)
		for (unsigned i = 0; is_there(frame) && i < IMAGE_PAGE; i += 512)
			image_put_number(image, frame * IMAGE_PAGE + i, 8, said_by(frame));
}

static void write_dump(struct image *image, const struct format *format, const char *path)
{
	struct sink_options options = { .codec = format->codecs ? codecs_find(format->codecs[0]) : NULL };
	struct output *output = output_open(path, &fault);
	struct findings findings = { 0 };
	struct copy copy = { .findings = &findings };
	struct sink *sink = output ? format->open_sink(output, &options, &fault) : NULL;

	if (sink)
		sink = pipeline_open(sink, 1, 1, &findings, &fault);
	if (!sink || copy_pages(&copy, &image->source, sink, &fault) || output_commit(output, &fault))
		abort();
	sink->close(sink);
	output_close(output);
}

/* Read at most so many runs on; *frame is the first that may come, then the one behind. Returns how many are wrong. */
static uint64_t read_on(struct source *source, uint64_t most, uint64_t *frame)
{
	struct unpack unpack = { 0 };
	uint64_t wrong = 0;
	struct page page;

	while (most-- && source->next(source, &page, &fault) == 1) {
		wrong += unpack_page(&unpack, &page, IMAGE_PAGE, &fault) != 0;
		for (uint32_t i = 0; i < page.pages; i++, ++*frame) {
			uint64_t said = 0;

			while (!is_there(*frame) && *frame < page.address / IMAGE_PAGE + i)
				++*frame;
			if (page.data)
				memcpy(&said, (const unsigned char *)page.data + (size_t)i * IMAGE_PAGE + 512, 8);
			wrong += page.address / IMAGE_PAGE + i != *frame ||
				 (is_there(*frame) && said != said_by(*frame));
		}
	}
	unpack_close(&unpack);
	return wrong;
}

struct reader {
	struct physical *physical;
	uint64_t seed, wrong;
	bool holes; /* the format has them: else a page that is not there is zeros */
};

static void *read_at_random(void *argument)
{
	struct reader *reader = argument;

	for (unsigned i = 0; i < READS; i++) {
		uint64_t frame = random_below(&reader->seed, FRAMES), said = 1;
		struct fault own;
		int status = physical_read(reader->physical, frame * IMAGE_PAGE + 1024, &said, sizeof(said), &own);

		if (is_there(frame))
			reader->wrong += status || said != said_by(frame);
		else
			reader->wrong += reader->holes ? status != -FAULT_DAMAGED : status || said;
	}
	return NULL;
}

static uint64_t read_side_by_side(struct source *source, bool holes, uint64_t *frame)
{
	struct physical *physical = physical_open(source, &fault);
	struct reader readers[READERS];
	pthread_t threads[READERS];
	uint64_t wrong = 0;

	if (!physical)
		abort();

	for (unsigned i = 0; i < READERS; i++) {
		readers[i] = (struct reader){ physical, i + 1, 0, holes };
		if (pthread_create(&threads[i], NULL, read_at_random, &readers[i]))
			abort();
	}
	wrong += read_on(source, UINT64_MAX, frame);
	for (unsigned i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		wrong += readers[i].wrong;
	}
	physical_close(physical);
	return wrong;
}

static void check(const char *name, const char *path, bool holes)
{
	struct source_options options = { .raw = !strcmp(name, "raw") };
	struct stream *stream = stream_open(path, &fault);
	struct source *source = stream ? formats_open_source(stream, &options, false, &fault) : NULL, *fork;
	uint64_t frame = 0, again = 0;

	if (!ok(source && source->fork && source->rewind && source->seek, "%s: can be forked", name))
		return;
	ok(!read_on(source, 5, &frame) && frame, "%s: the first runs", name);
	fork = source->fork(source, &fault);
	ok(fork && !fork->fork && !read_on(fork, UINT64_MAX, &again) && again + 17 > FRAMES,
	   "%s: a fork starts at the first page and comes to the last: %" PRIu64, name, again);
	ok(fork && !fork->seek(fork, 1000 * IMAGE_PAGE, &fault), "%s: the fork seeks", name);
	ok(!read_side_by_side(source, holes, &frame) && frame + 17 > FRAMES,
	   "%s: the source goes on where it was, with %d readers beside it: %" PRIu64, name, READERS, frame);
	again = 1000;
	ok(fork && !read_on(fork, 3, &again) && again > 1000, "%s: the fork goes on where it was", name);
	if (fork)
		fork->close(fork);
	again = 0;
	ok(!source->rewind(source, &fault) && !read_on(source, UINT64_MAX, &again) && again == frame,
	   "%s: and once more from the start", name);
	source->close(source);
	stream_close(stream);
}

int main(void)
{
	static const char *const names[] = { "lkcd", "lkcd9", "kdump", "flat", "lime", "raw", "elf" };
	struct folder folder;
	struct image image;

	folder_make(&folder);
	make_image(&image);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *path = folder_name(&folder, names[i]);

		if (image.source.rewind(&image.source, &fault))
			abort();
		write_dump(&image, formats_find(names[i]), path);
		check(names[i], path, strcmp(names[i], "raw") != 0 && strcmp(names[i], "elf") != 0);
	}
	image_close(&image);
	folder_remove(&folder);
	return tap_done();
}
