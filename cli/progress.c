/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The progress line on stderr. It is rewritten in place on a terminal, and printed as separate lines elsewhere. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/number.h"
#include "cli/progress.h"

static double monotonic_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct progress progress_start(bool asked, bool quiet)
{
	bool terminal = isatty(STDERR_FILENO);
	struct progress progress = { .on = !quiet && (asked || terminal),
				     .lines = !terminal,
				     .started = monotonic_seconds() };

	progress.printed = progress.started;
	return progress;
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	double t = progress->on ? monotonic_seconds() : 0, seconds = t - progress->started, rate;
	char amount[32], speed[32];

	if (!progress->on || t - progress->printed < (progress->lines ? 2 : 0.25))
		return;
	progress->printed = t;
	rate = (double)done / seconds;
	number_bytes(done, amount, sizeof(amount));
	number_bytes((uint64_t)rate, speed, sizeof(speed));
	progress_clear(progress);
	if (total != UINT64_MAX && total && rate > 0) {
		double part = done < total ? (double)done / (double)total : 1,
		       seconds_left = (double)total * (1 - part) / rate;
		unsigned left = seconds_left < 1e9
					? (unsigned)seconds_left
					: 1000000000; /* limited so that it fits; the exact value does not matter */

		fprintf(stderr, "%3d %%  %s, %s/s, %u:%02u left", (int)(100 * part), amount, speed, left / 60,
			left % 60);
	} else {
		fprintf(stderr, "%s, %s/s", amount, speed);
	}
	if (progress->lines)
		fputc('\n', stderr);
}

void progress_clear(const struct progress *progress)
{
	if (progress && progress->on && !progress->lines)
		fputs("\r\033[K", stderr);
}

void progress_end(struct progress *progress)
{
	progress_clear(progress);
	progress->on = false;
}
