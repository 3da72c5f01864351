/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "lkcd/codec.h"
#include "verify/prove.h"
#include "verify/ranges.h"

struct prove {
	struct sink sink;
	struct sink *inner;
	struct findings *findings;
	const struct codec *codec; /* of state */
	void *state;
	unsigned char *plain; /* room for the pages of a run that is packed in one piece */
	size_t room;
	struct ranges memory;
};

static int prove_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct prove *prove = (struct prove *)sink;

	if (ranges_learn(&prove->memory, plan->info, fault))
		return -fault->code;
	return prove->inner->begin(prove->inner, plan, fault);
}

/* Returns 1 when it unpacks, 0, or a fault. */
static int unpacks(struct prove *prove, const struct page *page, struct fault *fault)
{
	size_t size = (size_t)page->pages * prove->memory.page_size;

	if (prove->codec != page->codec) {
		if (prove->state)
			prove->codec->close(prove->state);
		prove->codec = page->codec;
		prove->state = page->codec->open(page->codec->level_default);
	}
	if (prove->room < size) {
		free(prove->plain);
		prove->plain = malloc(size);
		prove->room = prove->plain ? size : 0;
	}
	if (!prove->state || !prove->plain)
		return fault_memory(fault);
	return !page->codec->decode(prove->state, prove->plain, size, page->data, page->bytes);
}

static int prove_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct prove *prove = (struct prove *)sink;
	int good;

	if (ranges_refuse(&prove->memory, page, prove->findings, fault))
		return 0;
	good = page->codec ? unpacks(prove, page, fault) : 1;

	if (good < 0)
		return good;
	if (good)
		return prove->inner->put(prove->inner, page, fault);
	fault_set(fault, FAULT_DAMAGED, page->offset, page->address, "%" PRIu32 " bytes of %s data do not unpack",
		  page->bytes, page->codec->name);
	fault_mark(fault, RULE_UNPACK, page->pages, page->bytes);
	findings_add(prove->findings, fault);
	return 0;
}

static int prove_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct prove *prove = (struct prove *)sink;

	return prove->inner->finish(prove->inner, whole, fault);
}

static void prove_close(struct sink *sink)
{
	struct prove *prove = (struct prove *)sink;

	prove->inner->close(prove->inner);
	if (prove->state)
		prove->codec->close(prove->state);
	free(prove->plain);
	ranges_clear(&prove->memory);
	free(prove);
}

struct sink *prove_open(struct sink *inner, struct findings *findings, struct fault *fault)
{
	struct prove *prove = calloc(1, sizeof(*prove));

	if (!prove) {
		inner->close(inner);
		fault_memory(fault);
		return NULL;
	}
	prove->inner = inner;
	prove->findings = findings;
	prove->sink = (struct sink){ inner->needs, inner->unit,  inner->codec, prove_begin,
				     prove_put,    prove_finish, prove_close };
	return &prove->sink;
}
