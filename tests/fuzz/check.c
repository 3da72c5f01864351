/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole check on anything, the quick way and the other: they may not disagree on whether a dump is whole.
 */
#include "convert/formats.h"
#include "tests/fuzz/expect.h"
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
	if (source && !check_dump(&check, source, &fault))
		status = check.verdict != WEIGHT_NOTE;
	if (source)
		source->close(source);
	stream_close(stream);
	damage_clear(&damage);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect(verdict(data, size, true) == verdict(data, size, false));
	return 0;
}
