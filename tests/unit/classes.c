/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory maps that are made here: of each layout and each way to tell pages apart, and wrong ones: then all is kept. */
#include <inttypes.h>

#include "filter/classes.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define FRAMES 64u /* of the machine, from frame 0 on; the memory map stands in some of them */
#define SIZE 64u   /* of struct page */
#define PAGES_AT UINT64_C(0x8000)
#define SECTIONS_AT UINT64_C(0x4000)
#define BASE UINT64_C(0xc000000000000000) /* virtual minus physical address: ppc64's, which needs no page tables */

#define PAGE_KEYS                                                                                                      \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nOFFSET(page._mapcount)=48\n"                  \
	"OFFSET(page.mapping)=24\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nLENGTH(zone.free_area)=11\n"  \
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=19\n"                 \
	"NUMBER(PG_slab)=9\nNUMBER(PG_head_mask)=65536\nNUMBER(PG_hwpoison)=22\n"
#define OLD_TYPES                                                                                                      \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"                           \
	"NUMBER(HUGETLB_PAGE_DTOR)=2\nOFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"
#define NEW_TYPES                                                                                                      \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"               \
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
/* sections of 16 frames; 16 of them */
#define SECTION_KEYS                                                                                                   \
	"SYMBOL(mem_section)=c000000000004000\nSIZE(mem_section)=16\nOFFSET(mem_section.section_mem_map)=0\n"          \
	"NUMBER(SECTION_SIZE_BITS)=16\n"
#define ARRAY SECTION_KEYS "LENGTH(mem_section)=16\nNUMBER(MAX_PHYSMEM_BITS)=20\n"
#define EXTREME SECTION_KEYS "LENGTH(mem_section)=4\nNUMBER(MAX_PHYSMEM_BITS)=26\n" /* 1024 sections, 256 a root */
#define FLAT                                                                                                           \
	"SYMBOL(contig_page_data)=c000000000004000\nOFFSET(pglist_data.node_mem_map)=8\n"                              \
	"OFFSET(pglist_data.node_start_pfn)=16\nOFFSET(pglist_data.node_spanned_pages)=24\n"

static struct image image;
static struct fault fault;

static int map_all(struct source *source, struct pagemap *map, bool *ascending, struct fault *unused)
{
	(void)source;
	(void)unused;
	*ascending = true;
	return pagemap_add(map, 0, FRAMES);
}

static uint64_t page_at(uint64_t frame)
{
	return PAGES_AT + frame * SIZE;
}

static void put_page(uint64_t frame, uint64_t flags, uint32_t refcount, uint32_t mapcount, uint64_t mapping)
{
	image_put_number(&image, page_at(frame), 8, flags);
	image_put_number(&image, page_at(frame) + 52, 4, refcount);
	image_put_number(&image, page_at(frame) + 48, 4, mapcount);
	image_put_number(&image, page_at(frame) + 24, 8, mapping);
}

static void put_tail(uint64_t frame, uint64_t head)
{
	put_page(frame, 0, 0, UINT32_MAX, 0x400);
	image_put_number(&image, page_at(frame) + 8, 8, BASE + page_at(head) + 1);
}

static void put_free(uint64_t frame, unsigned order, uint32_t type)
{
	put_page(frame, 0, 0, type, 0);
	image_put_number(&image, page_at(frame) + 40, 8, order);
	for (unsigned i = 1; i < 1u << order; i++)
		put_page(frame + i, 0, 0, UINT32_MAX, 0);
}

/* A machine of which every frame is the kernel's. */
static void make(const char *keys)
{
	image_open(&image, "ppc64le", false, keys);
	image.source.map = map_all;
	info_add_range(&image.source.info, (struct range){ 0, BASE, FRAMES * IMAGE_PAGE }, &fault);
	image.source.info.max_frame = FRAMES;
	for (uint64_t frame = 0; frame < FRAMES; frame++) {
		image_at(&image, frame * IMAGE_PAGE);
		put_page(frame, 0, 1, UINT32_MAX, 0);
	}
	if (strstr(keys, "LENGTH(mem_section)=4")) {
		image_put_number(&image, SECTIONS_AT, 8, BASE + 0x5000);
		for (unsigned i = 0; i < FRAMES / 16; i++)
			image_put_number(&image, 0x5000 + i * 16, 8, (BASE + PAGES_AT) | 0x1f);
	} else if (strstr(keys, "mem_section")) {
		for (unsigned i = 0; i < FRAMES / 16; i++)
			image_put_number(&image, SECTIONS_AT + i * 16, 8, (BASE + PAGES_AT) | 0x1f);
	} else {
		image_put_number(&image, SECTIONS_AT + 8, 8, BASE + PAGES_AT);
		image_put_number(&image, SECTIONS_AT + 16, 8, 0);
		image_put_number(&image, SECTIONS_AT + 24, 8, FRAMES);
	}
}

/* A letter for each frame from first on: what level KERN or ALL makes of it; "-" dropped, "!" nothing is known at all.
 */
static const char *letters(uint64_t first, uint64_t count, enum level_bits level)
{
	static char out[FRAMES + 1];
	struct level_choice choice = { .level = level };
	struct classes *classes = classes_open(&image.source, &choice, &fault);
	uint64_t n;

	if (!classes)
		return "!";
	for (uint64_t i = 0; i < count; i++) {
		struct classifier *classifier = classes_classifier(classes);
		struct verdict verdict = classifier->class_of(classifier, first + i, count - i, &n);

		out[i] = verdict.keep ? "xkuf"[verdict.class] : '-';
	}
	out[count] = 0;
	classes_close(classes);
	return out;
}

static void is_letters(const char *want, uint64_t first, enum level_bits level, const char *name)
{
	const char *got = letters(first, strlen(want), level);

	ok(!strcmp(got, want), "%s: %s, wanted %s", name, got, want);
}

/* One page or block of each kind, from frame 16 on. */
static void put_kinds(uint32_t buddy, uint32_t offline)
{
	put_free(16, 2, buddy);
	put_page(20, 1 << 4, 2, 0, BASE + 0x1000);                            /* page cache */
	put_page(21, 1 << 4 | 1 << 13, 2, UINT32_MAX, BASE + 0x1000);         /* with buffers */
	put_page(22, 1 << 4 | 1 << 19, 1, 0, BASE + 0x1001);                  /* anonymous */
	put_page(23, 1 << 9, 1, 0x80001, BASE + 0x1001);                      /* slab, whose mapping says nothing */
	put_page(24, 1 << 10 | 1 << 19, 1, 0, 0);                             /* swap cache */
	put_page(25, 0, 1, offline, 0);                                       /* given back */
	put_page(26, 1 << 4, 1, UINT32_MAX, 0);                               /* cut off from its file */
	put_page(27, 0, 0, UINT32_MAX, 0);                                    /* on its way */
	put_page(28, 65536 | 1 << 4 | 1 << 19, 1, UINT32_MAX, BASE + 0x1001); /* a huge page of a process */
	put_tail(29, 28);
	put_tail(30, 28);
	put_tail(31, 28);
	put_page(32, 65536, 1, UINT32_MAX, 0); /* a compound page of the kernel */
	put_tail(33, 32);
	put_page(34, 1 << 22, 1, UINT32_MAX, 0);  /* broken */
	put_page(35, 0, 1, 0xfffffbff, BASE + 1); /* a page table: of a type */
}

static const char all_kinds[] = "ffffuuukufxxuuuukk-k", kern_kinds[] = "-------k--xx----kk-k";

static void test_layouts(void)
{
	static const struct {
		const char *name, *keys;
	} layouts[] = { { "an array of sections", ARRAY PAGE_KEYS OLD_TYPES },
			{ "roots of sections", EXTREME PAGE_KEYS OLD_TYPES },
			{ "FLATMEM", FLAT PAGE_KEYS OLD_TYPES } };

	for (size_t i = 0; i < 3; i++) {
		make(layouts[i].keys);
		put_kinds(0xffffff7f, 0xfffffeff);
		is_letters(all_kinds, 16, LEVEL_ALL, layouts[i].name);
		is_letters(kern_kinds, 16, LEVEL_KERN, layouts[i].name);
		image_close(&image);
	}
	make(ARRAY PAGE_KEYS NEW_TYPES);
	put_kinds(0xf0000000, 0xf1000000);
	is_letters(all_kinds, 16, LEVEL_ALL, "types of 6.11");
	image_close(&image);
	make(ARRAY PAGE_KEYS OLD_TYPES);
	image_put_number(&image, SECTIONS_AT + 16, 8, 0);
	put_free(16, 3, 0xffffff7f);
	put_free(32, 3, 0xffffff7f);
	is_letters("xxxxxxxxxxxxxxxx--------k", 16, LEVEL_KERN, "a section that is not there");
	image_close(&image);
}

static void test_hugetlb(void)
{
	make(ARRAY PAGE_KEYS OLD_TYPES);
	put_page(16, 65536, 0, UINT32_MAX, 0);
	put_tail(17, 16);
	put_tail(18, 16);
	image_put_number(&image, page_at(17) + 16, 8, 2 | 1 << 8);
	is_letters("uuuk", 16, LEVEL_ALL, "hugetlb by its destructor");
	image_put_number(&image, page_at(17) + 16, 8, 1 | 1 << 8);
	is_letters("xxxk", 16, LEVEL_ALL, "another destructor");
	image_close(&image);
	make(ARRAY PAGE_KEYS NEW_TYPES);
	put_page(16, 65536, 1, 0xf4000000, 0);
	put_tail(17, 16);
	is_letters("uuk", 16, LEVEL_ALL, "hugetlb by its type");
	put_page(18, 65536, 1, 0xf4000000, 0); /* the same struct pages seen again */
	put_tail(19, 16);
	is_letters("uuuuk", 16, LEVEL_ALL, "a head that is no head");
	image_close(&image);
}

static void test_doubt(void)
{
	make(ARRAY PAGE_KEYS OLD_TYPES);
	put_free(17, 1, 0xffffff7f); /* no block of two starts there */
	put_free(20, 11, 0xffffff7f);
	is_letters("kxxkx", 16, LEVEL_KERN, "free blocks that cannot be");
	image_close(&image);
	make(ARRAY PAGE_KEYS OLD_TYPES);
	put_free(16, 2, 0xffffff7f);
	put_page(18, 0, 1, UINT32_MAX, 0);
	is_letters("--xxk", 16, LEVEL_KERN, "a free block in which a page is in use");
	put_tail(24, 20);
	is_letters("xk", 24, LEVEL_KERN, "a tail of what is no head");
	put_page(26, 65536 | 1 << 4, 1, 0, BASE + 0x1001);
	is_letters("xk", 26, LEVEL_KERN, "a head without a tail");
	put_page(28, 1 << 4, 0x80000000, 0, BASE + 0x1001);
	put_page(29, 1 << 4, 1, 0, 0x1001);
	is_letters("xxk", 28, LEVEL_KERN, "a negative count, a mapping of a process");
	image_close(&image);
	make(ARRAY PAGE_KEYS);
	put_kinds(0xffffff7f, 0xfffffeff);
	is_letters("xxxx---k-k", 16, LEVEL_KERN, "no value for free pages");
	image_close(&image);
	make("NUMBER(SECTION_SIZE_BITS)=16\n" PAGE_KEYS OLD_TYPES);
	is_letters("!", 16, LEVEL_KERN, "no memory map");
	image_close(&image);
	make(ARRAY PAGE_KEYS OLD_TYPES);
	image_put_number(&image, SECTIONS_AT, 8, 0);
	image_put_number(&image, SECTIONS_AT + 8, 8, 0);
	is_letters("!", 16, LEVEL_KERN, "no section where there must be one");
	image_close(&image);
}

int main(void)
{
	test_layouts();
	test_hugetlb();
	test_doubt();
	return tap_done();
}
