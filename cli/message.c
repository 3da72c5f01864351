/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the tools on stderr. Everything quoted from a dump or a file name goes through text_print. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/message.h"
#include "cli/text.h"

void message_print(const char *tool, const char *file, const char *format, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	fprintf(stderr, "%s: ", tool);
	if (file) {
		text_print(stderr, file);
		fputs(": ", stderr);
	}
	text_print(stderr, sentence);
	fputc('\n', stderr);
}

int message_fault(const char *tool, const char *file, const struct fault *fault)
{
	char sentence[sizeof(fault->text) + 80];

	message_print(tool, file, "%s", fault_sentence(fault, sentence, sizeof(sentence)));
	return fault_status(fault->code);
}

int message_flush(const char *tool, int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	message_print(tool, NULL, "cannot write to standard output: %s", strerror(errno));
	return 2;
}

static void print_finding(struct findings *findings, const struct fault *fault)
{
	const struct message_findings *printed = (const struct message_findings *)findings;

	if (findings->count > printed->most)
		return;
	progress_clear(printed->progress);
	message_fault(printed->tool, printed->file, fault);
}

struct message_findings message_findings(const char *tool, const char *file, uint64_t most,
					 const struct progress *progress)
{
	return (struct message_findings){ { print_finding, 0 }, tool, file, most, progress };
}

void message_rest(const struct message_findings *printed)
{
	if (printed->findings.count > printed->most)
		message_print(printed->tool, printed->file, "... and %" PRIu64 " more like these (-v lists all)",
			      printed->findings.count - printed->most);
}
