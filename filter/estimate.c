/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "dump/iszero.h"
#include "dump/memory.h"
#include "filter/estimate.h"

#define WINDOW (64u << 10) /* what a record of version 11 holds at most */
#define SAMPLES 1024u      /* windows that are packed, about */
#define RECORD 20u         /* bytes of a record beside its data */

struct sample {
	struct estimate *estimate;
	struct memory *memory;
	uint32_t page_size;
	const struct codec *codec;
	void *state;
	unsigned char *plain, *packed;
	uint64_t bytes[PAGE_CLASSES]; /* that the sample packs to */
};

/* The same windows each time, without a pattern that memory could have, too. */
static bool is_sampled(uint64_t window, uint64_t stride)
{
	return (window * UINT64_C(0x9e3779b97f4a7c15) >> 32) % stride == 0;
}

static void pack(struct sample *sample, enum page_class class, const unsigned char *data, size_t size)
{
	size_t n = sample->codec ? sample->codec->encode(sample->state, sample->packed, size - 1, data, size) : 0;

	sample->bytes[class] += RECORD + (n ? n : size);
}

/* Pages of one class that lie together: pages of zeros take no room, the others are packed as far as they go. */
static void take(struct sample *sample, uint64_t frame, uint64_t count, enum page_class class)
{
	size_t size = sample->page_size, n = 0;
	struct fault fault;

	if (memory_read_physical(sample->memory, frame * size, sample->plain, (size_t)count * size, &fault))
		return;
	sample->estimate->sampled[class] += count;
	for (size_t i = 0; i <= count; i++) {
		if (i < count && !iszero(sample->plain + i * size, size)) {
			n++;
			continue;
		}
		if (n)
			pack(sample, class, sample->plain + (i - n) * size, n * size);
		n = 0;
	}
}

static void go_through(struct sample *sample, struct classes *classes)
{
	struct classifier *classifier = classes_classifier(classes);
	struct pagemap *frames = classes_frames(classes);
	uint64_t each = WINDOW > sample->page_size ? WINDOW / sample->page_size : 1, first, left, from = 0, count;
	uint64_t stride = pagemap_total(frames) / each / SAMPLES;

	for (; pagemap_run(frames, from, &first, &left); from = first)
		for (; left; left -= count, first += count) {
			uint64_t most = each - first % each;
			struct verdict verdict =
				classifier->class_of(classifier, first, most < left ? most : left, &count);

			sample->estimate->pages[verdict.class] += count;
			if (verdict.keep && is_sampled(first / each, stride ? stride : 1))
				take(sample, first, count, verdict.class);
		}
}

int estimate_make(struct estimate *estimate, struct source *source, struct classes *classes, const struct codec *codec,
		  struct fault *fault)
{
	uint32_t page_size = source->info.page_size;
	size_t room = WINDOW > page_size ? WINDOW : page_size;
	struct sample sample = { .estimate = estimate, .page_size = page_size, .codec = codec };
	struct fault closing;

	*estimate = (struct estimate){ 0 };
	sample.memory = memory_open(source, fault);
	if (!sample.memory)
		return -fault->code;
	sample.plain = malloc(room);
	sample.packed = malloc(room);
	sample.state = codec ? codec->open(codec->level_default) : NULL;
	if (sample.plain && sample.packed && (sample.state || !codec))
		go_through(&sample, classes);
	else
		fault_memory(fault);
	for (int class = 0; class < PAGE_CLASSES; class ++)
		if (estimate->sampled[class])
			estimate->packed[class] =
				(uint64_t)((double)sample.bytes[class] * (double)estimate->pages[class] /
					   (double)estimate->sampled[class]);
		else
			estimate->packed[class] = estimate->pages[class] * page_size; /* the safe side */
	if (sample.state)
		codec->close(sample.state);
	if (memory_close(sample.memory, &closing))
		*fault = closing;
	room = sample.plain && sample.packed && (sample.state || !codec);
	free(sample.plain);
	free(sample.packed);
	return room ? 0 : -FAULT_MEMORY;
}
