/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256, as text for sha256sum -c. */
#ifndef SAVE_DIGEST_H
#define SAVE_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

/* Bytes of a sum as text, with its NUL. */
#define DIGEST_TEXT (2 * SHA256_DIGEST_SIZE + 1)

struct digest {
	struct sha256_ctx sha;
};

/* Start an empty sum; nothing has to be freed. */
void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t size);

/* Write the sum of all bytes that were added as text, in hexadecimal. digest is as after digest_start then. */
void digest_end(struct digest *digest, char text[DIGEST_TEXT]);

#endif
