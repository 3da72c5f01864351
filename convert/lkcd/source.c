/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads LKCD images of every version. The source is made of open.c, which reads the headers; cursor.c, which reads the
 * records; seek.c, which finds a record by address; and scan.c, which checks all records in threads.
 */
#include <stdlib.h>

#include "convert/lkcd/arch.h"
#include "convert/lkcd/cursor.h"
#include "convert/lkcd/open.h"
#include "convert/lkcd/scan.h"
#include "convert/lkcd/seek.h"
#include "convert/lkcd/source.h"
#include "dump/physical.h"
#include "dump/source.h"

static void lkcd_source_close(struct source *source)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;

	info_clear(&source->info);
	if (lkcd->shared) {
		lkcd_index_clear(&lkcd->shared->index);
		pthread_mutex_destroy(&lkcd->shared->lock);
		free(lkcd->shared);
	}
	pagemap_free(lkcd->seen);
	free(lkcd);
}

static int lkcd_source_rewind(struct source *source, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;

	lkcd->header_reported = false;
	return lkcd_cursor_rewind(lkcd, fault);
}

static void lkcd_fork_close(struct source *source)
{
	struct lkcd_source *fork = (struct lkcd_source *)source;

	stream_close(fork->stream);
	pagemap_free(fork->seen);
	free(fork);
}

static struct source *lkcd_source_fork(struct source *source, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source, *fork = source_copy(source, sizeof(*lkcd), fault);

	if (!fork)
		return NULL;
	fork->source.close = lkcd_fork_close;
	fork->seen = NULL;
	fork->stream = stream_fork(lkcd->stream, fault);
	if (fork->stream && !lkcd_source_rewind(&fork->source, fault))
		return &fork->source;
	lkcd_fork_close(&fork->source);
	return NULL;
}

uint64_t lkcd_source_end(const struct source *source)
{
	const struct lkcd_source *lkcd = (const struct lkcd_source *)source;

	return lkcd->end;
}

static int lkcd_source_prove(struct source *source, struct sink *sink, unsigned threads, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	struct lkcd_scan scan = {
		.stream = lkcd->stream,
		.records = &lkcd->records,
		.info = &source->info,
		.first = lkcd->first_record,
		.start = lkcd->start,
		.threads = threads,
		.sink = sink,
	};
	struct page page;
	int status;

	if (lkcd->header_fault.code || lkcd->records.version < 11)
		return 0;
	status = lkcd_scan_run(&scan, fault);
	if (status <= 0)
		return status;
	status = lkcd_cursor_restart(lkcd, scan.end, fault);
	if (status)
		return status;
	lkcd->sought = false; /* the scan has read all records before END */
	lkcd->counts = scan.counts;
	return lkcd_cursor_next(source, &page, fault) == 0;
}

/* s390x: the architecture header only holds the addresses at which the registers were saved in memory. */
static int read_lowcores(struct lkcd_source *lkcd, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	uint64_t addresses[LKCD_ARCH_CPUS];
	size_t cpus = info->notes_size ? 0 : lkcd_arch_lowcores(info, addresses, LKCD_ARCH_CPUS), missing = 0;
	struct physical *physical;
	int status = 0;

	if (!cpus)
		return 0;
	if (!lkcd->source.fork)
		return info_add_unknown(
			info, fault, "no registers: they are in the dump's memory, and a pipe can be read only once");
	physical = physical_open(&lkcd->source, fault);
	if (!physical)
		return -fault->code;
	for (size_t i = 0; i < cpus && !status; i++) {
		unsigned char lowcore[LKCD_ARCH_LOWCORE];

		status = physical_read(physical, addresses[i], lowcore, sizeof(lowcore), fault);
		if (!status)
			status = lkcd_arch_lowcore_note(info, i, lowcore, fault);
		else if (status != -FAULT_MEMORY)
			status = (missing++, 0);
	}
	physical_close(physical);
	if (!status && missing)
		status = info_add_unknown(info, fault, "no registers of %zu CPUs: their save areas are not in the dump",
					  missing);
	return status;
}

/* Set the functions that this stream allows, and read all that comes before the pages. */
static int lkcd_source_read_headers(struct lkcd_source *lkcd, const struct lkcd_header_block *block,
				    struct fault *fault)
{
	int status;

	if (stream_seekable(lkcd->stream)) {
		lkcd->source.rewind = lkcd_source_rewind;
		lkcd->source.seek = lkcd_seek;
		lkcd->source.fork = lkcd_source_fork;
		lkcd->source.map = lkcd_seek_map;
		lkcd->source.prove = lkcd_source_prove;
	}
	status = lkcd_open(lkcd, block, fault);
	if (!status)
		status = read_lowcores(lkcd, fault);
	if (!status && !lkcd->source.info.range_count)
		status = lkcd_arch_ranges(&lkcd->source.info, fault);
	return status;
}

unsigned lkcd_source_abilities(const struct lkcd_header *header, const struct info *info)
{
	unsigned abilities = SOURCE_PACKED | SOURCE_ONE_CODEC | SOURCE_COUNTED | SOURCE_EMPTY | SOURCE_RECORDS;

	if (header->version >= 11)
		abilities |= SOURCE_SUMS;
	if (header->version >= 11 && info->level)
		abilities |= SOURCE_CLASSES;
	return abilities;
}

struct source *lkcd_source_open_with(struct stream *stream, const struct source_options *options,
				     const struct lkcd_header_block *block, struct fault *fault)
{
	struct lkcd_source *lkcd = calloc(1, sizeof(*lkcd));

	if (!lkcd) {
		fault_memory(fault);
		return NULL;
	}
	lkcd->strict = options->strict;
	lkcd->stream = stream;
	lkcd->source.next = lkcd_cursor_next;
	lkcd->source.close = lkcd_source_close;
	lkcd->seen = pagemap_new();
	lkcd->shared = calloc(1, sizeof(*lkcd->shared));
	if (lkcd->shared)
		pthread_mutex_init(&lkcd->shared->lock, NULL);
	if (!lkcd->seen || !lkcd->shared) {
		fault_memory(fault);
	} else if (!lkcd_source_read_headers(lkcd, block, fault)) {
		lkcd->source.abilities = lkcd_source_abilities(&lkcd->header, &lkcd->source.info);
		return &lkcd->source;
	}
	lkcd_source_close(&lkcd->source);
	return NULL;
}

struct source *lkcd_source_open(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	return lkcd_source_open_with(stream, options, NULL, fault);
}
