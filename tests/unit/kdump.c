/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeking in a kdump-compressed file: from any address on, pages are those that reading from the start gives. */
#include <stdlib.h>
#include <string.h>

#include "convert/kdump/kdump.h"
#include "convert/kdump/sink.h"
#include "convert/kdump/source.h"
#include "lkcd/machine.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define PAGE 4096u
#define FRAMES 600000u
#define ROOM (64u << 20)

static unsigned char present[FRAMES + 1]; /* 0: no, 1: a page that begins with its frame, 2: a zero page */
static unsigned char *file;
static size_t file_size;
static struct fault fault;

static int memory_begin(struct kdump_writer *writer, struct fault *unused)
{
	(void)writer;
	(void)unused;
	return 0;
}

static int memory_write_at(struct kdump_writer *writer, uint64_t offset, const void *data, size_t size,
			   struct fault *unused)
{
	(void)writer;
	(void)unused;
	if (offset > ROOM || size > ROOM - offset)
		abort();
	memcpy(file + offset, data, size);
	if (offset + size > file_size)
		file_size = offset + size;
	return 0;
}

static void memory_close(struct kdump_writer *writer)
{
	(void)writer;
}

static struct kdump_writer writer = { memory_begin, memory_write_at, memory_begin, memory_close };

/* Runs and holes of all sizes, some of them longer than what is looked at in one go. */
static void make_frames(void)
{
	uint64_t seed = 7;

	for (uint64_t at = 3; at < FRAMES; at += random_below(&seed, random_below(&seed, 20) ? 40 : 50000))
		for (uint64_t run = random_below(&seed, 20); run && at < FRAMES; run--)
			present[at++] = random_below(&seed, 4) ? 1 : 2;
	present[FRAMES - 1] = 1;
}

static void put_frame(struct sink *sink, uint64_t frame)
{
	unsigned char bytes[PAGE] = { 0 };
	struct page page = { .address = frame * PAGE, .pages = 1 };

	if (present[frame] == 1) {
		memcpy(bytes, &frame, sizeof(frame));
		page.data = bytes;
		page.bytes = PAGE;
	}
	if (present[frame] && sink->put(sink, &page, &fault))
		abort();
}

/* The file, in ascending order or in descending, by way of the temporary file for descriptors. */
static void make_file(bool ascending)
{
	struct info info = { .bits = 64, .page_size = PAGE, .machine = machine_by_name("x86_64") };
	struct sink_options options = { 0 };
	struct pagemap *map = pagemap_new();
	struct sink_plan plan = { &info, map, ascending };
	struct sink *sink = kdump_sink_open(&writer, &options, &fault);

	memset(file, 0, ROOM);
	file_size = 0;
	for (uint64_t i = 0; i < FRAMES; i++)
		if (present[i] && pagemap_add(map, i, 1))
			abort();
	if (!sink || sink->begin(sink, &plan, &fault))
		abort();
	for (uint64_t i = 0; i < FRAMES; i++)
		put_frame(sink, ascending ? i : FRAMES - 1 - i);
	ok(!sink->finish(sink, false, &fault), "%s: written", ascending ? "ascending" : "descending");
	sink->close(sink);
	pagemap_free(map);
}

/* Does next() give the frames from *frame on? Moves *frame behind them. */
static bool same_run(struct source *source, uint64_t *frame)
{
	static const unsigned char zero[PAGE];
	struct page page;

	while (*frame < FRAMES && !present[*frame])
		++*frame;
	if (source->next(source, &page, &fault) != 1 || page.address != *frame * PAGE || page.codec)
		return false;
	for (uint32_t i = 0; i < page.pages; i++, ++*frame) {
		const unsigned char *bytes = page.data ? (const unsigned char *)page.data + (size_t)i * PAGE : zero;
		uint64_t said;

		memcpy(&said, bytes, sizeof(said));
		if (!present[*frame] || said != (present[*frame] == 1 ? *frame : 0) ||
		    memcmp(bytes + sizeof(said), zero, PAGE - sizeof(said)))
			return false;
	}
	return true;
}

static bool same_whole(struct source *source)
{
	struct page page;
	uint64_t frame = 0;

	while (frame < FRAMES)
		if (!same_run(source, &frame))
			return false;
	/* finish() was told that the dump is not whole */
	return source->next(source, &page, &fault) == -FAULT_CUT && source->next(source, &page, &fault) == 0;
}

static bool same_from_anywhere(struct source *source)
{
	uint64_t seed = 99;

	for (unsigned i = 0; i < 3000; i++) {
		uint64_t frame = random_below(&seed, FRAMES);

		if (source->seek(source, frame * PAGE + random_below(&seed, PAGE), &fault))
			return false;
		for (unsigned runs = 0; runs < 3 && frame < FRAMES; runs++)
			if (!same_run(source, &frame))
				return false;
	}
	return true;
}

static void check(const char *name)
{
	struct source_options options = { 0 };
	struct stream *stream = stream_open_memory(file, file_size, false, &fault);
	struct source *source = stream ? kdump_source_open(stream, &options, &fault) : NULL;
	struct page page;

	if (!ok(source, "%s: opens", name))
		return;
	ok(same_whole(source), "%s: all pages", name);
	ok(same_from_anywhere(source), "%s: from anywhere on", name);
	ok(!source->seek(source, (uint64_t)FRAMES * PAGE, &fault) && source->next(source, &page, &fault) == 0,
	   "%s: from the end on", name);
	ok(!source->rewind(source, &fault) && same_whole(source), "%s: from the start again", name);
	source->close(source);
	stream_close(stream);
}

int main(void)
{
	file = malloc(ROOM);
	if (!file)
		return 1;
	make_frames();
	make_file(true);
	check("ascending");
	make_file(false);
	check("descending");
	free(file);
	return tap_done();
}
