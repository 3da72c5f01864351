/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order that lkcd-dump(5) promises of an image that says it has it. A pass needs to know where its next page is, to
 * seek there and to end early. With a classifier that is asked of the classifier. Without one the first pass sees every
 * page, and keeps a map of the frames of each later pass. Both need a source whose addresses ascend: one that turns
 * back is read to its end in every pass.
 */
#include <stdlib.h>

#include "filter/passes.h"

#define SKIP_MIN 1024u /* frames: fewer are read and left out, for an LKCD image searches up to 1 MiB to seek */

enum pass { PASS_KERNEL, PASS_CODE, PASS_USED, PASS_UNUSED, PASSES };

struct passes {
	struct source source;
	struct source *inner;
	struct classifier *classifier;
	struct pagemap *frames;
	bool skips;

	struct pagemap *later[PASSES]; /* without a classifier: the frames of each pass but the first */
	enum pass pass;
	uint64_t next_frame; /* the one after the last run */
	bool scattered;      /* the inner source's addresses turn back */
	bool ended;
	int status; /* how the inner source ended in the first pass, and its fault */
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

/* The pass of a frame, and for how many from it on it is the same: *count, most at most. */
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
 * The first frame from *frame on that this pass may want. In the first one these are all that are not known to be of
 * another: what is missing is reported there. False: there is none.
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

/* Seek to what this pass wants next, where that is far. Returns 1; 0 when it wants nothing more; or a fault. */
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

/* Begin the next pass that wants anything. Returns 1; 0 when there is none; or a fault. */
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

/* A run that the inner source gave: is it of this pass? Returns 1, 0 or -FAULT_MEMORY. */
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

/* The inner source has nothing more, or only damage to report. Returns 0 to go on, or what next() returns. */
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
