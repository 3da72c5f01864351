/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repair of anything, and a check of what was written: that is a whole image or says of itself that pages are missing,
 * has as many pages as were told, and is not repaired any further.
 */
#include <string.h>
#include <unistd.h>

#include "convert/formats.h"
#include "convert/lkcd/source.h"
#include "tests/fuzz/expect.h"
#include "verify/check.h"
#include "verify/repair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns whether a file was written. */
static bool repair_into(struct stream *stream, const char *path, struct repair *repair)
{
	struct findings findings = { 0 };
	struct fault fault = { 0 };
	struct output *output = output_open(path, &fault);
	bool written;

	expect(stream && output);
	repair->findings = &findings;
	repair->threads = 1;
	written = !repair_image(repair, stream, output, &fault) && !output_commit(output, &fault);
	expect(written || fault.code != FAULT_WRITE);
	repair_clear(repair);
	output_close(output);
	stream_close(stream);
	return written;
}

static void check_file(const char *path, const struct repair *repair)
{
	struct source_options options = { .strict = true };
	struct damage damage = damage_start(100);
	struct check check = { .damage = &damage, .threads = 1, .unpack = true };
	struct fault fault = { 0 };
	struct stream *stream = stream_open(path, &fault);
	struct source *source = lkcd_source_open(stream, &options, &fault);

	expect(source && !check_dump(&check, source, &fault));
	if (check.verdict != (repair->whole ? WEIGHT_NOTE : WEIGHT_INCOMPLETE) || check.good != repair->saved)
		for (size_t i = 0; i < damage.count; i++)
			fprintf(stderr, "%s: %s\n", rules_get(damage.entries[i].rule)->name, damage.entries[i].text);
	expect(check.verdict == (repair->whole ? WEIGHT_NOTE : WEIGHT_INCOMPLETE));
	expect(check.good == repair->saved);
	source->close(source);
	stream_close(stream);
	damage_clear(&damage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *folder = getenv("TMPDIR");
	struct repair first = { 0 }, again = { 0 };
	struct fault fault;
	char path[4096];

	snprintf(path, sizeof(path), "%s/repaired.%ld", folder ? folder : "/tmp", (long)getpid());
	if (repair_into(stream_open_memory(data, size, false, &fault), path, &first)) {
		check_file(path, &first);
		expect(repair_into(stream_open(path, &fault), path, &again));
		expect(again.saved == first.saved && again.whole == first.whole);
		unlink(path);
	}
	return 0;
}
