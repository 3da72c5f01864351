/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's log of each kind, made here for every word size and byte order; and logs that lie. */
#include <inttypes.h>

#include "analyze/log.h"
#include "dump/memory.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define VIRTUAL UINT64_C(0xc0000000) /* of physical address 0 */
#define PRB 0x1000u                  /* physical addresses: variables, structs, arrays */
#define RING 0x2000u
#define DESCS 0x3000u
#define INFOS 0x6000u
#define TEXT 0x10000u
#define COUNT_BITS 5u
#define SIZE_BITS 10u

static struct image image;
static struct fault fault;
static unsigned word;

static void open_image(unsigned bits, bool big_endian, const char *vmcoreinfo)
{
	word = bits / 8;
	image_open(&image, bits == 64 ? "x86_64" : "i386", big_endian, vmcoreinfo);
	info_add_range(&image.source.info, (struct range){ 0, VIRTUAL, 0x100000 }, &fault);
}

/* --- reading: all records as one text, "SEQUENCE TIME LEVEL SIZE TEXT|" each --- */

static char got[1 << 20];
static size_t got_size;
static unsigned got_count;

static void take(void *argument, const struct log_record *record)
{
	*(unsigned *)argument += 1;
	if (record->text[record->size])
		got_count = 1000000;
	if (got_size < sizeof(got) - 100000)
		got_size += (size_t)snprintf(got + got_size, sizeof(got) - got_size,
					     "%" PRIu64 " %" PRId64 " %d %zu %s|", record->sequence,
					     (int64_t)record->nanoseconds, record->level, record->size, record->text);
}

static int read_log(void)
{
	struct memory *memory = memory_open(&image.source, &fault);
	int status;

	got_count = 0;
	got_size = 0;
	got[0] = 0;
	status = log_read(memory, take, &got_count, &fault);
	memory_close(memory);
	return status;
}

static void is_log(int status, const char *want, const char *what)
{
	int was = read_log();

	if (!ok(was == status && !strcmp(got, want), "%s%s%s", what, was ? ": " : "", was ? fault.text : ""))
		printf("# %d\n# %.500s\n# wanted\n# %.500s\n", was, got, want);
}

static void fails(const char *text, const char *what)
{
	int was = read_log();

	if (!ok(was == -FAULT_DAMAGED && strstr(fault.text, text), "%s: %s", what, fault.text))
		printf("# %d, wanted %s\n", was, text);
}

/* --- since 5.10 --- */

static void open_ring(unsigned bits, bool big_endian)
{
	char text[2048];
	unsigned w = bits / 8;

	snprintf(text, sizeof(text),
		 "SYMBOL(prb)=c0001000\nSIZE(printk_ringbuffer)=%u\nOFFSET(printk_ringbuffer.desc_ring)=0\n"
		 "OFFSET(printk_ringbuffer.text_data_ring)=%u\nOFFSET(printk_ringbuffer.fail)=%u\n"
		 "SIZE(prb_desc_ring)=%u\nOFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=%u\n"
		 "OFFSET(prb_desc_ring.infos)=%u\nOFFSET(prb_desc_ring.head_id)=%u\nOFFSET(prb_desc_ring.tail_id)=%u\n"
		 "SIZE(prb_desc)=%u\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=%u\n"
		 "SIZE(prb_data_blk_lpos)=%u\nOFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=%u\n"
		 "SIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\nOFFSET(printk_info.ts_nsec)=8\n"
		 "OFFSET(printk_info.text_len)=16\nOFFSET(printk_info.caller_id)=20\n"
		 "SIZE(prb_data_ring)=%u\nOFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=%u\n"
		 "SIZE(atomic_long_t)=%u\nOFFSET(atomic_long_t.counter)=0\n",
		 11 * w, 6 * w, 10 * w, 6 * w, w, 2 * w, 3 * w, 4 * w, 3 * w, w, 2 * w, w, 4 * w, w, w);
	open_image(bits, big_endian, text);
	image_put_number(&image, PRB, word, VIRTUAL + RING);
	image_put_number(&image, RING, 4, COUNT_BITS);
	image_put_number(&image, RING + word, word, VIRTUAL + DESCS);
	image_put_number(&image, RING + 2 * word, word, VIRTUAL + INFOS);
	image_put_number(&image, RING + 6 * word, 4, SIZE_BITS);
	image_put_number(&image, RING + 7 * word, word, VIRTUAL + TEXT);
	image_at(&image, DESCS);
	image_at(&image, INFOS);
	image_at(&image, TEXT);
}

static void set_ids(uint64_t tail, uint64_t head)
{
	image_put_number(&image, RING + 3 * word, word, head);
	image_put_number(&image, RING + 4 * word, word, tail);
}

/* A record without its text; lpos: of its block. */
static void put_desc(uint64_t id, unsigned state, uint64_t begin, uint64_t next, size_t size)
{
	uint64_t slot = id % (1u << COUNT_BITS), desc = DESCS + slot * 3 * word, info = INFOS + slot * 88;
	unsigned char level = image.source.info.big_endian ? 0x0e : 6 << 5 | 1;

	image_put_number(&image, desc, word, (uint64_t)state << (word * 8 - 2) | id);
	image_put_number(&image, desc + word, word, begin);
	image_put_number(&image, desc + 2 * word, word, next);
	image_put_number(&image, info, 8, 1000 + id);
	image_put_number(&image, info + 8, 8, 1500000000);
	image_put_number(&image, info + 16, 2, size);
	image_put(&image, info + 19, &level, 1);
}

/* A record with its text, as the kernel puts it at lpos. Returns the next lpos. */
static uint64_t put_record(uint64_t id, uint64_t lpos, const char *text)
{
	uint64_t ring = 1u << SIZE_BITS, size = (word + strlen(text) + word - 1) / word * word, begin = lpos % ring,
		 next = lpos + size;

	if (begin + size >= ring) {
		begin = 0;
		next = (lpos / ring + 1) * ring + size;
	}
	image_put_number(&image, TEXT + begin, word, id);
	image_put(&image, TEXT + begin + word, text, strlen(text));
	put_desc(id, 2, lpos, next, strlen(text));
	return next;
}

static void ring(unsigned bits, bool big_endian)
{
	uint64_t lpos, last = (UINT64_C(1) << (bits - 2)) - 1;
	char text[301], want[1200];

	printf("# %u bits, %s endian\n", bits, big_endian ? "big" : "little");
	open_ring(bits, big_endian);
	lpos = put_record(last - 1, 0x10000, "one");
	lpos = put_record(last, lpos, "two\nlines\n");
	lpos = put_record(0, lpos, "IDs wrap");
	put_desc(1, 0, lpos, lpos + 100, 5);
	put_desc(2, 1, 3, 3, 0);
	put_desc(3, 2, 1, 1, 77);
	put_desc(4, 3, lpos, lpos + 100, 5);
	lpos = put_record(5, lpos, "shorter than it was meant");
	put_desc(5, 1, lpos - (word + 25 + word - 1) / word * word, lpos, 500);
	set_ids(last - 1, 7);
	put_record(7, lpos, "last");
	snprintf(want, sizeof(want),
		 "%" PRIu64 " 1500000000 6 3 one|%" PRIu64 " 1500000000 6 10 two\nlines\n|1000 1500000000 6 8 IDs wrap|"
		 "1002 1500000000 6 0 |1005 1500000000 6 %u shorter than it was meant|1007 1500000000 6 4 last|",
		 1000 + last - 1, 1000 + last, (25 + word - 1) / word * word);
	is_log(0, want, "records in every state");

	memset(text, 'x', 300);
	text[300] = 0;
	set_ids(8, 9);
	lpos = put_record(8, 0x20000 + 600, text);
	put_record(9, lpos,
		   "what does not fit the end of the ring stands at its start: this makes it long enough for that, "
		   "whatever a word is");
	snprintf(want, sizeof(want),
		 "1008 1500000000 6 300 %s|1009 1500000000 6 113 what does not fit the end of the ring "
		 "stands at its start: this makes it long enough for that, whatever a word is|",
		 text);
	is_log(0, want, "text wraps");

	set_ids(10, 10);
	image_put(&image, TEXT + 1000 + word, "to the end", 10);
	put_desc(10, 2, 0x20000 + 1000, 0x20000 + 1024, 10);
	is_log(0, "1010 1500000000 6 10 to the end|",
	       "a block that just fits the end of the ring, as newer kernels put it");
	image_close(&image);
}

/* What one change makes of a log of three records. */
static void changed(const char *what, uint64_t at, unsigned bytes, uint64_t value, const char *text)
{
	uint64_t lpos = 0;

	open_ring(64, false);
	for (uint64_t id = 0; id < 3; id++)
		lpos = put_record(id, lpos, "text");
	set_ids(0, 2);
	image_put_number(&image, at, bytes, value);
	if (text)
		fails(text, what);
	else
		ok(!read_log() && got_count <= 32, "%s: %u records", what, got_count);
	image_close(&image);
}

static void ring_lies(void)
{
	changed("nothing is wrong", DESCS, 8, UINT64_C(2) << 62, NULL);
	changed("prb leads nowhere", PRB, 8, 0x1234, "virtual address 0x1234");
	changed("prb at the end of all addresses", PRB, 8, UINT64_MAX - 2, "exceed the address space");
	changed("2^31 records", RING, 4, 31, "the number of bits that count its records is 31");
	changed("2^22 records", RING, 4, 22, "the number of bits that count its records is 22");
	changed("2^4294967295 records", RING, 4, UINT32_MAX, "bits that count its records");
	changed("2^21 records, which are not there", RING, 4, 21, NULL);
	changed("128 MiB of text", RING + 48, 4, 27, "the number of bits of its size is 27");
	changed("2^4294967295 bytes of text", RING + 48, 4, UINT32_MAX, "the number of bits of its size");
	changed("one byte of text", RING + 48, 4, 0, NULL);
	changed("descriptors lead nowhere", RING + 8, 8, UINT64_MAX - 100,
		"records lost from the kernel's log: 3; the first one: ");
	changed("infos lead nowhere", RING + 16, 8, 0, "records lost from the kernel's log: 3; the first one: ");
	changed("text leads nowhere", RING + 56, 8, UINT64_MAX,
		"records lost from the kernel's log: 3; the first one: ");
	changed("more records than descriptors", RING + 24, 8, 32, "the number of its records is 33");
	changed("the head before the tail", RING + 32, 8, 5, "the number of its records is");
	changed("a block that begins behind the ring", DESCS + 8, 8, UINT64_C(0x7fffffffffffff00), NULL);
	changed("a block of no bytes", DESCS + 16, 8, 0, NULL);
	changed("a block that ends before it begins", DESCS + 24 + 16, 8, 2, NULL);
	changed("text that is as long as can be", INFOS + 16, 2, 65535, NULL);
}

/* A dump that has not all of the log's memory. */
static void ring_holes(void)
{
	uint64_t lpos = 0;

	open_ring(64, false);
	image_put_number(&image, RING + 56, 8, VIRTUAL + 0xfe000 - 40); /* the second half of the text is in no page */
	for (uint64_t id = 0; id < 3; id++)
		lpos = put_record(id, lpos, "text");
	set_ids(0, 2);
	image_put(&image, 0xfd000 + 4096 - 40 + 8, "text", 4);
	is_log(-FAULT_DAMAGED, "1000 1500000000 6 4 text|1001 1500000000 6 4 |", "half of the text is not in the dump");
	image_close(&image);
}

/* --- 3.5 to 5.9 --- */

#define BUFFER 0x10000u
#define BUFFER_SIZE 256u

static void open_records(unsigned bits, bool big_endian, const char *name, bool has_dict)
{
	char text[1024], dict[64];

	snprintf(dict, sizeof(dict), "OFFSET(%s.dict_len)=12\n", name);
	snprintf(text, sizeof(text),
		 "SYMBOL(log_buf)=c0001000\nSYMBOL(log_buf_len)=c0001010\nSYMBOL(log_first_idx)=c0001020\n"
		 "SYMBOL(log_next_idx)=c0001030\nSIZE(%s)=16\nOFFSET(%s.ts_nsec)=0\nOFFSET(%s.len)=8\nOFFSET(%s.text_"
		 "len)=10\n%s",
		 name, name, name, name, has_dict ? dict : "");
	open_image(bits, big_endian, text);
	image_put_number(&image, PRB, word, VIRTUAL + BUFFER);
	image_put_number(&image, PRB + 0x10, 4, BUFFER_SIZE);
	image_at(&image, BUFFER);
}

static void set_indexes(uint32_t first, uint32_t next)
{
	image_put_number(&image, PRB + 0x20, 4, first);
	image_put_number(&image, PRB + 0x30, 4, next);
}

static uint32_t put_log(uint32_t index, const char *text)
{
	uint32_t size = (uint32_t)strlen(text), length = (16 + size + 4 + 3) / 4 * 4; /* 4 bytes of dictionary */
	unsigned char level = image.source.info.big_endian ? 0x0c : 4 << 5 | 1;

	image_put_number(&image, BUFFER + index, 8, 2000000000);
	image_put_number(&image, BUFFER + index + 8, 2, length);
	image_put_number(&image, BUFFER + index + 10, 2, size);
	image_put_number(&image, BUFFER + index + 12, 2, 4);
	image_put(&image, BUFFER + index + 15, &level, 1);
	image_put(&image, BUFFER + index + 16, text, size);
	image_put(&image, BUFFER + index + 16 + size, "DICT", 4);
	return index + length;
}

static void records(unsigned bits, bool big_endian)
{
	uint32_t index;

	printf("# %u bits, %s endian\n", bits, big_endian ? "big" : "little");
	open_records(bits, big_endian, "printk_log", true);
	index = put_log(200, "before the end");
	image_put_number(&image, BUFFER + index + 8, 2, 0);
	set_indexes(200, put_log(put_log(0, "at the start"), ""));
	is_log(0, "0 2000000000 4 14 before the end|1 2000000000 4 12 at the start|2 2000000000 4 0 |",
	       "records that wrap");
	image_close(&image);
	open_records(bits, big_endian, "log", false);
	set_indexes(0, put_log(0, "text"));
	is_log(0, "0 2000000000 -1 4 text|", "struct log of 3.5 to 3.10");
	image_close(&image);
}

static void records_changed(const char *what, uint64_t at, unsigned bytes, uint64_t value, const char *text,
			    const char *before)
{
	open_records(64, false, "printk_log", true);
	set_indexes(0, put_log(put_log(put_log(0, "a"), "b"), "c"));
	image_put_number(&image, at, bytes, value);
	fails(text, what);
	ok(!strcmp(got, before), "what stood before is found: %s", got);
	image_close(&image);
}

static void records_lie(void)
{
	static const char a[] = "0 2000000000 4 1 a|",
			  all[] = "0 2000000000 4 1 a|1 2000000000 4 1 b|2 2000000000 4 1 c|3 2000000000 4 1 a|";

	records_changed("no buffer", PRB, 8, 0x100, "virtual address 0x100", "");
	records_changed("size 0", PRB + 0x10, 4, 0, "its size is 0", "");
	records_changed("4 GiB", PRB + 0x10, 4, UINT32_MAX, "its size is 4294967295", "");
	records_changed("first behind the buffer", PRB + 0x20, 4, 0x10000, "the offset of one of its records is 65536",
			"");
	records_changed("first at the very end", PRB + 0x20, 4, BUFFER_SIZE - 8,
			"the offset of one of its records is 248", "");
	records_changed("next where nothing ends", PRB + 0x30, 4, 70, "the length of all its records", all);
	records_changed("next behind the buffer", PRB + 0x30, 4, UINT32_MAX, "the length of all its records", all);
	records_changed("a record that is shorter than its head", BUFFER + 24 + 8, 2, 15,
			"the length of one of its records is 15", a);
	records_changed("a record that is longer than the buffer", BUFFER + 24 + 8, 2, 240,
			"the length of one of its records is 240", a);
	records_changed("text that is longer than its record", BUFFER + 24 + 10, 2, 9,
			"the length of one of its records", a);
	records_changed("length 0 at the start, for ever", BUFFER + 8, 2, 0, "the length of all its records", "");
}

/* --- before 3.5 --- */

static void open_text(const char *text, uint32_t end, uint32_t logged, const char *more)
{
	char vmcoreinfo[256];

	snprintf(vmcoreinfo, sizeof(vmcoreinfo),
		 "SYMBOL(log_buf)=c0001000\nSYMBOL(log_buf_len)=c0001010\nSYMBOL(log_end)=c0001020\n%s", more);
	open_image(32, false, vmcoreinfo);
	image_put_number(&image, PRB, word, VIRTUAL + BUFFER);
	image_put_number(&image, PRB + 0x10, 4, 64);
	image_put_number(&image, PRB + 0x20, 4, end);
	image_put_number(&image, PRB + 0x30, 4, logged);
	image_put(&image, BUFFER, text, strlen(text));
}

static void text_only(void)
{
	static const char logged[] = "SYMBOL(logged_chars)=c0001030\n";
	static const char ring64[] = "wraps\n<4>last\n<5>[    1.500000] a line whose end is elsewhere...";

	open_text("<6>[    0.000000] one\ntwo\nunfinished", 36, 0, "");
	is_log(0, "0 -1 6 18 [    0.000000] one|1 -1 -1 3 two|2 -1 -1 10 unfinished|", "plain text");
	image_close(&image);
	open_text(ring64, 64 * 5 + 14, 64, logged);
	is_log(0, "0 -1 5 52 [    1.500000] a line whose end is elsewhere...wraps|1 -1 4 4 last|", "text that wraps");
	image_close(&image);
	open_text("cleared\nafterwards\n", 19, 11, logged);
	is_log(0, "0 -1 -1 10 afterwards|", "text that was cleared");
	image_close(&image);
	open_text("x", UINT32_MAX, UINT32_MAX, logged);
	ok(!read_log() && got_count == 1 && strlen(got) < 100, "numbers that are as large as can be");
	image_put_number(&image, PRB + 0x10, 4, 100);
	fails("its size is 100", "a size that is no power of two");
	image_close(&image);
}

/* --- what is not known --- */

static void unknown(void)
{
	static const char *const cases[] = {
		"",
		"SYMBOL(prb)=c0001000\n",
		"SYMBOL(log_buf)=c0001000\n",
		"SYMBOL(prb)=x\n",
		"SYMBOL(log_buf)=c0001000\nSYMBOL(log_buf_len)=c0001010\nSIZE(printk_log)=16\n",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		open_image(64, false, cases[i]);
		image_put_number(&image, PRB, 8, VIRTUAL + BUFFER);
		image_put_number(&image, PRB + 0x10, 4, 64);
		ok(read_log() == -FAULT_CANNOT && !got_count, "VMCOREINFO that says too little, %zu", i);
		ok(log_is_known(&image.source.info) == (i == 1 || i == 2 || i == 4), "is the log known?");
		image_close(&image);
	}
}

/* One number of VMCOREINFO that cannot be. */
static void unbelievable(const char *key, const char *value)
{
	struct info *info = &image.source.info;
	char *at;

	open_ring(64, false);
	set_ids(0, 0);
	at = memmem(info->notes, info->notes_size, key, strlen(key));
	memcpy(at + strlen(key), value, strlen(value));
	ok(read_log() == -FAULT_CANNOT && !got_count, "%s%.*s", key, (int)strcspn(value, "\n"), value);
	image_close(&image);
}

static void unbelievables(void)
{
	unbelievable("SIZE(prb_desc)=", "7\n");
	unbelievable("SIZE(printk_info)=", "8\n");
	unbelievable("OFFSET(printk_info.text_len)=", "86");
	unbelievable("OFFSET(prb_desc.text_blk_lpos)=", "9");
	unbelievable("OFFSET(prb_data_blk_lpos.next)=", "-");
	unbelievable("SIZE(printk_info)=", "99999999999999999999999");
	unbelievable("SIZE(printk_info)=", "4096");
}

/* --- the panic string --- */

static void is_panic(const char *const *lines, const char *want)
{
	char out[40];
	struct memory *memory;
	uint64_t lpos = 0, id = 0;
	int status;

	open_ring(64, false);
	for (; *lines; lines++)
		lpos = put_record(id++, lpos, *lines);
	set_ids(0, id - 1);
	memory = memory_open(&image.source, &fault);
	status = log_panic(memory, out, sizeof(out), &fault);
	memory_close(memory);
	if (!ok(!status && !strcmp(out, want), "panic: %s", want))
		printf("# %d %s\n", status, out);
	image_close(&image);
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void panics(void)
{
	is_panic(LINES("nothing"), "");
	is_panic(LINES("sysrq: Trigger a crash", "Kernel panic - not syncing: one", "Kernel panic - not syncing: two"),
		 "Kernel panic - not syncing: one");
	is_panic(LINES("Kernel panic - not syncing: sooner", "Oops: 0002 [#1] SMP", "x"), "Oops: 0002 [#1] SMP");
	is_panic(LINES("BUG: kernel NULL pointer dereference, address: 0", "Oops: 0002 [#1]"), "Oops: 0002 [#1]");
	is_panic(LINES("BUG: unable to handle kernel paging", "Oops: 0002 [#1]"),
		 "BUG: unable to handle kernel paging");
	is_panic(LINES("kernel BUG at mm/slub.c:1!", "divide error: 0000 [#1]"), "divide error: 0000 [#1]");
	is_panic(LINES("SysRq : Trigger a crash", "Oops: 1"), "SysRq : Trigger a crash");
	is_panic(LINES("[Hardware Error]: x", "Bad mode in y"), "[Hardware Error]: x");
	is_panic(LINES("Bad mode in y"), "Bad mode in y");
	is_panic(LINES("first\n  Kernel panic - in the second line\nthird\n"), "  Kernel panic - in the second line");
	is_panic(LINES("Kernel panic - not syncing: as long as there is room for it"),
		 "Kernel panic - not syncing: as long as ");
}

int main(void)
{
	for (unsigned bits = 32; bits <= 64; bits += 32)
		for (int big_endian = 0; big_endian < 2; big_endian++) {
			ring(bits, big_endian);
			records(bits, big_endian);
		}
	ring_lies();
	ring_holes();
	records_lie();
	text_only();
	unknown();
	unbelievables();
	panics();
	return tap_done();
}
