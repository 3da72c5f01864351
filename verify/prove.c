/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sink that decompresses each page before it passes it on. It exists for tools that put new checksums on pages:
 * without it, a checksum over damaged data would call it whole.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "dump/unpack.h"
#include "lkcd/codec.h"
#include "verify/prove.h"
#include "verify/ranges.h"

struct prove {
	struct sink sink;
	struct sink *inner;
	struct findings *findings;
	struct unpack unpack;
	struct ranges memory;
};

static int prove_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct prove *prove = (struct prove *)sink;

	if (ranges_load(&prove->memory, plan->info, fault))
		return -fault->code;
	return prove->inner->begin(prove->inner, plan, fault);
}

static int prove_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct prove *prove = (struct prove *)sink;
	struct page plain = *page;
	int status;

	if (ranges_refuse(&prove->memory, page, prove->findings, fault))
		return 0;
	status = unpack_page(&prove->unpack, &plain, prove->memory.page_size, fault);
	if (!status)
		return prove->inner->put(prove->inner, page, fault);
	if (status != -FAULT_DAMAGED)
		return status;
	fault_set(fault, FAULT_DAMAGED, page->offset, page->address, "%" PRIu32 " bytes of %s data do not decompress",
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
	unpack_close(&prove->unpack);
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
	prove->sink = (struct sink){ inner->needs, inner->window, inner->codec, prove_begin,
				     prove_put,    prove_finish,  prove_close };
	return &prove->sink;
}
