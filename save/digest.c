/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that calls nettle: another library for SHA-256 would change this file alone. */
#include <stdio.h>

#include "save/digest.h"

void digest_start(struct digest *digest)
{
	sha256_init(&digest->sha);
}

void digest_add(struct digest *digest, const void *bytes, size_t size)
{
	sha256_update(&digest->sha, size, bytes);
}

void digest_end(struct digest *digest, char text[DIGEST_TEXT])
{
	uint8_t sum[SHA256_DIGEST_SIZE];

	sha256_digest(&digest->sha, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}
