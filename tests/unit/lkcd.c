/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeking in LKCD images: by version 11's own index, by one that is made, in order and out of it, cut off and damaged.
 */
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd/format.h"
#include "convert/lkcd/sink.h"
#include "convert/lkcd/source.h"
#include "dump/memory.h"
#include "lkcd/machine.h"
#include "tests/unit/folder.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define PAGE 4096u
#define FRAMES 30000u

static bool present[FRAMES];
static unsigned char *file;
static size_t file_size;
static struct folder folder;
static struct fault fault;

/* Runs and holes: some images are several MiB long, so that they have many blocks. */
static void make_frames(void)
{
	uint64_t seed = 7;

	for (uint64_t at = 3; at < FRAMES; at += random_below(&seed, 60))
		for (uint64_t run = random_below(&seed, 40); run && at < FRAMES; run--)
			present[at++] = true;
}

static void put_frames(struct sink *sink, uint64_t from, uint64_t to)
{
	for (uint64_t frame = from; frame < to; frame++) {
		struct page page = { .address = frame * PAGE, .pages = 1, .bytes = PAGE };
		unsigned char bytes[PAGE] = { 0 };

		memcpy(bytes, &frame, sizeof(frame));
		page.data = bytes;
		if (present[frame] && sink->put(sink, &page, &fault))
			abort();
	}
}

/* Read the image back into file. */
static void load(const char *path)
{
	FILE *from = fopen(path, "r");

	file = realloc(file, 256u << 20);
	file_size = from && file ? fread(file, 1, 256u << 20, from) : 0;
	if (!from || !file_size)
		abort();
	fclose(from);
}

/* In so many ascending pieces, the last one first. */
static void make_file(uint32_t version, unsigned pieces)
{
	struct info info = { .bits = 64, .page_size = PAGE, .machine = machine_by_name("x86_64") };
	struct sink_options options = { 0 };
	struct sink_plan plan = { &info, NULL, false };
	const char *path = folder_name(&folder, "image");
	struct output *output = output_open(path, &fault);
	struct sink *sink = output ? lkcd_sink_open(output, &options, version, &fault) : NULL;

	if (!sink || sink->begin(sink, &plan, &fault))
		abort();
	for (unsigned i = pieces; i--;)
		put_frames(sink, FRAMES * i / pieces, FRAMES * (i + 1) / pieces);
	if (sink->finish(sink, true, &fault) || output_commit(output, &fault))
		abort();
	sink->close(sink);
	output_close(output);
	load(path);
}

static struct source *open_source(struct stream **stream, bool pipe)
{
	struct source_options options = { 0 };

	*stream = stream_open_memory(file, file_size, pipe, &fault);
	return *stream ? lkcd_source_open(*stream, &options, &fault) : NULL;
}

/* Is this run there, and does it hold frame, or in an image in order the first one behind? */
static bool is_right(const struct page *page, uint64_t frame, uint64_t want)
{
	uint64_t first = page->address / PAGE;

	if (want < first || want >= first + page->pages || page->codec)
		return false;
	for (uint32_t i = 0; i < page->pages; i++) {
		uint64_t said;

		memcpy(&said, (const unsigned char *)page->data + (size_t)i * PAGE, sizeof(said));
		if (!present[first + i] || said != first + i)
			return false;
	}
	return want == frame || first > frame;
}

/* below: frames from there on were cut off, or all of them are there. */
static unsigned wrong_seeks(struct source *source, bool ascending, uint64_t below)
{
	uint64_t seed = 99;
	unsigned wrong = 0;

	for (unsigned i = 0; i < 1500; i++) {
		uint64_t frame = random_below(&seed, FRAMES), want = frame;
		struct page page;
		int status;

		while (ascending && want < FRAMES && !present[want])
			want++;
		if (want >= below || !present[want])
			continue;
		wrong += source->seek(source, frame * PAGE + random_below(&seed, PAGE - 1) + 1, &fault) != 0;
		status = source->next(source, &page, &fault);
		wrong += status != 1 || !is_right(&page, frame, want);
		status = source->next(source, &page, &fault); /* it goes on */
		wrong += status < 0 && status != -FAULT_CUT;
	}
	return wrong;
}

static uint64_t count_pages(struct source *source, int *status)
{
	struct page page;
	uint64_t pages = 0;

	while ((*status = source->next(source, &page, &fault)) == 1)
		pages += page.pages;
	return pages;
}

static void check(const char *name, bool ascending, uint64_t below)
{
	struct stream *stream;
	struct source *source = open_source(&stream, false);
	struct page page;
	uint64_t pages;
	int first, second;
	unsigned wrong;

	if (!ok(source && source->seek, "%s: opens", name))
		return;
	pages = count_pages(source, &first);
	wrong = wrong_seeks(source, ascending, below);
	ok(!wrong, "%s: from anywhere on (%u wrong)", name, wrong);
	ok(!source->seek(source, (uint64_t)FRAMES * PAGE, &fault) && source->next(source, &page, &fault) == 0,
	   "%s: from the end on", name);
	ok(!source->rewind(source, &fault) && count_pages(source, &second) == pages && first == second,
	   "%s: from the start again", name);
	ok(!source->seek(source, 5 * PAGE, &fault) && count_pages(source, &second) <= pages && first == second,
	   "%s: what a seek left out is not missing at the end", name);
	source->close(source);
	stream_close(stream);
}

/* The frame whose record starts a third into the file */
static uint64_t damage(void)
{
	struct stream *stream;
	struct source *source = open_source(&stream, false);
	struct page page;

	while (source->next(source, &page, &fault) == 1 && page.offset < file_size / 3)
		;
	source->close(source);
	stream_close(stream);
	file[page.offset + 50] ^= 1;
	return page.address / PAGE;
}

/* A record that is hit: its pages are lost, all others are found. */
static void check_damaged(void)
{
	uint64_t frame = damage();
	struct stream *stream;
	struct source *source = open_source(&stream, false);
	struct memory *memory = memory_open(source, &fault);
	unsigned wrong = 0;
	uint64_t said;

	for (uint64_t i = 0; i < FRAMES; i++)
		if (present[i] && i != frame)
			wrong += physical_read(memory_physical(memory), i * PAGE, &said, sizeof(said), &fault) ||
				 said != i;
	ok(!wrong, "damaged: every other page is found (%u are not)", wrong);
	ok(physical_read(memory_physical(memory), frame * PAGE, &said, sizeof(said), &fault) == -FAULT_DAMAGED &&
		   fault.address == frame * PAGE,
	   "damaged: the one that was hit is not");
	memory_close(memory);
	source->close(source);
	stream_close(stream);
}

int main(void)
{
	struct stream *stream;
	struct source *source;

	if (!folder_make(&folder))
		return 1;
	make_frames();
	make_file(9, 1);
	check("version 9", true, FRAMES);
	file_size = file_size / 3;
	check("version 9, cut off", true, FRAMES / 4);
	make_file(9, 3);
	check("version 9, in three passes", false, FRAMES);
	make_file(9, 40);
	check("version 9, out of order", false, FRAMES);
	make_file(11, 1);
	check("version 11", true, FRAMES);
	file[file_size - 1] ^= 1;
	check("version 11, its index is not found", true, FRAMES);
	file_size = file_size / 3;
	check("version 11, cut off", true, FRAMES / 4);
	make_file(11, 3);
	check("version 11, in three passes", false, FRAMES);
	make_file(11, 40);
	check("version 11, out of order", false, FRAMES);
	make_file(11, 1);
	check_damaged();
	source = open_source(&stream, true);
	ok(source && !source->seek, "a pipe cannot");
	source->close(source);
	stream_close(stream);
	free(file);
	folder_remove(&folder);
	return tap_done();
}
