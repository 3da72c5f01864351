/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides the kind of a page from its struct page. The meaning of its fields is that of the kernel's
 * include/linux/mm_types.h and page-flags.h; their offsets come from VMCOREINFO alone. A page has a kind that can be
 * dropped only on positive evidence: a missing or contradictory field leaves it unknown.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter/level.h"
#include "lkcd/endian.h"

#define MAPPING_ANON 1u  /* PAGE_MAPPING_ANON, since 2.6 */
#define MAPPING_FLAGS 3u /* PAGE_MAPPING_FLAGS; 2 alone is a movable page of a driver */
#define HIGH_BIT (UINT64_C(1) << 63)

/* --- the user's choice --- */

#define BIT(kind) (1u << (kind))

static const struct {
	const char *name;
	uint32_t number; /* LKCD's single bit, which the user may give too, like the stored value */
	enum level_bits level;
} levels[] = {
	{ "none", 0, LEVEL_NONE }, { "header", 1, LEVEL_HEADER }, { "kern", 2, LEVEL_KERN },
	{ "used", 4, LEVEL_USED }, { "all", 8, LEVEL_ALL },
};

bool level_parse(const char *text, struct level_choice *choice)
{
	char *end;
	unsigned long number = strtoul(text, &end, 0);
	bool is_number = *text >= '0' && *text <= '9' && !*end;

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (!strcasecmp(text, levels[i].name) ||
		    (is_number && (number == levels[i].number || number == levels[i].level))) {
			choice->level = levels[i].level;
			return true;
		}
	return false;
}

static const struct {
	const char *name;
	uint32_t kinds;
} excludes[] = {
	{ "zero", 0 },
	{ "cache", BIT(LEVEL_CACHE) },
	{ "cache-private", BIT(LEVEL_CACHE) | BIT(LEVEL_CACHE_PRIVATE) }, /* as makedumpfile's 4 includes 2 */
	{ "user", BIT(LEVEL_USER) },
	{ "free", BIT(LEVEL_FREE) },
};

bool level_parse_exclude(const char *text, struct level_choice *choice)
{
	while (*text) {
		size_t n = strcspn(text, ","), i = 0;

		while (strlen(excludes[i].name) != n || strncmp(excludes[i].name, text, n))
			if (++i == sizeof(excludes) / sizeof(*excludes))
				return false;
		choice->zero = choice->zero || !i;
		if (i)
			choice->kinds |= excludes[i].kinds | BIT(LEVEL_OFFLINE);
		text += n;
		if (*text && !*++text)
			return false;
	}
	choice->exclude = true;
	return choice->zero || choice->kinds;
}

bool level_needs_kinds(const struct level_choice *choice)
{
	return choice->exclude ? choice->kinds != 0 : choice->level >= LEVEL_KERN;
}

bool level_drops(const struct level_choice *choice, enum level_kind kind)
{
	if (kind == LEVEL_POISON)
		return true;
	if (choice->exclude)
		return choice->kinds & BIT(kind);
	return level_drops_class(choice, level_class(kind));
}

/* The lowest level that keeps pages of a class. */
static enum level_bits class_level(enum page_class class)
{
#define LEVEL(constant, number, name, level) [constant] = level,
	static const enum level_bits least[PAGE_CLASSES] = { PAGE_CLASS_ROWS(LEVEL) };

	return least[class];
}

/* A list of kinds drops a class when it drops every kind of page in it. */
static bool excludes_class(const struct level_choice *choice, enum page_class class)
{
	bool drops = false;

	for (enum level_kind kind = 0; kind < LEVEL_KINDS; kind++) {
		if (level_class(kind) != class)
			continue;
		if (!level_drops(choice, kind))
			return false;
		drops = true;
	}
	return drops;
}

bool level_drops_class(const struct level_choice *choice, enum page_class class)
{
	return choice->exclude ? excludes_class(choice, class) : choice->level < class_level(class);
}

uint32_t level_stored(const struct level_choice *choice, uint32_t was)
{
	uint32_t level = choice->level;

	if (choice->exclude && !choice->kinds)
		return was;
	if (choice->exclude) {
		bool used = level_drops_class(choice, PAGE_USED), unused = level_drops_class(choice, PAGE_UNUSED);

		/* a choice between two levels has no level: 0 means not known */
		level = used && unused                                            ? LEVEL_KERN
			: choice->kinds == (BIT(LEVEL_FREE) | BIT(LEVEL_OFFLINE)) ? LEVEL_USED
										  : 0;
	}
	return was && was < level ? was : level;
}

static const struct {
	const char *name;
	enum page_class class;
} kind_rows[] = {
	[LEVEL_UNKNOWN] = { "unknown", PAGE_UNKNOWN }, [LEVEL_KERNEL] = { "kernel", PAGE_KERNEL },
	[LEVEL_CACHE] = { "cache", PAGE_USED },        [LEVEL_CACHE_PRIVATE] = { "cache-private", PAGE_USED },
	[LEVEL_USER] = { "user", PAGE_USED },          [LEVEL_FREE] = { "free", PAGE_UNUSED },
	[LEVEL_OFFLINE] = { "offline", PAGE_UNUSED },  [LEVEL_POISON] = { "poison", PAGE_UNUSED },
};
_Static_assert(sizeof(kind_rows) / sizeof(*kind_rows) == LEVEL_KINDS, "each kind has a row");

enum page_class level_class(enum level_kind kind)
{
	return kind_rows[kind].class;
}

const char *level_kind_name(enum level_kind kind)
{
	return kind_rows[kind].name;
}

/* --- the pages --- */

/* The fields of a struct page, as far as their offsets are known. */
struct fields {
	uint64_t flags, mapping, compound_head;
	uint32_t mapcount;
	int32_t refcount;
};

static uint64_t get_page_word(const struct vmcoreinfo *core, const unsigned char *page, uint32_t offset)
{
	return offset == VMCOREINFO_NO_OFFSET ? 0 : get_word(page + offset, core->big_endian, core->bits);
}

static bool is_type(struct vmcoreinfo_type type, uint32_t mapcount)
{
	return type.mask && (mapcount & type.mask) == type.value && mapcount != UINT32_MAX;
}

/* Pages with a type are neither a process's nor page cache: those count mappings in this field, from -1 up. */
static bool has_type(const struct fields *fields)
{
	return (int32_t)fields->mapcount < -1;
}

/* Kernel pointers are in the same half of the address space as the memory map. */
static bool is_pointer(const struct vmcoreinfo *core, uint64_t pointer, uint64_t at)
{
	pointer &= ~(uint64_t)MAPPING_FLAGS;
	return pointer && (core->bits == 32 || (pointer & HIGH_BIT) == (at & HIGH_BIT));
}

static enum level_kind count_contradiction(struct level_walk *walk)
{
	walk->contradictions++;
	return LEVEL_UNKNOWN;
}

static bool is_slab(const struct vmcoreinfo *core, const struct fields *fields)
{
	return fields->flags & core->slab || is_type(core->type_slab, fields->mapcount);
}

static bool is_hugetlb(const struct vmcoreinfo *core, const struct fields *fields, const unsigned char *next)
{
	static const unsigned widths[] = { 0, 8, 16, 0, 32, 0, 0, 0, 64 };
	const unsigned char *dtor;

	if (is_type(core->type_hugetlb, fields->mapcount))
		return true;
	if (core->type_hugetlb.mask || !next)
		return false;
	if (core->hugetlb)
		return get_page_word(core, next, core->flags) & core->hugetlb;
	if (!core->dtor_size)
		return false;
	dtor = next + core->compound_dtor;
	switch (widths[core->dtor_size]) {
	case 8:
		return *dtor == core->dtor_hugetlb;
	case 16:
		return get16(dtor, core->big_endian) == core->dtor_hugetlb;
	case 32:
		return get32(dtor, core->big_endian) == core->dtor_hugetlb;
	default:
		return get64(dtor, core->big_endian) == core->dtor_hugetlb;
	}
}

/* The first page of a free block of the buddy allocator; the order is in private. */
static enum level_kind classify_free_block(struct level_walk *walk, const struct vmcoreinfo *core, uint64_t frame,
					   const struct fields *fields, uint64_t order)
{
	if (!core->orders || core->private == VMCOREINFO_NO_OFFSET)
		return LEVEL_UNKNOWN;
	if (fields->refcount || order >= core->orders || frame & ((UINT64_C(1) << order) - 1) ||
	    fields->flags & (core->slab | core->lru | core->head))
		return count_contradiction(walk);
	walk->free_end = frame + (UINT64_C(1) << order);
	return LEVEL_FREE;
}

/* A page of the LRU, of the swap cache, or with an address space: cache, or memory of a process. */
static enum level_kind classify_used(const struct vmcoreinfo *core, const struct fields *fields, uint64_t at)
{
	bool swap = fields->flags & core->swapcache && (!core->swapbacked || fields->flags & core->swapbacked);
	bool anon = fields->mapping & MAPPING_ANON, cache = fields->flags & core->lru || swap;

	if (core->mapping == VMCOREINFO_NO_OFFSET || (!core->slab && !core->type_slab.mask))
		return LEVEL_UNKNOWN; /* slabs use mapping for something else */
	if (!cache && !anon)
		return LEVEL_KERNEL;
	if (anon && core->compound_head == VMCOREINFO_NO_OFFSET)
		return LEVEL_UNKNOWN; /* so do tails of compound pages */
	if (!is_pointer(core, fields->mapping, at) && !swap)
		return LEVEL_UNKNOWN; /* truncated from its file, but still referenced */
	if (anon)
		return LEVEL_USER;
	if ((fields->mapping & MAPPING_FLAGS) || !core->has_private)
		return LEVEL_UNKNOWN;
	return fields->flags & core->has_private ? LEVEL_CACHE_PRIVATE : LEVEL_CACHE;
}

/* A single page, or the head of a compound page. */
static enum level_kind classify_whole(struct level_walk *walk, const struct vmcoreinfo *core,
				      const struct fields *fields, uint64_t at, const unsigned char *next)
{
	if (is_type(core->type_offline, fields->mapcount))
		return LEVEL_OFFLINE;
	if (is_slab(core, fields))
		return fields->flags & core->lru ? count_contradiction(walk) : LEVEL_KERNEL;
	if (fields->refcount < 0)
		return count_contradiction(walk);
	if (fields->flags & core->head && is_hugetlb(core, fields, next))
		return LEVEL_USER; /* free ones in the pool have no references */
	if (!fields->refcount)
		return LEVEL_UNKNOWN; /* between two uses, or on a per-CPU free list */
	return has_type(fields) ? LEVEL_KERNEL : classify_used(core, fields, at);
}

static enum level_kind classify_head(struct level_walk *walk, const struct vmcoreinfo *core,
				     const struct fields *fields, uint64_t at, const unsigned char *next)
{
	uint64_t behind = next ? get_page_word(core, next, core->compound_head) : 0;

	if (core->compound_head == VMCOREINFO_NO_OFFSET || !next)
		return LEVEL_UNKNOWN;
	/* HugeTLB vmemmap optimization maps one page of struct pages many times, so heads occur more than once */
	if (behind & 1 && behind - 1 != at)
		return behind - 1 == walk->head ? walk->head_kind : count_contradiction(walk);
	if (!(behind & 1))
		return count_contradiction(walk);
	walk->head = at;
	walk->head_kind = classify_whole(walk, core, fields, at, next);
	return walk->head_kind;
}

/*
 * The kind of one frame. page: its struct page, at virtual address at; next: the one after it, NULL when it is not
 * known.
 */
static enum level_kind classify_frame(struct level_walk *walk, const struct vmcoreinfo *core, uint64_t frame,
				      uint64_t at, const unsigned char *page, const unsigned char *next)
{
	struct fields fields = {
		.flags = get_page_word(core, page, core->flags),
		.mapping = get_page_word(core, page, core->mapping),
		.compound_head = get_page_word(core, page, core->compound_head),
		.mapcount = get32(page + core->mapcount, core->big_endian),
		.refcount = (int32_t)get32(page + core->refcount, core->big_endian),
	};

	if (fields.flags & core->poison)
		return LEVEL_POISON;
	if (frame < walk->free_end) {
		if (!fields.refcount && !(fields.flags & (core->slab | core->lru | core->head)) &&
		    !is_type(core->type_buddy, fields.mapcount))
			return LEVEL_FREE;
		walk->free_end = 0;
		return count_contradiction(walk);
	}
	if (fields.compound_head & 1)
		return fields.compound_head - 1 == walk->head ? walk->head_kind : count_contradiction(walk);
	if (is_type(core->type_buddy, fields.mapcount))
		return classify_free_block(walk, core, frame, &fields, get_page_word(core, page, core->private));
	if (fields.flags & core->head)
		return classify_head(walk, core, &fields, at, next);
	return classify_whole(walk, core, &fields, at, next);
}

void level_kinds(struct level_walk *walk, const struct vmcoreinfo *core, uint64_t frame, uint64_t count, uint64_t at,
		 const unsigned char *pages, unsigned char *kinds)
{
	for (uint64_t i = 0; i < count; i++, pages += core->size, at += core->size)
		kinds[i] = (unsigned char)classify_frame(walk, core, frame + i, at, pages,
							 i + 1 < count ? pages + core->size : NULL);
}
