/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rewrites the good pages of a damaged LKCD image: a salvaged source, pages proved one by one, a new image. It relies
 * on convert/lkcd/salvage.h for a header when the image's own is damaged.
 */
#include <stdlib.h>

#include "compress/pipeline.h"
#include "convert/formats.h"
#include "convert/lkcd/source.h"
#include "lkcd/codec.h"
#include "verify/prove.h"
#include "verify/repair.h"

/* Forwards findings to the caller, and counts those that cost pages. */
struct losses {
	struct findings findings; /* counts losses */
	struct findings *inner;
	bool header_known;       /* the damage of the header was reported before */
	uint64_t pages, dropped; /* lost pages; those of them that the source gave, but were not written */
};

static bool costs_pages(const struct fault *fault)
{
	return fault->rule != RULE_TRAILER && fault->rule != RULE_INDEX && fault->rule != RULE_HEADER;
}

static void report_loss(struct findings *findings, const struct fault *fault)
{
	struct losses *losses = (struct losses *)findings;

	if (fault->rule != RULE_HEADER || !losses->header_known)
		findings_add(losses->inner, fault);
	if (!costs_pages(fault))
		findings->count--;
	losses->pages += fault->pages;
	if (fault->rule == RULE_UNPACK || fault->rule == RULE_RANGES)
		losses->dropped += fault->pages;
}

/* The pages of a dump of another format may contain bytes that look like records. */
static int refuse_other_formats(struct stream *stream, struct fault *fault)
{
	struct source_options options = { 0 };
	const struct format *format = formats_detect(stream, &options, fault);

	if (!format || lkcd_is_format(format))
		return 0;
	return fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "is of format %s, not an LKCD image: lkcd-convert copies its good pages", format->name);
}

static int find_image_header(struct repair *repair, struct stream *stream, struct fault *fault)
{
	int status = stream_spool(stream, fault);

	if (!status)
		status = repair->salvage.other ? stream_spool(repair->salvage.other, fault)
					       : refuse_other_formats(stream, fault);
	return status ? status : lkcd_salvage_header(&repair->salvage, stream, fault);
}

static struct source *open_salvaged_source(const struct repair *repair, struct stream *stream, struct fault *fault)
{
	const struct source_options options = { .strict = true };
	const struct lkcd_header_block block = {
		.bytes = repair->salvage.block,
		.size = repair->salvage.size,
		.first_record = repair->salvage.first,
	};

	return lkcd_source_open_with(stream, &options, block.bytes ? &block : NULL, fault);
}

/* The same version, or 9 for older ones, which are not written any more; the same compression. */
static struct sink *open_repair_sink(const struct repair *repair, const struct info *info, struct findings *findings,
				     struct output *output, struct fault *fault)
{
	const struct format *format = info->version >= 11 ? &format_lkcd : &format_lkcd9;
	struct sink_options options = { .codec = info->codec };
	struct sink *sink;

	sink = format->open_sink(output, &options, fault);
	if (sink)
		sink = pipeline_open(sink, info->codec ? info->codec->level_default : 0, repair->threads, findings,
				     fault);
	return sink ? prove_open(sink, findings, fault) : NULL;
}

static int copy_good_pages(struct repair *repair, struct source *source, struct output *output, struct fault *fault)
{
	struct losses losses = { .findings = { .found = report_loss },
				 .inner = repair->findings,
				 .header_known = repair->salvage.block };
	struct sink *sink = open_repair_sink(repair, &source->info, &losses.findings, output, fault);
	int status = -fault->code;

	if (!sink)
		return status;
	repair->copy.findings = &losses.findings;
	status = copy_pages(&repair->copy, source, sink, fault);
	sink->close(sink);
	repair->copy.findings = NULL;
	repair->whole = repair->copy.whole;
	repair->saved = repair->copy.pages - losses.dropped;
	repair->lost = losses.pages;
	if (!status && !repair->saved && repair->salvage.how == LKCD_SALVAGE_MADE)
		return fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "no LKCD header, and no good page record");
	return status;
}

int repair_image(struct repair *repair, struct stream *stream, struct output *output, struct fault *fault)
{
	int status = find_image_header(repair, stream, fault);
	struct source *source = status ? NULL : open_salvaged_source(repair, stream, fault);

	if (!source)
		return -fault->code;
	status = copy_good_pages(repair, source, output, fault);
	source->close(source);
	return status;
}

void repair_clear(struct repair *repair)
{
	free(repair->salvage.block);
	repair->salvage.block = NULL;
}
