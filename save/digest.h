/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 as sha256sum -c takes it. */
#ifndef SAVE_DIGEST_H
#define SAVE_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

#define DIGEST_TEXT (2 * SHA256_DIGEST_SIZE + 1)

struct digest {
	struct sha256_ctx sha;
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t size);

/* The sum of all that was added, as text; the digest is at its start again. */
void digest_end(struct digest *digest, char text[DIGEST_TEXT]);

#endif
