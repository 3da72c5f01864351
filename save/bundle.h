/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A saved dump and its companions as one .tar.zst for a support case. Its last file is MANIFEST: the size of each file,
 * and its SHA-256 as sha256sum -c takes it.
 */
#ifndef SAVE_BUNDLE_H
#define SAVE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/findings.h"
#include "lkcd/output.h"
#include "lkcd/stream.h"

#define BUNDLE_FILES_MAX 1024

struct bundle_total {
	uint64_t files, bytes; /* without the manifest; not packed */
	uint64_t left_out;     /* files that --no-memory left out */
};

/*
 * Write what is in folder (DUMPDIR/N) to an output, which the caller commits. no_memory: without dump.*, which is named
 * in the manifest. What is no plain file, or hidden, is left alone. Returns 0 or a fault; -FAULT_FORMAT: there is no
 * dump in it.
 */
int bundle_write(const char *folder, bool no_memory, struct output *output, struct bundle_total *total,
		 struct fault *fault);

/*
 * Read a bundle to its end and compare it with its manifest. A file that is not what it says, or that is missing, is
 * added to findings. Returns 0, -FAULT_FORMAT when it is no bundle, -FAULT_CUT when it ends early or is damaged; any
 * other fault.
 */
int bundle_verify(struct stream *stream, struct findings *findings, struct bundle_total *total, struct fault *fault);

#endif
