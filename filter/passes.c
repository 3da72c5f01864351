/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a source once for each class, in the order that lkcd-dump(5) describes. A pass has to know its next page, to
 * seek there and to end early: from the classifier, or without one from page maps of the later passes, which the first
 * pass fills. Both rely on ascending addresses: a source whose addresses do not ascend is read to its end in every
 * pass.
 */
#include <stdlib.h>

#include "filter/passes.h"

#define SKIP_MIN 1024u /* frames; fewer are read and left out, because a seek in an LKCD image reads up to 1 MiB */

enum pass { PASS_KERNEL, PASS_CODE, PASS_USED, PASS_UNUSED, PASSES };

struct passes {
	struct source source;
	struct source *inner;
	struct classifier *classifier;
	struct pagemap *frames;
	bool skips;

	struct pagemap *later[PASSES]; /* without a classifier: the frames of each pass after the first */
	enum pass pass;
	uint64_t next_frame; /* the one after the last run */
	bool scattered;      /* the inner source's addresses do not ascend */
	bool ended;
	int status; /* of the inner source at the end of the first pass; its fault is in end */
	struct fault end;
	uint64_t unknown;
};

static void passes_close(struct source *source)
{
	struct passes *passes = (struct passes *)source;

	for (int i = 0; i < PASSES; i++)
		pagemap_free(passes->later[i]);
	free(passes);
}

static enum pass pass_of_class(enum page_class class)
{
	return class == PAGE_USED ? PASS_USED : class == PAGE_UNUSED ? PASS_UNUSED : PASS_KERNEL;
}

/* The pass of a frame. *count: the number of frames from it on, at most most, that have the same. */
static enum pass pass_of_frame(struct passes *passes, uint64_t frame, uint64_t most, uint64_t *count)
{
	struct classifier *classifier = passes->classifier;
	struct verdict verdict = classifier->class_of(classifier, frame, most, count);
	bool code = frame >= classifier->code_first && frame < classifier->code_end;

	return code && verdict.class == PAGE_KERNEL ? PASS_CODE : pass_of_class(verdict.class);
}

static enum pass pass_of(struct passes *passes, const struct page *page)
{
	uint64_t count;

	if (!passes->classifier)
		return pass_of_class(page->class);
	return pass_of_frame(passes, page->address / passes->source.info.page_size, page->pages, &count);
}

/*
 * Find the first frame from *frame on that this pass may want. The first pass wants all that are not known to be of
 * another pass, because it reports what is missing. False: there is none.
 */
static bool find_wanted(struct passes *passes, uint64_t *frame)
{
	struct pagemap *later = passes->later[passes->pass];
	uint64_t count;

	if (!passes->classifier)
		return passes->pass == PASS_KERNEL || pagemap_has(later, *frame) ||
		       pagemap_run(later, *frame, frame, &count);
	for (;; *frame += count) {
		if (!pagemap_has(passes->frames, *frame) &&
		    (passes->pass == PASS_KERNEL || !pagemap_run(passes->frames, *frame, frame, &count)))
			return passes->pass == PASS_KERNEL;
		if (pass_of_frame(passes, *frame, SKIP_MIN, &count) == passes->pass)
			return true;
	}
}

/* Seek to the next wanted frame if it is far. Returns 1; 0 when the pass wants none any more; or a fault. */
static int seek_wanted(struct passes *passes, struct fault *fault)
{
	uint32_t page_size = passes->source.info.page_size;
	uint64_t frame = passes->next_frame;

	if (passes->scattered || (passes->pass == PASS_KERNEL && !passes->skips))
		return 1;
	if (!find_wanted(passes, &frame))
		return 0;
	if (frame - passes->next_frame < SKIP_MIN)
		return 1;
	passes->next_frame = frame;
	return passes->inner->seek(passes->inner, frame * page_size, fault) ? -fault->code : 1;
}

/* Start the next pass that wants a frame. Returns 1; 0 when there is none; or a fault. */
static int start_next_pass(struct passes *passes, struct fault *fault)
{
	uint32_t page_size = passes->source.info.page_size;

	while (++passes->pass < PASSES) {
		uint64_t frame = 0;

		if (!find_wanted(passes, &frame))
			continue;
		passes->next_frame = passes->scattered ? 0 : frame;
		if (passes->scattered)
			return passes->inner->rewind(passes->inner, fault) ? -fault->code : 1;
		return passes->inner->seek(passes->inner, frame * page_size, fault) ? -fault->code : 1;
	}
	passes->ended = true;
	return 0;
}

/* Is the inner source's run of this pass? Returns 1, 0 or -FAULT_MEMORY. */
static int accept_run(struct passes *passes, const struct page *page, struct fault *fault)
{
	uint64_t frame = page->address / passes->source.info.page_size;
	enum pass pass = pass_of(passes, page);

	passes->scattered = passes->scattered || frame < passes->next_frame;
	passes->next_frame = frame + page->pages;
	if (pass == passes->pass) {
		passes->unknown += page->class == PAGE_UNKNOWN ? page->pages : 0;
		return 1;
	}
	if (!passes->classifier && passes->pass == PASS_KERNEL && pagemap_add(passes->later[pass], frame, page->pages))
		return fault_memory(fault);
	return 0;
}

/* The inner source has ended. Returns 0 if a next pass was started, otherwise the result of next(). */
static int end_pass(struct passes *passes, int status, struct fault *fault)
{
	if (passes->pass == PASS_KERNEL) {
		passes->status = status;
		if (status)
			passes->end = *fault;
	}
	status = start_next_pass(passes, fault);
	if (status)
		return status < 0 ? status : 0;
	if (passes->status)
		*fault = passes->end;
	return passes->status;
}

static int passes_next(struct source *source, struct page *page, struct fault *fault)
{
	struct passes *passes = (struct passes *)source;

	while (!passes->ended) {
		bool first = passes->pass == PASS_KERNEL;
		int status = seek_wanted(passes, fault);

		if (status > 0)
			status = passes->inner->next(passes->inner, page, fault);
		if (status > 0)
			status = accept_run(passes, page, fault);
		else if (!status || status == -FAULT_CUT) {
			status = end_pass(passes, status, fault);
			if (passes->ended)
				return status;
		} else if (status == -FAULT_DAMAGED && !first)
			status = 0;
		if (status)
			return status;
	}
	return 0;
}

static int passes_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct passes *passes = (struct passes *)source;
	int status = passes->inner->map(passes->inner, map, ascending, fault);

	*ascending = false;
	return status;
}

uint64_t passes_unknown(const struct source *source)
{
	return ((const struct passes *)source)->unknown;
}

struct source *passes_open(struct source *inner, struct classifier *classifier, struct pagemap *frames, bool skips,
			   struct fault *fault)
{
	struct passes *passes = calloc(1, sizeof(*passes));

	if (!passes) {
		fault_memory(fault);
		return NULL;
	}
	passes->inner = inner;
	passes->classifier = classifier;
	passes->frames = frames;
	passes->skips = skips;
	passes->source.info = inner->info;
	passes->source.abilities = inner->abilities;
	passes->source.info.by_class = true;
	passes->source.next = passes_next;
	passes->source.map = inner->map ? passes_map : NULL;
	passes->source.close = passes_close;
	for (int i = PASS_CODE; i < PASSES && !classifier; i++) {
		passes->later[i] = pagemap_new();
		if (passes->later[i])
			continue;
		passes_close(&passes->source);
		fault_memory(fault);
		return NULL;
	}
	return &passes->source;
}
