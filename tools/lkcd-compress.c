/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-compress: compresses an LKCD image with another codec. A conversion by tools/convert.c that stops at damage. */
#include <string.h>
#include <unistd.h>

#include "tools/convert.h"
#include "convert/formats.h"
#include "convert/lkcd/format.h"
#include "convert/lkcd/header.h"

enum { OPTION_KEEP_GOING = 512, OPTION_ARCHIVE };
#define ARCHIVE_CODEC "zstd:19" /* gave the smallest images when measured; see lkcd-compress(1) */

static const struct option_row rows[] = {
	{ 'c', "codec", "CODEC[:LEVEL]", "compress with zstd (the default), gzip or rle, or not: none" },
	{ 'f', "format", "FORMAT",
	  "write lkcd (version 11) or lkcd9; the default is lkcd9 for\nolder images if the codec is not zstd, else "
	  "lkcd" },
	{ OPTION_ARCHIVE, "archive", NULL, "compress slowly and small, like -c zstd:19" },
	{ OPTION_KEEP_GOING, "keep-going", NULL, "leave out damaged records instead of stopping" },
	{ 0, NULL, NULL, NULL },
};

/* Can the format be compressed with CODEC[:LEVEL]? */
static bool has_codec(const struct format *format, const char *codec)
{
	size_t n = strcspn(codec, ":");

	for (const char *const *name = format->codecs; *name; name++)
		if (strlen(*name) == n && !strncmp(*name, codec, n))
			return true;
	return false;
}

/* Some codecs need version 11. An image older than version 9 becomes 9: older versions are only read. */
static const char *choose_format(struct convert *convert, const char *codec)
{
	struct fault fault;
	const unsigned char *head;
	uint32_t version;
	size_t have;

	head = stream_peek(convert->input.stream, FORMAT_PEEK, &have, &fault);
	version = head ? lkcd_version(head, have) : 0;
	if (!version)
		return NULL;
	if (version >= 11 || !codec || (has_codec(&format_lkcd, codec) && !has_codec(&format_lkcd9, codec)))
		return format_lkcd.name;
	return format_lkcd9.name;
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-compress",
		.usage = "[-c CODEC[:LEVEL]] [-T N] [-o OUT] [IN]",
		.summary = "Recompress an LKCD image.",
		.more = "Examples:\n"
			"  lkcd-compress -o dump.0.small dump.0        zstd, with a checksum on every record\n"
			"  lkcd-compress --archive dump.0 > archive    slow and small, for archives\n"
			"  lkcd-save -o - | lkcd-compress | ssh host 'cat > dump.0'\n",
		.tables = { rows, convert_rows, input_rows },
	};
	struct convert convert = { .input.options = &options, .out = "-", .strict = true };
	const char *format = NULL, *codec = NULL;
	struct fault fault;
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'f')
			format = options.value;
		else if (id == 'c')
			codec = options.value;
		else if (id == OPTION_ARCHIVE)
			codec = ARCHIVE_CODEC;
		else if (id == OPTION_KEEP_GOING)
			convert.strict = false;
		else
			convert_set_option(&convert, id);
	}
	if (format && !lkcd_is_format(formats_find(format)))
		options_misuse(&options, "'%s' is not lkcd or lkcd9: lkcd-convert writes other formats", format);
	if (argc - optind > 1)
		options_misuse(&options, "more than one input");
	convert.input.paths = argv + optind;
	convert.input.path_count = argc - optind;
	if (input_open(&convert.input, &fault)) {
		id = message_fault(options.tool, convert.input.name, &fault);
		input_close(&convert.input);
		return id;
	}
	if (!format)
		format = choose_format(&convert, codec);
	if (!format) {
		message_print(options.tool, convert.input.name,
			      "is not an LKCD image: lkcd-convert reads other formats");
		input_close(&convert.input);
		return 2;
	}
	convert_set_format(&convert, format);
	if (codec)
		convert_set_codec(&convert, codec);
	return convert_run(&convert);
}
