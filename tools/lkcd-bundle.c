/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-bundle: pack a saved dump and its companions into one file for a support case, and verify such a file. A tool of
 * its own because it alone needs libarchive, which save/bundle.c calls.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/number.h"
#include "cli/options.h"
#include "save/bundle.h"

#define FINDINGS_SHOWN 20

enum { OPTION_NO_MEMORY = 512, OPTION_VERIFY };

static const struct option_row rows[] = {
	OPTIONS_OUTPUT_ROW,
	{ OPTION_NO_MEMORY, "no-memory", NULL, "leave out the memory image, keep the analysis" },
	{ OPTION_VERIFY, "verify", NULL, "compare a bundle with its manifest" },
	{ 'q', "quiet", NULL, "print only errors" },
	{ 'v', "verbose", NULL, "print every finding" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	struct options *options;
	const char *out;
	bool no_memory, verify, quiet, verbose;
};

static void print_total(const char *name, const struct bundle_total *total, const char *what)
{
	char bytes[32];

	message_print("lkcd-bundle", name, "%" PRIu64 " files of %s%s%s", total->files,
		      number_bytes(total->bytes, bytes, sizeof(bytes)), total->left_out ? ", without memory" : "",
		      what);
}

static int write_bundle(const struct request *request, const char *folder)
{
	struct bundle_total total;
	struct fault fault;
	struct output *output = output_open(request->out, &fault);
	int status = 0;

	if (!output)
		return message_fault(request->options->tool, request->out, &fault);
	if (bundle_write(folder, request->no_memory, output, &total, &fault)) {
		message_fault(request->options->tool, fault.code == FAULT_WRITE ? request->out : folder, &fault);
		status = 2;
	} else if (output_commit(output, &fault)) {
		status = message_fault(request->options->tool, request->out, &fault);
	} else if (!request->quiet) {
		print_total(request->out, &total, "");
	}
	output_close(output);
	return status;
}

static int verify_bundle(const struct request *request, const char *path)
{
	struct message_findings printed;
	struct bundle_total total;
	struct fault fault;
	struct stream *stream = stream_open(path, &fault);
	int status = 0;

	if (!stream)
		return message_fault(request->options->tool, path, &fault);
	printed = message_findings(request->options->tool, stream_name(stream),
				   request->verbose ? UINT64_MAX : FINDINGS_SHOWN, NULL);
	if (bundle_verify(stream, &printed.findings, &total, &fault))
		status = message_fault(request->options->tool, stream_name(stream), &fault);
	message_rest(&printed);
	if (!status && printed.findings.count)
		status = 1;
	if (!status && !request->quiet)
		print_total(stream_name(stream), &total, ": all match the manifest");
	stream_close(stream);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-bundle",
		.usage = "[--no-memory] [-o OUT] DIR/N",
		.summary = "Pack a saved dump and its companion files into one .tar.zst for a support case.",
		.more = "Examples:\n"
			"  lkcd-bundle -o case.tar.zst /var/log/dump/0\n"
			"  lkcd-bundle --no-memory /var/log/dump/0 | ssh host 'cat > case.tar.zst'\n"
			"  lkcd-bundle --verify case.tar.zst\n",
		.tables = { rows },
	};
	struct request request = { .options = &options, .out = "-" };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'o')
			request.out = options.value;
		else if (id == OPTION_NO_MEMORY)
			request.no_memory = true;
		else if (id == OPTION_VERIFY)
			request.verify = true;
		else if (id == 'q')
			request.quiet = true;
		else
			request.verbose = true;
	}
	if (argc - optind > 1)
		options_misuse(&options, "more than one %s", request.verify ? "bundle" : "directory");
	if (request.verify)
		return verify_bundle(&request, argc > optind ? argv[optind] : "-");
	if (argc == optind)
		options_misuse(&options, "name the directory that the dump was saved in");
	return write_bundle(&request, argv[optind]);
}
