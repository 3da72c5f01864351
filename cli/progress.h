/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Percent, rate and time left on stderr: when it is a terminal, or when asked for. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on, lines;          /* lines: stderr is no terminal, so each report is a line of its own */
	double started, printed; /* seconds */
};

/* asked: --progress; quiet: -q, which wins. */
struct progress progress_start(bool asked, bool quiet);

/* done of total bytes (total UINT64_MAX: not known). Prints a few times a second at most. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);

/* Clear the line, so that something else can be printed; NULL is harmless. */
void progress_clear(const struct progress *progress);

/* Clear the line for good. */
void progress_end(struct progress *progress);

#endif
