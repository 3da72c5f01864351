/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How mains tell things: "TOOL: FILE: sentence" on stderr. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "cli/progress.h"
#include "lkcd/fault.h"
#include "lkcd/findings.h"

/* Print a sentence about a file (NULL: about none). What it quotes from a dump cannot reach the terminal's controls. */
void message_print(const char *tool, const char *file, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Print a fault of a file (NULL: of none) and return the exit status that it means. */
int message_fault(const char *tool, const char *file, const struct fault *fault);

/* Write out what stdout still holds. Returns status, or 2 when that fails, which is told: half a text is no result. */
int message_flush(const char *tool, int status);

/* Findings that are printed as they come, the first few of them; the rest is counted by message_rest. */
struct message_findings {
	struct findings findings; /* hand this on */
	const char *tool, *file;
	uint64_t most;                   /* how many are printed; UINT64_MAX: all */
	const struct progress *progress; /* cleared before; may be NULL */
};

struct message_findings message_findings(const char *tool, const char *file, uint64_t most,
					 const struct progress *progress);

/* Say how many were not printed, if any. */
void message_rest(const struct message_findings *printed);

#endif
