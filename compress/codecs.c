/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include "compress/codecs.h"

static const struct codec *const codecs[] = {
	&codec_rle,    &codec_gzip, &codec_zstd,
#ifdef HAVE_LZO
	&codec_lzo,
#endif
#ifdef HAVE_SNAPPY
	&codec_snappy,
#endif
	NULL,
};

const struct codec *const *codecs_list(void)
{
	return codecs;
}

const struct codec *codecs_find(const char *name)
{
	for (const struct codec *const *codec = codecs; *codec; codec++)
		if (!strcmp((*codec)->name, name))
			return *codec;
	return NULL;
}
