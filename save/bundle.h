/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A saved dump and its companions as one .tar.zst for a support case. Its last file is MANIFEST: the size of each file,
 * and its SHA-256 for sha256sum -c.
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
	uint64_t files, bytes; /* without the manifest; not compressed */
	uint64_t left_out;     /* files that --no-memory left out */
};

/*
 * Write the files of folder (DUMPDIR/N) to an output, which the caller commits. no_memory leaves out the dump itself
 * and records that in the manifest. Hidden files and all that are not regular files are left out. Returns 0;
 * -FAULT_FORMAT when there is no dump in the directory; or another fault.
 */
int bundle_write(const char *folder, bool no_memory, struct output *output, struct bundle_total *total,
		 struct fault *fault);

/*
 * Read a bundle to its end and compare it with its manifest. A file that differs from its line, or is missing, is added
 * to findings. Returns 0; -FAULT_FORMAT when it is not a bundle; -FAULT_CUT when it ends early or is damaged; or
 * another fault.
 */
int bundle_verify(struct stream *stream, struct findings *findings, struct bundle_total *total, struct fault *fault);

#endif
