/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a dump's memory by address, from sources of each format that can seek and from one that is made here. */
#include "compress/codecs.h"
#include "dump/memory.h"
#include "lkcd/codec.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

static struct image image;
static struct fault fault;

static void fill(uint64_t address, unsigned char byte)
{
	memset(image_at(&image, address), byte, IMAGE_PAGE);
}

static void physical(void)
{
	unsigned char out[3 * IMAGE_PAGE];
	struct memory *memory;
	struct page page;

	image_open(&image, "x86_64", false, "");
	fill(0x1000, 1);
	fill(0x2000, 2);
	fill(0x5000, 5);
	image.refusals = 2;
	memory = memory_open(&image.source, &fault);
	ok(memory && !physical_read(memory_physical(memory), 0x2ffe, out, 2, &fault) && out[1] == 2,
	   "the end of a page");
	ok(!physical_read(memory_physical(memory), 0x1ffe, out, 4, &fault) && !memcmp(out, "\1\1\2\2", 4), "two pages");
	ok(!physical_read(memory_physical(memory), 0x1000, out, 2 * IMAGE_PAGE, &fault) && out[0] == 1 &&
		   out[2 * IMAGE_PAGE - 1] == 2,
	   "all of both");
	ok(physical_read(memory_physical(memory), 0x3000, out, 1, &fault) == -FAULT_DAMAGED &&
		   fault.address == 0x3000 && !strcmp(fault.text, "not in the dump"),
	   "a page between others that is not there");
	ok(physical_read(memory_physical(memory), 0x2fff, out, 2, &fault) == -FAULT_DAMAGED && fault.address == 0x3000,
	   "half of it");
	ok(physical_read(memory_physical(memory), 0, out, 1, &fault) == -FAULT_DAMAGED && fault.address == 0,
	   "one before all others");
	ok(physical_read(memory_physical(memory), 0x6000, out, 1, &fault) == -FAULT_DAMAGED && fault.address == 0x6000,
	   "one behind them");
	ok(physical_read(memory_physical(memory), UINT64_MAX, out, 1, &fault) == -FAULT_DAMAGED,
	   "an address that is none");
	ok(physical_read(memory_physical(memory), PAGE_ADDRESS_LIMIT - 1, out, 2, &fault) == -FAULT_DAMAGED,
	   "the end of all addresses");
	ok(!physical_read(memory_physical(memory), 0x3000, out, 0, &fault), "nothing can be read anywhere");
	memory_close(memory);
	ok(image_next(&image.source, &page, &fault) == -FAULT_DAMAGED && image_next(&image.source, &page, &fault) < 0 &&
		   image_next(&image.source, &page, &fault) == 1 && page.address == 0x1000,
	   "then the source starts again, with what it tells first");
	image_close(&image);
}

static void many_pages(void)
{
	struct memory *memory;
	unsigned wrong = 0;
	unsigned char out;

	image_open(&image, "x86_64", false, "");
	for (unsigned i = 0; i < 100; i++)
		fill(0x100000 + i * 0x20000, (unsigned char)i);
	memory = memory_open(&image.source, &fault);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 100; i++)
			wrong += physical_read(memory_physical(memory), 0x100000 + (i * 37 % 100) * 0x20000 + i, &out,
					       1, &fault) ||
				 out != i * 37 % 100;
	ok(!wrong, "more pages than are kept, three times over");
	memory_close(memory);
	image_close(&image);
}

static void ranges(void)
{
	static const struct range all[] = {
		{ 0x100000, 0, 0x1000 }, /* as QEMU says that it does not know */
		{ 0x1000, UINT64_C(0xffffffff81000000), 0x1800 },
		{ 0x0, UINT64_C(0xffff888000000000), 0x3000 },
		{ 0x9000, RANGE_NOT_MAPPED, 0x1000 },
	};
	struct memory *memory;
	unsigned char out[4];

	image_open(&image, "x86_64", false, "");
	fill(0x1000, 1);
	fill(0x2000, 2);
	fill(0x100000, 9);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		info_add_range(&image.source.info, all[i], &fault);
	memory = memory_open(&image.source, &fault);
	ok(!memory_read(memory, UINT64_C(0xffffffff81000ffe), out, 4, &fault) && !memcmp(out, "\1\1\2\2", 4),
	   "by a range, over pages");
	ok(!memory_read(memory, UINT64_C(0xffff888000002000), out, 4, &fault) && out[0] == 2, "by another one");
	ok(memory_read(memory, UINT64_C(0xffffffff810017fe), out, 4, &fault) == -FAULT_DAMAGED &&
		   strstr(fault.text, "0xffffffff81001800 was mapped is not known"),
	   "over the end of a range");
	ok(memory_read(memory, 0x10, out, 1, &fault) == -FAULT_DAMAGED, "an address of 0 for memory above 0 is none");
	ok(memory_read(memory, UINT64_MAX, out, 2, &fault) == -FAULT_DAMAGED, "over the end of all addresses");
	memory_close(memory);
	image_close(&image);
}

/* One run, packed: image_next's page is replaced by it. */
static unsigned char packed[IMAGE_PAGE];
static size_t packed_size;
static const struct codec *packer;

static int packed_next(struct source *source, struct page *page, struct fault *said)
{
	(void)source;
	(void)said;
	*page = (struct page){ 0x4000, 4, (uint32_t)packed_size, packer, packed, PAGE_UNKNOWN, 0x77 };
	return 1;
}

static int zero_next(struct source *source, struct page *page, struct fault *said)
{
	(void)source;
	(void)said;
	*page = (struct page){ 0x4000, PAGE_RUN_MAX, 0, NULL, NULL, PAGE_UNKNOWN, 0 };
	return 1;
}

static void unpacked(const char *name)
{
	unsigned char plain[4 * IMAGE_PAGE] = { 0 }, out[4 * IMAGE_PAGE];
	struct memory *memory;
	void *state;

	packer = codecs_find(name);
	for (size_t i = 0; i < sizeof(plain); i += 64)
		plain[i] = (unsigned char)(i / 64);
	state = packer->open(packer->level_default);
	packed_size = packer->encode(state, packed, sizeof(packed), plain, sizeof(plain));
	packer->close(state);
	image_open(&image, "x86_64", false, "");
	image.source.next = packed_next;
	memory = memory_open(&image.source, &fault);
	ok(packed_size && !physical_read(memory_physical(memory), 0x4000, out, sizeof(out), &fault) &&
		   !memcmp(out, plain, sizeof(out)),
	   "four pages in one piece, packed with %s", name);
	ok(physical_read(memory_physical(memory), 0x8000, out, 1, &fault) == -FAULT_DAMAGED, "the page behind them");
	memory_close(memory);
	memset(packed + packed_size / 2, 0xff, sizeof(packed) - packed_size / 2);
	memory = memory_open(&image.source, &fault);
	ok(physical_read(memory_physical(memory), 0x4000, out, 1, &fault) == -FAULT_DAMAGED && fault.offset == 0x77,
	   "damaged: %s", fault.text);
	memory_close(memory);
	image_close(&image);
}

static void zeros(void)
{
	unsigned char out[16], none[16] = { 0 };
	struct memory *memory;

	image_open(&image, "x86_64", false, "");
	image.source.next = zero_next;
	memory = memory_open(&image.source, &fault);
	memset(out, 1, sizeof(out));
	ok(!physical_read(memory_physical(memory), 0xffffff8, out, sizeof(out), &fault) &&
		   !memcmp(out, none, sizeof(out)),
	   "pages without data");
	ok(physical_read(memory_physical(memory), 0x4000 + (uint64_t)PAGE_RUN_MAX * IMAGE_PAGE, out, 1, &fault) ==
		   -FAULT_DAMAGED,
	   "behind them");
	memory_close(memory);
	image.source.fork = NULL;
	ok(!memory_open(&image.source, &fault) && fault.code == FAULT_CANNOT, "a source that cannot seek");
	memory_close(NULL);
	image_close(&image);
}

int main(void)
{
	physical();
	many_pages();
	ranges();
	unpacked("gzip");
	unpacked("zstd");
	zeros();
	return tap_done();
}
