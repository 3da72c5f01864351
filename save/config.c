/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of /etc/sysconfig/dump: one table has the name, type, default and limits of each. A word keeps its default
 * when its value is wrong, and reading continues: a typing error must not cost a dump. Relies on save/config-shell.c to
 * split the file into assignments.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "save/config-shell.h"
#include "save/config.h"

enum kind { YES_NO, NUMBER, SIZE, TEXT, PATH, ETHER, FLAGS, IGNORED };

/* offset is that of the field in struct config. */
static const struct word {
	const char *name, *other, *older; /* names that mean the same */
	enum kind kind;
	size_t offset;
	const char *value;    /* the default */
	uint64_t least, most; /* of a number */
	const char *allowed;  /* for the sentence; a list of numbers, when there are gaps: "0, 1, 2" */
} words[] = {
	{ "DUMP_ACTIVE", NULL, NULL, YES_NO, offsetof(struct config, active), "1", 0, 1, "0 or 1" },
	{ "DUMPDEV", "DUMP_DEVICE", "DUMP_DEV", TEXT, offsetof(struct config, device), "/dev/vmdump", 0, 0, NULL },
	{ "DUMPDIR", NULL, NULL, PATH, offsetof(struct config, folder), "/var/log/dump", 0, 0, NULL },
	{ "DUMP_SAVE", NULL, NULL, YES_NO, offsetof(struct config, save), "1", 0, 1, "0 or 1" },
	{ "DUMP_LEVEL", NULL, NULL, NUMBER, offsetof(struct config, level), "8", 0, 16, "0, 1, 2, 4, 8, 16" },
	{ "DUMP_FLAGS", NULL, NULL, FLAGS, offsetof(struct config, flags), "0x80000000", 0, UINT32_MAX,
	  "0x80000000 (disk) or 0x40000000 (net), plus 1 (non-disruptive), plus 2 (soft boot)" },
	{ "DUMP_COMPRESS", NULL, NULL, NUMBER, offsetof(struct config, compress), "0", 0, 3, "0, 1, 2, 3" },
	{ "PANIC_TIMEOUT", NULL, NULL, NUMBER, offsetof(struct config, panic_timeout), "5", 0, INT32_MAX,
	  "seconds, 0 to 2147483647" },
	{ "KEXEC_IMAGE", NULL, NULL, TEXT, offsetof(struct config, kexec_image), "", 0, 0, NULL },
	{ "KEXEC_CMDLINE", NULL, NULL, TEXT, offsetof(struct config, kexec_cmdline), "", 0, 0, NULL },
	{ "TARGET_HOST", NULL, NULL, TEXT, offsetof(struct config, target_host), "", 0, 0, NULL },
	{ "TARGET_PORT", NULL, NULL, NUMBER, offsetof(struct config, target_port), "6688", 1, 65535, "1 to 65535" },
	{ "SOURCE_PORT", NULL, NULL, NUMBER, offsetof(struct config, source_port), "6688", 1, 65535, "1 to 65535" },
	{ "ETH_ADDRESS", NULL, NULL, ETHER, offsetof(struct config, ether), "", 0, 0, NULL },
	{ "DUMP_KEEP", "BOUNDS_LIMIT", NULL, NUMBER, offsetof(struct config, keep), "0", 0, 100000,
	  "0 (no limit) to 100000" },
	{ "DUMP_ROTATE", NULL, NULL, YES_NO, offsetof(struct config, rotate), "0", 0, 1, "0 or 1" },
	{ "DUMP_MIN_FREE", NULL, NULL, SIZE, offsetof(struct config, min_free), "64M", 0, UINT64_MAX,
	  "bytes, or a number with K, M, G or T" },
};
#define WORDS (sizeof(words) / sizeof(*words))

__attribute__((format(printf, 5, 6))) static void add_remark(struct config_remarks *remarks, bool error,
							     const char *file, unsigned line, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (error)
		remarks->errors++;
	else
		remarks->warnings++;
	if (remarks->print)
		remarks->print(remarks, error, file, line, text);
}

/* --- values --- */

/* Parse a number, decimal or 0x...; a size may have K, M, G or T after it. */
static bool parse_number(const char *text, bool size, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, hex ? 16 : 10);
	if (errno)
		return false;
	if (size && *end && !end[1] && (unit = strchr(units, toupper((unsigned char)*end)))) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);

		if (*value > UINT64_MAX >> shift)
			return false;
		*value <<= shift;
		end++;
	}
	return !*end;
}

/* Is value in a list such as "0, 1, 2"? A text that is not such a list allows all numbers. */
static bool is_listed(const char *list, uint64_t value)
{
	for (const char *at = list;; at += 2) {
		char *end;

		if (!isdigit((unsigned char)*at))
			return true;
		if (strtoull(at, &end, 10) == value)
			return true;
		if (*end != ',')
			return *end != 0;
		at = end;
	}
}

static bool is_ether(const char *text)
{
	for (int i = 0; i < 17; i++) {
		if (i % 3 == 2 ? text[i] != ':' && text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return !text[17];
}

static bool is_flag_word(uint64_t value)
{
	uint64_t target = value & ~(uint64_t)(CONFIG_NONDISRUPT | CONFIG_SOFTBOOT);

	return target == CONFIG_DISK || target == CONFIG_NET;
}

/* Set a word to the value that text has. Returns 1; 0 when the value is not allowed; -FAULT_MEMORY. */
static int set_word(struct config *config, const struct word *word, const char *text, struct fault *fault)
{
	void *field = (char *)config + word->offset;
	bool plain = word->kind == TEXT || word->kind == PATH || word->kind == ETHER;
	uint64_t value = 0;
	char *copy;

	if ((word->kind == PATH && *text != '/') || (word->kind == ETHER && *text && !is_ether(text)))
		return 0;
	if (plain) {
		copy = strdup(text);
		if (!copy)
			return fault_memory(fault);
		free(*(char **)field);
		*(char **)field = copy;
		return 1;
	}
	if (!parse_number(text, word->kind == SIZE, &value) || value < word->least || value > word->most ||
	    !is_listed(word->allowed, value) || (word->kind == FLAGS && !is_flag_word(value)))
		return 0;
	if (word->kind == YES_NO)
		*(bool *)field = value;
	else if (word->kind == SIZE)
		*(uint64_t *)field = value;
	else
		*(uint32_t *)field = (uint32_t)value;
	return 1;
}

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < WORDS; i++) {
		const struct word *word = &words[i];

		if (!strcmp(word->name, name) || (word->other && !strcmp(word->other, name)) ||
		    (word->older && !strcmp(word->older, name)))
			return word;
	}
	return NULL;
}

/* Set the word of that name, or add a remark. Returns 0 or -FAULT_MEMORY. */
static int assign_word(struct config *config, const char *name, const char *value, const char *file, unsigned line,
		       struct config_remarks *remarks, struct fault *fault)
{
	const struct word *word = find_word(name);
	int status;

	if (!word) {
		add_remark(remarks, false, file, line, "%s is unknown and ignored", name);
		return 0;
	}
	status = set_word(config, word, value, fault);
	if (status)
		return status < 0 ? status : 0;
	add_remark(remarks, true, file, line, "%s cannot be '%s', only %s", name, value,
		   word->kind == PATH    ? "the absolute path of a directory"
		   : word->kind == ETHER ? "an address such as 00:16:3e:00:00:01"
					 : word->allowed);
	return 0;
}

int config_set(struct config *config, const char *word, const char *value, struct config_remarks *remarks,
	       struct fault *fault)
{
	return assign_word(config, word, value, NULL, 0, remarks, fault);
}

int config_start(struct config *config, struct fault *fault)
{
	int status = 1;

	*config = (struct config){ 0 };
	for (size_t i = 0; i < WORDS && status > 0; i++)
		status = set_word(config, &words[i], words[i].value, fault);
	return status < 0 ? status : 0;
}

void config_clear(struct config *config)
{
	for (size_t i = 0; i < WORDS; i++)
		if (words[i].kind == TEXT || words[i].kind == PATH || words[i].kind == ETHER)
			free(*(char **)((char *)config + words[i].offset));
	*config = (struct config){ 0 };
}

/* --- files --- */

int config_parse(struct config *config, const char *text, size_t size, const char *file, struct config_remarks *remarks,
		 struct fault *fault)
{
	struct config_shell shell = { text, size, 0, 1 };
	struct config_line line;
	int status;

	while ((status = config_shell_next(&shell, &line, fault)) > 0) {
		if (line.wrong)
			add_remark(remarks, true, file, line.number, "%s", line.wrong);
		else
			status = assign_word(config, line.name, line.value, file, line.number, remarks, fault);
		config_shell_free(&line);
		if (status < 0)
			break;
	}
	return status;
}

/* The bytes of a file of at most CONFIG_SIZE_MAX, for the caller to free, and how many there are; NULL and *fault. */
static char *load_file(const char *file, size_t *size, struct fault *fault)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t n = 0;

	*size = 0;
	if (fd < 0 || fstat(fd, &st)) {
		fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot open");
	} else if (!S_ISREG(st.st_mode) || st.st_size > (off_t)CONFIG_SIZE_MAX) {
		fault_set(fault, FAULT_READ, FAULT_NOWHERE, FAULT_NOWHERE,
			  "is not a file of at most %u bytes, so it is not a configuration", CONFIG_SIZE_MAX);
	} else if (!(text = malloc((size_t)st.st_size + 1))) {
		fault_memory(fault);
	} else {
		while (*size < (size_t)st.st_size && (n = read(fd, text + *size, (size_t)st.st_size - *size)) > 0)
			*size += (size_t)n;
		if (n < 0) {
			fault_set_errno(fault, FAULT_READ, *size, "cannot read");
			free(text);
			text = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static int read_config_file(struct config *config, const char *file, struct config_remarks *remarks,
			    struct fault *fault)
{
	size_t size;
	char *text = load_file(file, &size, fault);
	int status;

	if (!text)
		return -fault->code;
	status = config_parse(config, text, size, file, remarks, fault);
	free(text);
	return status;
}

static int is_drop_in(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && *entry->d_name != '.' && !strcmp(entry->d_name + n - 5, ".conf");
}

static int read_drop_ins(struct config *config, const char *file, struct config_remarks *remarks, struct fault *fault)
{
	struct dirent **entries;
	char *folder, *path;
	int count, status = 0;

	if (asprintf(&folder, "%s.d", file) < 0)
		return fault_memory(fault);
	count = scandir(folder, &entries, is_drop_in, alphasort);
	for (int i = 0; i < count; i++) {
		if (!status && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0) {
			status = fault_memory(fault);
		} else if (!status) {
			struct fault one;
			int failed = read_config_file(config, path, remarks, &one);

			if (failed == -FAULT_READ)
				add_remark(remarks, true, path, 0, "%s", one.text);
			else if (failed) {
				*fault = one;
				status = failed;
			}
			free(path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(folder);
	return status;
}

int config_read(struct config *config, const char *file, struct config_remarks *remarks, struct fault *fault)
{
	struct fault later = { 0 };
	int status = read_config_file(config, file, remarks, fault), more = 0;

	if (!status || status == -FAULT_READ)
		more = read_drop_ins(config, file, remarks, &later);
	if (more) {
		*fault = later;
		return more;
	}
	return status;
}

/* --- names --- */

uint32_t config_level_bits(uint32_t level)
{
	return level >= 8 ? 15 : level >= 4 ? 7 : level >= 2 ? 3 : level;
}

/* Append a name to a list as LKCD printed it: "A| B". */
static void append_name(char *out, size_t room, const char *prefix, const char *name)
{
	size_t n = strlen(out);

	snprintf(out + n, room - n, "%s%s%s", n ? "| " : "", prefix, name);
}

char *config_level_names(uint32_t level, char *out, size_t room)
{
	static const char *const names[] = { "HEADER", "KERN", "USED", "ALL_RAM" };
	uint32_t bits = config_level_bits(level);

	*out = 0;
	for (unsigned i = 0; i < 4; i++)
		if (bits & 1u << i)
			append_name(out, room, "KL_DUMP_LEVEL_", names[i]);
	if (!*out)
		append_name(out, room, "KL_DUMP_LEVEL_", "NONE");
	return out;
}

char *config_flag_names(uint32_t flags, char *out, size_t room)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = { { CONFIG_NONDISRUPT, "NONDISRUPT" },
		      { CONFIG_SOFTBOOT, "SOFTBOOT" },
		      { CONFIG_DISK, "DISKDUMP" },
		      { CONFIG_NET, "NETDUMP" } };

	*out = 0;
	for (unsigned i = 0; i < 4; i++)
		if (flags & names[i].flag)
			append_name(out, room, "KL_DUMP_FLAGS_", names[i].name);
	if (!*out)
		append_name(out, room, "KL_DUMP_FLAGS_", "NONE");
	return out;
}

char *config_compress_name(uint32_t compress, char *out, size_t room)
{
	static const char *const names[] = { "NONE", "RLE", "GZIP", "ZSTD" };

	snprintf(out, room, "KL_DUMP_COMPRESS_%s", compress < 4 ? names[compress] : "?");
	return out;
}

/* NAME='VALUE', with every ' in the value as '\''. */
static void write_quoted(FILE *file, const char *name, const char *value)
{
	fprintf(file, "%s='", name);
	for (; *value; value++) {
		if (*value == '\'')
			fputs("'\\''", file);
		else
			fputc(*value, file);
	}
	fputs("'\n", file);
}

char *config_write(const struct config *config, struct fault *fault)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	bool bad = !file;

	for (size_t i = 0; i < WORDS && file; i++) {
		const struct word *word = &words[i];
		const void *field = (const char *)config + word->offset;

		if (word->kind == YES_NO)
			fprintf(file, "%s=%d\n", word->name, *(const bool *)field);
		else if (word->kind == SIZE)
			fprintf(file, "%s=%" PRIu64 "\n", word->name, *(const uint64_t *)field);
		else if (word->kind == FLAGS)
			fprintf(file, "%s=0x%" PRIx32 "\n", word->name, *(const uint32_t *)field);
		else if (word->kind == NUMBER)
			fprintf(file, "%s=%" PRIu32 "\n", word->name, *(const uint32_t *)field);
		else
			write_quoted(file, word->name, *(char *const *)field);
	}
	if (file)
		bad = fclose(file);
	if (!bad)
		return text;
	free(text);
	fault_memory(fault);
	return NULL;
}
