/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every format's bid, on anything. */
#include "convert/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (const struct format *const *format = formats_list(); *format; format++)
		if ((*format)->bid)
			(*format)->bid(data, size);
	return 0;
}
