/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escapes untrusted text for terminals and JSON: only printable UTF-8 passes unchanged. */
#include <stdint.h>
#include <string.h>

#include "cli/text.h"

/* The length of the UTF-8 sequence of a printable character; 0: a control character (C1 too), or invalid UTF-8. */
static size_t printable_length(const char *text)
{
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800,
					  0x10000 }; /* the lowest code of each length; C1 ends below 0xa0 */
	const unsigned char *at = (const unsigned char *)text;
	uint32_t c = at[0];
	size_t length;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	length = c >= 0xf8 ? 0 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
	c &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) /* the NUL at the end too */
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	return c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : length;
}

/* How many bytes of text can be printed unchanged, up to one of those in special. */
static size_t plain_length(const char *text, const char *special)
{
	size_t n = 0, length;

	while (text[n] && !strchr(special, text[n]) && (length = printable_length(text + n)))
		n += length;
	return n;
}

void text_print(FILE *file, const char *text)
{
	for (;;) {
		size_t n = plain_length(text, "");

		fwrite(text, 1, n, file);
		text += n;
		if (!*text)
			return;
		fprintf(file, "\\x%02x", (unsigned char)*text++);
	}
}

void text_print_json(FILE *file, const char *text)
{
	static const char special[] = "\"\\";

	fputc('"', file);
	for (;;) {
		size_t n = plain_length(text, special);

		fwrite(text, 1, n, file);
		text += n;
		if (!*text)
			break;
		fprintf(file, strchr(special, *text) ? "\\%c" : "\\u%04x", (unsigned char)*text);
		text++;
	}
	fputc('"', file);
}
