/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Estimates compressed sizes from windows that are spread over each class. It relies on the classes that classes.h
 * found, and treats a sample as typical of its class; a class without a sample counts as uncompressed.
 */
#include <stdlib.h>
#include <string.h>

#include "dump/iszero.h"
#include "dump/memory.h"
#include "filter/estimate.h"

#define WINDOW (64u << 10) /* bytes; the most that a record of version 11 holds */
#define SAMPLES 400u       /* windows of each class that are compressed, about */
#define RECORD 20u         /* bytes of a record without its data */

struct sample {
	struct estimate *estimate;
	struct classifier *classifier; /* NULL: all pages are of unknown class */
	struct memory *memory;
	uint32_t page_size;
	uint64_t window; /* page frames */
	const struct codec *codec;
	void *state;
	unsigned char *plain, *packed;
	uint64_t bytes[PAGE_CLASSES]; /* compressed size of the sample */
};

/* Choose the same windows each time, in no pattern that memory could have too. */
static bool is_sampled(const struct sample *sample, uint64_t frame, enum page_class class)
{
	uint64_t stride = sample->estimate->pages[class] / sample->window / SAMPLES;

	return stride <= 1 || (frame / sample->window * UINT64_C(0x9e3779b97f4a7c15) >> 32) % stride == 0;
}

static void compress_run(struct sample *sample, enum page_class class, const unsigned char *data, size_t size)
{
	size_t n = sample->codec->encode(sample->state, sample->packed, size - 1, data, size);

	sample->bytes[class] += RECORD + (n ? n : size);
}

/* Compress adjacent pages of one class. Zero pages need no room, and end a run. */
static void sample_pages(struct sample *sample, uint64_t frame, uint64_t count, enum page_class class)
{
	size_t size = sample->page_size, n = 0;
	struct fault fault;

	if (physical_read(memory_physical(sample->memory), frame * size, sample->plain, (size_t)count * size, &fault))
		return;
	sample->estimate->sampled[class] += count;
	for (size_t i = 0; i <= count; i++) {
		if (i < count && !iszero(sample->plain + i * size, size)) {
			n++;
			continue;
		}
		if (n)
			compress_run(sample, class, sample->plain + (i - n) * size, n * size);
		n = 0;
	}
}

static struct verdict find_sample_verdict(const struct sample *sample, uint64_t frame, uint64_t most, uint64_t *count)
{
	if (sample->classifier)
		return sample->classifier->class_of(sample->classifier, frame, most, count);
	*count = most;
	return (struct verdict){ true, PAGE_UNKNOWN };
}

static void sample_frames(struct sample *sample, struct pagemap *frames)
{
	uint64_t first, left, from = 0, count;

	for (; pagemap_run(frames, from, &first, &left); from = first)
		for (; left; left -= count, first += count) {
			uint64_t most = sample->window - first % sample->window;
			struct verdict verdict = find_sample_verdict(sample, first, most < left ? most : left, &count);

			if (verdict.keep && is_sampled(sample, first, verdict.class))
				sample_pages(sample, first, count, verdict.class);
		}
}

/* The size of all pages of each class, if they are like those of the sample. */
static void extrapolate_sizes(const struct sample *sample)
{
	struct estimate *estimate = sample->estimate;

	for (int class = 0; class < PAGE_CLASSES; class ++)
		if (estimate->sampled[class])
			estimate->packed[class] =
				(uint64_t)((double)sample->bytes[class] * (double)estimate->pages[class] /
					   (double)estimate->sampled[class]);
		else
			estimate->packed[class] = estimate->pages[class] * sample->page_size; /* the upper limit */
}

static int compress_sample(struct sample *sample, struct source *source, struct pagemap *frames, int level,
			   struct fault *fault)
{
	size_t room = (size_t)sample->window * sample->page_size;
	int status = 0;

	sample->memory = memory_open(source, fault);
	if (!sample->memory)
		return -fault->code;
	sample->plain = malloc(room);
	sample->packed = malloc(room);
	sample->state = sample->codec->open(level);
	if (sample->plain && sample->packed && sample->state)
		sample_frames(sample, frames);
	else
		status = fault_memory(fault);
	if (sample->state)
		sample->codec->close(sample->state);
	free(sample->plain);
	free(sample->packed);
	memory_close(sample->memory);
	return status;
}

/* How many pages there are of each kind and class. */
static void count_kinds(struct estimate *estimate, const struct classes *classes, struct pagemap *frames)
{
	if (classes)
		memcpy(estimate->kinds, classes_counts(classes)->kinds, sizeof(estimate->kinds));
	else
		estimate->kinds[LEVEL_UNKNOWN] = pagemap_total(frames);
	for (int kind = 0; kind < LEVEL_KINDS; kind++)
		estimate->pages[level_class((enum level_kind)kind)] += estimate->kinds[kind];
}

int estimate_make(struct estimate *estimate, struct source *source, struct classes *classes, const struct codec *codec,
		  int level, struct fault *fault)
{
	uint32_t page_size = source->info.page_size;
	struct sample sample = {
		.estimate = estimate,
		.classifier = classes ? classes_classifier(classes) : NULL,
		.page_size = page_size,
		.window = WINDOW > page_size ? WINDOW / page_size : 1,
		.codec = codec,
	};
	struct pagemap *own = classes ? NULL : pagemap_new(), *frames = classes ? classes_frames(classes) : own;
	bool ascending;
	int status = 0;

	*estimate = (struct estimate){ 0 };
	if (!frames)
		return fault_memory(fault);
	if (own)
		status = source->map(source, own, &ascending, fault);
	if (!status || status == -FAULT_CUT) {
		count_kinds(estimate, classes, frames);
		status = codec ? compress_sample(&sample, source, frames, level, fault) : 0;
		extrapolate_sizes(&sample);
	}
	pagemap_free(own);
	return status;
}
