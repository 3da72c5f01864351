/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole check, the quick way and the other, and what lkcd-repair does, on anything: the two ways may not disagree on
 * whether a dump is whole, and a header that is salvaged opens or is refused.
 */
#include <stdlib.h>

#include "convert/formats.h"
#include "convert/lkcd-salvage.h"
#include "verify/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int verdict(const uint8_t *data, size_t size, bool prove)
{
	struct source_options options = { .strict = true };
	struct damage damage = damage_start(100);
	struct check check = { .damage = &damage, .threads = 1 };
	struct fault fault = { 0 };
	struct stream *stream = stream_open_memory(data, size, false, &fault);
	struct source *source = formats_open_source(stream, &options, false, &fault);
	int status = 2;

	if (source && !prove)
		source->prove = NULL;
	if (source && !check_run(&check, source, &fault))
		status = check.verdict != WEIGHT_NOTE;
	if (source)
		source->close(source);
	stream_close(stream);
	damage_clear(&damage);
	return status;
}

static void salvage(const uint8_t *data, size_t size)
{
	struct source_options options = { .strict = true };
	struct lkcd_salvage found = { 0 };
	struct fault fault = { 0 };
	struct stream *stream = stream_open_memory(data, size, false, &fault);
	struct source *source = NULL;
	struct page page;

	if (!lkcd_salvage_header(&found, stream, &fault)) {
		options.header = found.block;
		options.header_size = found.size;
		options.first_record = found.first;
		source = lkcd_source_open(stream, &options, &fault);
	}
	for (unsigned runs = 0; source && runs < 20000; runs++) {
		int status = source->next(source, &page, &fault);

		if (status == 0 || (status < 0 && status != -FAULT_DAMAGED))
			break;
	}
	if (source)
		source->close(source);
	free(found.block);
	stream_close(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (verdict(data, size, true) != verdict(data, size, false))
		abort();
	if (size < 8192) /* mending tries every bit of a header block, which is slow; a lost header is small here */
		salvage(data, size);
	return 0;
}
