/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Percent, rate and remaining time on stderr, when it is a terminal or on request. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on, lines;          /* lines: stderr is no terminal, so each report is a line of its own */
	double started, printed; /* seconds */
};

/* asked: --progress; quiet: -q, which takes precedence. */
struct progress progress_start(bool asked, bool quiet);

/* Show done of total bytes (total UINT64_MAX: unknown). Prints at most a few times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);

/* Clear the line, so that something else can be printed; NULL is harmless. */
void progress_clear(const struct progress *progress);

/* Clear the line and stop: later calls print nothing. */
void progress_end(struct progress *progress);

#endif
