/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of page classes, rules, codecs and formats: every entry is complete, names are unique and follow from the
 * constants, numbers are those of lkcd-dump(5), and a source of each format says of itself what it should.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compress/codecs.h"
#include "compress/pipeline.h"
#include "convert/formats.h"
#include "convert/kdump/kdump.h"
#include "convert/lkcd/format.h"
#include "convert/lkcd/lkcd.h"
#include "dump/class.h"
#include "dump/copy.h"
#include "filter/level.h"
#include "tests/unit/folder.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"
#include "verify/rules.h"

#define MANUAL "man/lkcd-dump.5"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Does the manual have a line with these words? Letters may differ in case. */
static bool manual_has(const char *words)
{
	FILE *file = fopen(MANUAL, "re");
	char line[1000];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strcasestr(line, words);
	if (file)
		fclose(file);
	return found;
}

/* Is name what stands behind the first _ of a constant, in small letters? */
static bool follows_from(const char *name, const char *constant)
{
	constant = strchr(constant, '_') + 1;
	return *name && !strcasecmp(name, constant) && islower((unsigned char)*name);
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* --- page classes --- */

#define CLASS_CONSTANT(constant, number, name, level) #constant,

static void classes(void)
{
	static const char *const constants[] = { PAGE_CLASS_ROWS(CLASS_CONSTANT) };
	char counted[80] = "page frames of class", words[40];

	for (enum page_class class = 0; class < PAGE_CLASSES; class ++) {
		const char *name = class_name(class);

		ok(follows_from(name, constants[class]), "class %d: %s is called %s", class, constants[class], name);
		snprintf(words, sizeof(words), "%s %d %s", class ? "," : ":", class, name);
		ok(manual_has(words), "class %d: the manual has '%s'", class, words + 2);
		snprintf(words, sizeof(words), "%s %d", class == PAGE_CLASSES - 1 ? " and" : class ? "," : "", class);
		strcat(counted, words);
	}
	ok(manual_has(counted), "the manual's TOTALS have '%s'", counted);
	ok(class_total((const uint64_t[PAGE_CLASSES]){ 1, 20, 300, 4000 }) == 4321, "the sum of all classes");
}

/* Which classes each choice drops, as lkcd-filter(1) says. */
static void levels(void)
{
	static const struct {
		const char *level, *exclude;
		bool drops[PAGE_CLASSES];
	} rows[] = {
		{ "kern", NULL, { [PAGE_USED] = true, [PAGE_UNUSED] = true } },
		{ "used", NULL, { [PAGE_UNUSED] = true } },
		{ "all", NULL, { false } },
		{ NULL, "zero", { false } },
		{ NULL, "cache", { false } },
		{ NULL, "cache-private", { false } },
		{ NULL, "user", { false } },
		{ NULL, "cache,user", { false } },
		{ NULL, "cache-private,user", { [PAGE_USED] = true } },
		{ NULL, "free", { [PAGE_UNUSED] = true } },
		{ NULL, "user,free,cache-private", { [PAGE_USED] = true, [PAGE_UNUSED] = true } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct level_choice choice = { 0 };
		const char *what = rows[i].level ? rows[i].level : rows[i].exclude;

		ok(rows[i].level ? level_parse(what, &choice) : level_parse_exclude(what, &choice), "%s: is known",
		   what);
		for (enum page_class class = 0; class < PAGE_CLASSES; class ++)
			ok(level_drops_class(&choice, class) == rows[i].drops[class], "%s: %s pages are %s", what,
			   class_name(class), rows[i].drops[class] ? "dropped" : "kept");
	}
}

static void kinds(void)
{
	static const struct {
		const char *name;
		enum page_class class;
	} rows[LEVEL_KINDS] = {
		{ "unknown", PAGE_UNKNOWN },    { "kernel", PAGE_KERNEL }, { "cache", PAGE_USED },
		{ "cache-private", PAGE_USED }, { "user", PAGE_USED },     { "free", PAGE_UNUSED },
		{ "offline", PAGE_UNUSED },     { "poison", PAGE_UNUSED },
	};

	for (enum level_kind kind = 0; kind < LEVEL_KINDS; kind++)
		ok(level_kind_name(kind) && !strcmp(level_kind_name(kind), rows[kind].name) &&
			   level_class(kind) == rows[kind].class,
		   "kind %d is called %s, of class %s", kind, rows[kind].name, class_name(rows[kind].class));
}

/* --- rules --- */

#define RULE_CONSTANT(constant, name, weight, sentence) #constant,

static void rules(void)
{
	static const char *const constants[] = { FAULT_RULES(RULE_CONSTANT) };
	const char *names[RULES];

	ok(COUNT(constants) == RULES, "%d rules", RULES);
	for (enum fault_rule i = 0; i < RULES; i++) {
		const struct rule *rule = rules_get(i);

		names[i] = rule->name;
		ok(follows_from(rule->name, constants[i]), "rule %d: %s is called %s", i, constants[i], rule->name);
		ok(!is_among(rule->name, names, i), "%s: no other rule is called so", rule->name);
		ok(rule->weight <= WEIGHT_DAMAGED && rule->sentence && rule->sentence[0] &&
			   rule->sentence[strlen(rule->sentence) - 1] == '.',
		   "%s: has a weight and a sentence", rule->name);
	}
	ok(rules_get(RULES) == rules_get(RULE_OTHER), "what is no rule is the rule that has no name");
}

/* --- codecs and formats --- */

/* Every format's names for codecs are codecs of this build, or of another one. */
static void codecs(void)
{
	static const char *const known[] = { "rle", "gzip", "zstd", "lzo", "snappy" };
	const char *names[COUNT(known) + 1];
	size_t count = 0;

	for (const struct codec *const *codec = codecs_list(); *codec && count <= COUNT(known); codec++) {
		ok(is_among((*codec)->name, known, COUNT(known)), "%s: this test knows it", (*codec)->name);
		ok(!is_among((*codec)->name, names, count), "%s: no other codec is called so", (*codec)->name);
		ok(codecs_find((*codec)->name) == *codec, "%s: is found", (*codec)->name);
		names[count++] = (*codec)->name;
	}
	for (size_t i = 0; i < 3; i++)
		ok(codecs_find(known[i]) && codecs_find(known[i])->encode, "%s: is in every build, and packs",
		   known[i]);
	if (!codecs_find("gzip") || !codecs_find("rle") || !codecs_find("zstd"))
		return;
	ok(codecs_find("gzip")->sums && !codecs_find("rle")->sums && !codecs_find("zstd")->sums,
	   "only gzip has a checksum of its own");
}

static void codec_numbers(void)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} flags[] = { { 0x1, "gzip" }, { 0x2, "lzo" }, { 0x4, "snappy" }, { 0x20, "zstd" } };
	char line[100] = "dump_compress:";
	const char *name;

	for (uint32_t i = 0; (name = lkcd_codec_name(i)); i++) {
		ok(lkcd_codec_number(name) == i, "LKCD: %s has the number %u", name, i);
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s %u %s", i ? "," : "", i, name);
	}
	ok(manual_has(line), "LKCD: the manual has '%s'", line);
	ok(!lkcd_codec_number("lzo") && !lkcd_codec_name(UINT32_MAX), "LKCD: others have none");
	for (size_t i = 0; i < COUNT(flags); i++)
		ok(kdump_codec_name(flags[i].flag) == kdump_codec_name(kdump_codec_flag(flags[i].name)) &&
			   !strcmp(kdump_codec_name(flags[i].flag), flags[i].name),
		   "kdump: %s is 0x%x", flags[i].name, flags[i].flag);
	ok(!kdump_codec_name(3) && !kdump_codec_flag("rle"), "kdump: others have none");
}

/* What a format can write, it can number, and this build can pack. */
static void formats(void)
{
	for (const struct format *const *at = formats_list(); *at; at++) {
		const struct format *format = *at;

		ok(format->name && format->summary && (format->open_source || format->open_sink) &&
			   formats_find(format->name) == format,
		   "%s: is complete, and found", format->name);
		for (const char *const *name = format->codecs; name && *name; name++)
			ok(codecs_find(*name) && codecs_find(*name)->encode &&
				   (lkcd_is_format(format) ? lkcd_codec_number(*name) : kdump_codec_flag(*name)),
			   "%s: %s packs, and has a number", format->name, *name);
	}
	ok(!formats_find("none") && !lkcd_is_format(NULL) && !lkcd_is_format(formats_find("elf")) &&
		   lkcd_is_format(formats_find("lkcd9")),
	   "which formats are LKCD's");
}

/* --- abilities --- */

static struct folder folder;

/* Some sinks must know all pages before the first. */
static int image_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	const struct image *image = (const struct image *)source;

	*ascending = true;
	for (size_t i = 0; i < image->count; i++)
		if (pagemap_add(map, image->pages[i]->address / IMAGE_PAGE, 1))
			return fault_memory(fault);
	return 0;
}

/* Write the image to a file that is called like the format. */
static bool write_dump(struct image *image, const struct format *format)
{
	struct sink_options options = { .codec = format->codecs ? codecs_find("gzip") : NULL };
	struct findings findings = { 0 };
	struct copy copy = { .findings = &findings };
	struct fault fault = { 0 };
	struct output *output = output_open(folder_name(&folder, format->name), &fault);
	struct sink *sink = output ? format->open_sink(output, &options, &fault) : NULL;
	bool good;

	sink = sink ? pipeline_open(sink, 1, 1, &findings, &fault) : NULL;
	good = sink && !image->source.rewind(&image->source, &fault) &&
	       !copy_pages(&copy, &image->source, sink, &fault) && !output_commit(output, &fault);
	if (!good)
		printf("# %s\n", fault.text);
	if (sink)
		sink->close(sink);
	output_close(output);
	return good;
}

/* What the source says, and what the first bytes said before. */
static void check_abilities(const char *name, unsigned wanted, unsigned wanted_before)
{
	const struct source_options options = { .raw = !strcmp(name, "raw") };
	struct fault fault = { 0 };
	struct stream *stream = stream_open(folder_name(&folder, name), &fault);
	unsigned before = stream ? formats_abilities(stream, &options) : ~0u;
	struct source *source = stream ? formats_open_source(stream, &options, false, &fault) : NULL;

	ok(source && source->abilities == wanted, "%s: a source can 0x%x, not 0x%x", name, wanted,
	   source ? source->abilities : 0);
	ok(before == wanted_before, "%s: its first bytes tell 0x%x, not 0x%x", name, wanted_before, before);
	if (source)
		source->close(source);
	stream_close(stream);
}

static void abilities(void)
{
	static const unsigned lkcd = SOURCE_PACKED | SOURCE_ONE_CODEC | SOURCE_COUNTED | SOURCE_EMPTY | SOURCE_RECORDS;
	static const struct {
		const char *name;
		uint32_t level;
		unsigned wanted, before;
	} rows[] = {
		{ "lkcd", 0, lkcd | SOURCE_SUMS, lkcd | SOURCE_SUMS },
		{ "lkcd", 15, lkcd | SOURCE_SUMS | SOURCE_CLASSES, lkcd | SOURCE_SUMS | SOURCE_CLASSES },
		{ "lkcd9", 15, lkcd, lkcd },
		{ "elf", 0, SOURCE_SKIPS, 0 },
		{ "kdump", 0, SOURCE_PACKED, 0 },
		{ "flat", 0, SOURCE_PACKED, 0 },
		{ "raw", 0, 0, 0 },
		{ "lime", 0, 0, 0 },
	};
	struct image image;

	if (!ok(folder_make(&folder), "a folder"))
		return;
	image_open(&image, "x86_64", false, "OSRELEASE=6.1.0\n");
	image.source.map = image_map;
	image_put_number(&image, 0x1000, 8, 1);
	image_put_number(&image, 0x2000, 8, 2);
	for (size_t i = 0; i < COUNT(rows); i++) {
		image.source.info.level = rows[i].level;
		if (ok(formats_find(rows[i].name) && write_dump(&image, formats_find(rows[i].name)), "%s: is written",
		       rows[i].name))
			check_abilities(rows[i].name, rows[i].wanted, rows[i].before);
	}
	image_close(&image);
	folder_remove(&folder);
}

int main(void)
{
	classes();
	levels();
	kinds();
	rules();
	codecs();
	codec_numbers();
	formats();
	abilities();
	return tap_done();
}
