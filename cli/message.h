/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the tools: "TOOL: FILE: sentence" on stderr. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "cli/progress.h"
#include "lkcd/fault.h"
#include "lkcd/findings.h"

/* Print a sentence about a file (NULL: no file). Control characters in text from a dump are escaped. */
void message_print(const char *tool, const char *file, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Print a fault of a file (NULL: no file) and return its exit status. */
int message_fault(const char *tool, const char *file, const struct fault *fault);

/* Flush stdout. Returns status; or 2, with a message, when that fails: a part of the output is not a result. */
int message_flush(const char *tool, int status);

/* Findings that prints the first few as they come; message_rest prints the number of the others. */
struct message_findings {
	struct findings findings; /* pass this on */
	const char *tool, *file;
	uint64_t most;                   /* how many are printed; UINT64_MAX: all */
	const struct progress *progress; /* cleared before each message; may be NULL */
};

struct message_findings message_findings(const char *tool, const char *file, uint64_t most,
					 const struct progress *progress);

/* Print how many findings were not printed, if any. */
void message_rest(const struct message_findings *printed);

#endif
