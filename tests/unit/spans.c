/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page frames that are taken out of spans: the rest is given, each from its own place in the file. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/memory/spans.h"
#include "tests/unit/tap.h"

#define PAGE 4096u
#define FRAMES 40000u /* more than anybody believes to be broken, if every other one is */

/* A file in which the bytes of a frame say which it is. */
static unsigned char *make_file(void)
{
	unsigned char *file = malloc((size_t)FRAMES * PAGE);

	for (uint32_t i = 0; file && i < FRAMES; i++)
		for (uint32_t at = 0; at < PAGE; at += sizeof(i))
			memcpy(file + (size_t)i * PAGE + at, &i, sizeof(i));
	return file;
}

/* Two spans that hold all of it; the second starts inside frame 10. */
static void add_all(struct spans *spans)
{
	const uint64_t middle = 10 * PAGE + 100, end = (uint64_t)FRAMES * PAGE;
	struct fault fault;

	if (spans_add(spans, (struct span){ 0, middle, 0 }, &fault) ||
	    spans_add(spans, (struct span){ middle, end, middle }, &fault))
		abort();
}

/* How many frames come, in order and with their own bytes; UINT64_MAX when one is wrong, or is in avoided. */
static uint64_t count(struct span_cursor *cursor, struct pagemap *avoided)
{
	uint64_t frames = 0, next = 0;
	struct fault fault;
	struct page page;

	while (span_cursor_next(cursor, &page, &fault) == 1)
		for (uint32_t i = 0; i < page.pages; i++, frames++) {
			uint32_t frame = (uint32_t)(page.address / PAGE) + i, says;

			memcpy(&says, (const unsigned char *)page.data + (size_t)i * PAGE + PAGE / 2, sizeof(says));
			if (frame < next || says != frame || (avoided && pagemap_has(avoided, frame)))
				return UINT64_MAX;
			next = frame + 1;
		}
	return frames;
}

static uint64_t count_without(const unsigned char *file, struct pagemap *avoided, bool believed)
{
	struct fault fault;
	struct stream *stream = stream_open_memory(file, (size_t)FRAMES * PAGE, false, &fault);
	struct spans spans = { 0 };
	struct span_cursor cursor;
	uint64_t frames;

	add_all(&spans);
	/* the cursor is in the list already when the list changes */
	if (!stream || span_cursor_open(&cursor, &spans, stream, PAGE, &fault) || !count(&cursor, NULL) ||
	    spans_avoid(&spans, avoided, PAGE, &fault))
		abort();
	span_cursor_seek(&cursor, 0);
	frames = count(&cursor, believed ? avoided : NULL);
	span_cursor_close(&cursor);
	spans_clear(&spans);
	stream_close(stream);
	return frames;
}

int main(void)
{
	unsigned char *file = make_file();
	struct pagemap *avoided = pagemap_new();
	uint64_t frames;

	if (!file || !avoided)
		abort();
	frames = count_without(file, avoided, true);
	ok(frames == FRAMES, "none is avoided: %" PRIu64 " frames", frames);
	if (pagemap_add(avoided, 0, 1) || pagemap_add(avoided, 10, 2) || pagemap_add(avoided, FRAMES - 1, 5))
		abort();
	frames = count_without(file, avoided, true);
	ok(frames == FRAMES - 4, "the first, the last, and two where spans meet: %" PRIu64 " frames", frames);
	for (uint32_t i = 0; i < FRAMES; i += 2)
		if (pagemap_add(avoided, i, 1))
			abort();
	frames = count_without(file, avoided, false);
	ok(frames == FRAMES, "every other one is not believed: %" PRIu64 " frames", frames);
	pagemap_free(avoided);
	free(file);
	return tap_done();
}
