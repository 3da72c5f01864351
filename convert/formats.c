/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of formats. Each format's folder defines format_NAME (lkcd/format.h); a row below adds it to the list. The
 * first row is the tools' default output.
 */
#include <stddef.h>
#include <string.h>

#include "convert/formats.h"

/* clang-format off */
#define FORMATS(ROW) \
	ROW(format_lkcd) \
	ROW(format_lkcd9) \
	ROW(format_elf) \
	ROW(format_kdump) \
	ROW(format_flat) \
	ROW(format_raw) \
	ROW(format_lime)
/* clang-format on */

#define DECLARE(name) extern const struct format name;
#define LIST(name) &name,

FORMATS(DECLARE)

static const struct format *const formats[] = { FORMATS(LIST) NULL };

const struct format *const *formats_list(void)
{
	return formats;
}

const struct format *formats_find(const char *name)
{
	for (const struct format *const *format = formats; *format; format++)
		if (!strcmp((*format)->name, name))
			return *format;
	return NULL;
}

const struct format *formats_detect(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	const struct format *best = NULL;
	const unsigned char *head;
	unsigned highest = 0;
	size_t have;

	if (options->raw)
		return formats_find("raw");
	head = stream_peek(stream, FORMAT_PEEK, &have, fault);
	if (!head)
		return NULL;
	for (const struct format *const *format = formats; *format; format++) {
		unsigned bid = (*format)->bid ? (*format)->bid(head, have) : 0;

		if (bid > highest) {
			highest = bid;
			best = *format;
		}
	}
	if (!best && !have)
		fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE, "is empty");
	else if (!best)
		fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
			  "is not in a known dump format (for raw memory, give its first address: --base ADDRESS)");
	return best;
}

unsigned formats_abilities(struct stream *stream, const struct source_options *options)
{
	struct fault fault;
	const struct format *format = formats_detect(stream, options, &fault);
	const unsigned char *head;
	size_t have;

	if (!format || !format->abilities)
		return 0;
	head = stream_peek(stream, FORMAT_PEEK, &have, &fault);
	return head ? format->abilities(head, have) : 0;
}

struct source *formats_open_source(struct stream *stream, const struct source_options *options, bool needs_map,
				   struct fault *fault)
{
	const struct format *format = formats_detect(stream, options, fault);

	if (!format)
		return NULL;
	if (options->part_count && !format->has_parts) {
		fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			  "a dump of format %s is one file; only kdump files come in parts", format->name);
		return NULL;
	}
	if (needs_map && format->maps_seeking && stream_spool(stream, fault))
		return NULL;
	return format->open_source(stream, options, fault);
}
