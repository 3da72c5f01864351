/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call traces over stacks that are made here: ORC of each era, frame pointers of each machine, searches, and lies. */
#include <inttypes.h>

#include "analyze/trace.h"
#include "dump/memory.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define VIRTUAL UINT64_C(0xffffffff80000000) /* of physical address 0 */
#define TEXT UINT64_C(0xffffffff80010000)    /* functions a to h, 0x100 bytes each */
#define STACK UINT64_C(0xffffffff80040000)
#define STACK_END (STACK + 0x4000)
#define ORC_IP UINT64_C(0xffffffff80020000)
#define ORC_AT UINT64_C(0xffffffff80021000)
#define F(n) (TEXT + 0x100 * (n))
#define MODULE UINT64_C(0xffffffffc0000000)

static struct image image;
static struct fault fault;
static struct symbols *symbols;
static struct registers registers;
static struct modules modules;
static uint32_t orc_count;

static void put(uint64_t address, uint64_t value)
{
	image_put_number(&image, address - VIRTUAL, 8, value);
}

static void add_symbol(const char *name, uint64_t address)
{
	symbols_add(symbols, &(struct symbol){ name, address, 'T', false }, &fault);
}

static void open_machine(const char *machine, const char *release, const char *vmcoreinfo)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

	image_open(&image, machine, false, vmcoreinfo);
	info_add_range(&image.source.info, (struct range){ 0, VIRTUAL, 0x100000 }, &fault);
	strcpy(image.source.info.uts.release, release);
	for (uint64_t at = STACK; at < STACK_END; at += IMAGE_PAGE)
		image_at(&image, at - VIRTUAL);
	image_at(&image, TEXT - VIRTUAL);
	symbols = symbols_new(&fault);
	for (size_t i = 0; i < 8; i++)
		add_symbol(names[i], F(i));
	add_symbol("_stext", TEXT); /* a is first */
	add_symbol("_etext", F(8));
	memset(&registers, 0, sizeof(registers));
	orc_count = 0;
}

static void close_machine(void)
{
	symbols_free(symbols);
	image_close(&image);
}

/* "a+0x10 ?b+0x5 !c+0x1": ? is a guess, ! was interrupted; then how, and how it ends. */
static void is_trace(const char *want, const char *what)
{
	static const char *const ends[] = { "whole", "user", "broken", "lost" };
	static struct trace trace;
	char got[4096] = "";
	struct memory *memory;
	struct tracer tracer;
	size_t size = 0;

	symbols_sort(symbols);
	memory = memory_open(&image.source, &fault);
	trace_open(&tracer, &(struct kernel){ memory, symbols, NULL }, &modules);
	trace_follow(&tracer, &registers, &trace);
	for (size_t i = 0; i < trace.count && size < sizeof(got) - 100; i++) {
		const struct trace_frame *frame = &trace.frames[i];
		char text[SYMBOLS_TEXT];

		symbols_text(symbols, frame->address, frame->called, text);
		text[strcspn(text, "/")] = 0;
		size += (size_t)snprintf(got + size, sizeof(got) - size, "%s%s%s ", frame->guessed ? "?" : "",
					 i && !frame->called ? "!" : "", *text ? text : "-");
	}
	snprintf(got + size, sizeof(got) - size, "%s %s", trace.method ? trace.method : "-", ends[trace.end]);
	if (!ok(!strcmp(got, want), "%s: %s", what, got))
		printf("# wanted: %s\n", want);
	memory_close(memory);
	close_machine();
}

static void set(const char *name, uint64_t value)
{
	const char *const *names = image.source.info.machine->prstatus.names;

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			registers.value[i] = value;
}

/* --- ORC --- */

enum { BP = 4, R10 = 7, DX = 12, IP = 16, CS = 17, SP = 19 };

static void orc(unsigned era, uint64_t from, enum orc_type type, enum orc_register sp, int16_t sp_offset,
		enum orc_register bp, int16_t bp_offset)
{
	static const unsigned old[] = { 0, 0, 0, 1, 2 };
	unsigned fields = sp | (unsigned)bp << 4;

	if (era == 3)
		fields |= type << 8;
	else
		fields |= old[type] << 8 | (type == ORC_END ? era == 1 ? 0x400 : 0x800 : 0);
	image_put_number(&image, ORC_IP + 4 * orc_count - VIRTUAL, 4, from - (ORC_IP + 4 * orc_count));
	image_put_number(&image, ORC_AT + 6 * orc_count - VIRTUAL, 2, (uint16_t)sp_offset);
	image_put_number(&image, ORC_AT + 6 * orc_count - VIRTUAL + 2, 2, (uint16_t)bp_offset);
	image_put_number(&image, ORC_AT + 6 * orc_count - VIRTUAL + 4, 2, fields);
	orc_count++;
}

static void open_orc(const char *release)
{
	open_machine("x86_64", release, "");
	registers.sp = registers.value[SP] = STACK + 0x100;
	registers.pc = registers.value[IP] = F(0) + 0x10;
	registers.value[CS] = 0x10;
}

static void close_orc(const char *want, const char *what)
{
	add_symbol("__start_orc_unwind_ip", ORC_IP);
	add_symbol("__stop_orc_unwind_ip", ORC_IP + 4 * orc_count);
	add_symbol("__start_orc_unwind", ORC_AT);
	add_symbol("__stop_orc_unwind", ORC_AT + 6 * orc_count);
	is_trace(want, what);
}

/* a keeps 24 bytes, b has a frame pointer, c was interrupted by d's registers, which came from user mode or the kernel.
 */
static void orc_of(const char *release, unsigned era)
{
	uint64_t at = STACK + 0x100 + 24;

	open_orc(release);
	orc(era, F(0), ORC_CALL, ORC_SP, 32, ORC_UNDEFINED, 0);
	orc(era, F(1), ORC_CALL, ORC_BP, 16, ORC_PREVIOUS_SP, -16);
	orc(era, F(2), ORC_REGS, ORC_SP, 8, ORC_UNDEFINED, 0);
	orc(era, F(3), ORC_CALL, ORC_SP_INDIRECT, 8, ORC_UNDEFINED, 0);
	orc(era, F(4), ORC_REGS_CUT, ORC_SP, 0, ORC_UNDEFINED, 0);
	orc(era, F(5), ORC_CALL, ORC_R10, 0, ORC_UNDEFINED, 0);
	orc(era, F(6), ORC_NONE, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	orc(era, F(7), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	put(at, F(1) + 0x20); /* a returns to b */
	registers.value[BP] = STACK + 0x200;
	put(STACK + 0x200, STACK + 0x1800);
	put(STACK + 0x208, F(2) + 0x30); /* b returns to c; registers stand 8 bytes behind */
	put(STACK + 0x218 + 8 * IP, F(3) + 0x40);
	put(STACK + 0x218 + 8 * CS, 0x10);
	put(STACK + 0x218 + 8 * SP, STACK + 0x1000);
	put(STACK + 0x1000, STACK + 0x2000); /* d's stack is another one */
	put(STACK + 0x2000, F(4) + 0x50);    /* d returns to e, where the CPU put five words */
	put(STACK + 0x2008, F(5));           /* the start of f: it did not call */
	put(STACK + 0x2008 + 8, 0x10);
	put(STACK + 0x2008 + 24, STACK + 0x3000);
	close_orc("a+0x10 b+0x20 c+0x30 !d+0x40 e+0x50 !f+0x0 ORC broken", release);
}

/* The same eras, down to each kind of end. */
static void orc_ends(const char *release, unsigned era)
{
	open_orc(release);
	orc(era, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	orc(era, F(1), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	put(STACK + 0x100, F(1) + 1);
	close_orc("a+0x10 b+0x1 ORC whole", "the stack's beginning");
	open_orc(release);
	orc(era, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	orc(era, F(1), ORC_REGS, ORC_SP, 0, ORC_UNDEFINED, 0);
	put(STACK + 0x100, F(1) + 1);
	put(STACK + 0x108 + 8 * IP, 0x401000);
	put(STACK + 0x108 + 8 * CS, 0x33);
	close_orc("a+0x10 b+0x1 ORC whole", "a system call");
	open_orc(release);
	orc(era, F(0), ORC_REGS, ORC_SP, 0, ORC_UNDEFINED, 0);
	orc(era, F(1), ORC_CALL, ORC_BP, 16, ORC_PREVIOUS_SP, -16);
	orc(era, F(2), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	put(STACK + 0x100 + 8 * BP, STACK + 0x800);
	put(STACK + 0x100 + 8 * IP, F(1) + 4);
	put(STACK + 0x100 + 8 * SP, STACK + 0x700);
	put(STACK + 0x808, F(2) + 4);
	close_orc("a+0x10 !b+0x4 c+0x4 ORC whole", "a frame pointer that an exception left");
}

static void orc_odd(void)
{
	static const unsigned char call_a[] = { 0xe8, 0xf3, 0xfe, 0xff, 0xff }; /* in b, back to a's start */

	open_orc("6.1.0");
	registers.value[CS] = 0x33;
	close_orc("- user", "in user mode");
	open_orc("6.1.0");
	orc(1, F(0), ORC_CALL, ORC_R10, 0, ORC_UNDEFINED, 0);
	orc(1, F(1), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	registers.value[R10] = STACK + 0x308;
	put(STACK + 0x300, F(1) + 1);
	close_orc("a+0x10 b+0x1 ORC whole", "a stack that was aligned");
	open_orc("6.1.0");
	orc(1, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	orc(1, F(1), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	orc(1, F(2), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	put(STACK + 0x100, F(2));
	close_orc("a+0x10 b+0x100 ORC whole", "a function that ends with a call");
	open_orc("6.1.0");
	orc(1, F(0), ORC_CALL, ORC_DX, 0, ORC_UNDEFINED, 0);
	registers.value[DX] = STACK + 0x308;
	put(STACK + 0x300, 0x1234);
	close_orc("a+0x10 - broken", "a return to no kernel");
	open_orc("6.1.0");
	registers.pc = 0;
	orc(1, F(1), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	put(STACK + 0x100, F(1) + 1);
	close_orc("- b+0x1 ORC whole", "a call through a null pointer");
	open_orc("6.1.0");
	orc(1, F(0), ORC_NONE, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	orc(1, F(1), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
	image_put(&image, F(1) + 8 - VIRTUAL, call_a, sizeof(call_a));
	put(STACK + 0x180, F(2) + 8);
	put(STACK + 0x188, F(1) + 13);
	close_orc("a+0x10 b+0xd ORC whole", "a function that ORC leaves out");
	open_orc("6.1.0");
	orc(1, F(0), ORC_CALL, ORC_SP, 0, ORC_UNDEFINED, 0);
	put(STACK + 0xf8, F(0) + 0x11);
	registers.pc = F(0) + 0x11;
	close_orc("a+0x11 - broken", "a stack that goes round");
	open_orc("6.1.0");
	registers.sp = registers.value[SP] = STACK_END + 0x100;
	orc(1, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	close_orc("a+0x10 - lost", "a stack that is not there");
	open_orc("6.1.0");
	for (unsigned i = 0; i < 0x600; i++)
		put(STACK + 0x100 + 8 * i, F(0) + 0x10 + i % 2);
	orc(1, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	symbols_sort(symbols);
	add_symbol("__start_orc_unwind_ip", ORC_IP);
	add_symbol("__stop_orc_unwind_ip", ORC_IP + 4);
	add_symbol("__start_orc_unwind", ORC_AT);
	add_symbol("__stop_orc_unwind", ORC_AT + 6);
	{
		static struct trace trace;
		struct memory *memory = memory_open(&image.source, &fault);
		struct tracer tracer;

		symbols_sort(symbols);
		trace_open(&tracer, &(struct kernel){ memory, symbols, NULL }, NULL);
		trace_follow(&tracer, &registers, &trace);
		ok(trace.count == TRACE_FRAMES_MAX && tracer.has_orc, "as many frames as there is room for");
		memory_close(memory);
		close_machine();
	}
}

/* a was called by a module, which was called by b. */
static void orc_of_module(void)
{
	struct module module = { "mod", MODULE, 0x1000, { ORC_IP, ORC_AT, 1, 1 } };

	for (int known = 0; known < 3; known++) {
		open_orc("6.1.0");
		symbols_add(symbols, &(struct symbol){ "m [mod]", MODULE + 0x100, 't', false }, &fault);
		symbols_add(symbols, &(struct symbol){ "n [mod]", MODULE + 0x180, 't', false }, &fault);
		symbols_add_text(symbols, MODULE, MODULE + 0x1000, &fault);
		put(STACK + 0x100, MODULE + 0x120);
		put(STACK + 0x130, F(1) + 9);
		image_put(&image, F(1) + 7 - VIRTUAL, "\xff\xd0", 2);
		orc(1, MODULE, ORC_CALL, ORC_SP, 0x30, ORC_UNDEFINED, 0);
		modules = (struct modules){ &module, known > 0 };
		module.orc.count = known > 1;
		if (known > 1) {
			orc(1, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
			orc(1, F(1), ORC_END, ORC_UNDEFINED, 0, ORC_UNDEFINED, 0);
			add_symbol("__start_orc_unwind_ip", ORC_IP + 4);
			add_symbol("__stop_orc_unwind_ip", ORC_IP + 12);
			add_symbol("__start_orc_unwind", ORC_AT + 6);
			add_symbol("__stop_orc_unwind", ORC_AT + 18);
			is_trace("a+0x10 m+0x20 b+0x9 ORC whole", "through a module");
		} else {
			orc_count = 0;
			orc(1, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
			close_orc("a+0x10 m+0x20 ?b+0x9 ORC broken", "through a module without tables");
		}
		modules.count = 0;
	}
}

static void orc_lies(void)
{
	open_orc("6.1.0");
	orc(1, F(0), ORC_CALL, ORC_SP, 8, ORC_UNDEFINED, 0);
	put(STACK + 0x100, F(1) + 1);
	add_symbol("__start_orc_unwind_ip", ORC_IP + 0x20000000);
	add_symbol("__stop_orc_unwind_ip", ORC_IP + 0x20000400);
	add_symbol("__start_orc_unwind", ORC_AT + 0x20000000);
	add_symbol("__stop_orc_unwind", ORC_AT + 0x20000600);
	is_trace("a+0x10 - broken", "tables that are not there");
	open_orc("6.1.0");
	add_symbol("__start_orc_unwind_ip", ORC_IP);
	add_symbol("__stop_orc_unwind_ip", ORC_IP - 4);
	add_symbol("__start_orc_unwind", ORC_AT);
	add_symbol("__stop_orc_unwind", ORC_AT - 4);
	is_trace("a+0x10 - broken", "a table that ends before it starts");
}

/* --- searching: every form of call --- */

static void search(void)
{
	static const struct {
		unsigned char code[8];
		unsigned size;
		bool is_call;
	} codes[] = {
		{ { 0xe8, 0x00, 0x00, 0x00, 0x00 }, 5, true },
		{ { 0xe8, 0x00, 0x00, 0x00, 0x10 }, 5, false },
		{ { 0xff, 0xd0 }, 2, true },
		{ { 0x41, 0xff, 0xd3 }, 3, true },
		{ { 0xff, 0x50, 0x08 }, 3, true },
		{ { 0xff, 0x54, 0x24, 0x08 }, 4, true },
		{ { 0xff, 0x93, 0x08, 0x01, 0, 0 }, 6, true },
		{ { 0xff, 0x15, 0x08, 0x01, 0, 0 }, 6, true },
		{ { 0xff, 0x94, 0xc3, 0x08, 0x01, 0, 0 }, 7, true },
		{ { 0xff, 0x14, 0x25, 0x08, 0x01, 0, 0 }, 7, true },
		{ { 0xff, 0x13 }, 2, true },
		{ { 0xff, 0x14, 0xc5 }, 3, true },
		{ { 0xff, 0xe0 }, 2, false },
		{ { 0x90, 0x90 }, 2, false },
		{ { 0xff, 0x33 }, 2, false },
	};
	char want[1024] = "- ";

	open_machine("x86_64", "4.10.0", "");
	registers.sp = STACK + 0x104; /* not aligned */
	registers.pc = MODULE;
	for (unsigned i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		uint64_t end = F(i / 4) + 0x20 + 0x20 * (i % 4);

		image_put(&image, end - codes[i].size - VIRTUAL, codes[i].code, codes[i].size);
		put(STACK + 0x200 + 16 * i, end);
		if (codes[i].is_call)
			snprintf(want + strlen(want), 32, "?%c+0x%x ", 'a' + i / 4, 0x20 + 0x20 * (i % 4));
	}
	strcat(want, "- broken");
	is_trace(want, "each form of call");
	open_machine("x86_64", "4.10.0", "");
	registers.sp = STACK_END - 8;
	registers.pc = F(0);
	image_put(&image, F(1) + 0x1e - VIRTUAL, "\xff\xd0", 2);
	put(STACK_END - 8, F(1) + 0x20);
	is_trace("a+0x0 ?b+0x20 - broken", "the last word of a stack");
	open_machine("x86_64", "4.10.0", "");
	registers.sp = STACK + 0x100;
	registers.pc = F(0);
	free(image.pages[0]);
	image.count--; /* the code is not in the dump */
	memmove(image.pages, image.pages + 1, image.count * sizeof(*image.pages));
	put(STACK + 0x100, F(1) + 0x20);
	put(STACK + 0x108, F(2));
	put(STACK + 0x110, F(2) + 1);
	is_trace("a+0x0 ?b+0x20 ?c+0x1 - broken", "without the code");
}

/* --- frame pointers --- */

static void frames(void)
{
	open_machine("x86_64", "4.10.0", "");
	registers.pc = F(0) + 4;
	registers.sp = STACK + 0x100;
	set("rbp", STACK + 0x180);
	image_put(&image, F(1) + 0x1e - VIRTUAL, "\xff\xd0", 2);
	put(STACK + 0x180, STACK + 0x200);
	put(STACK + 0x188, F(1) + 0x20);
	put(STACK + 0x200, 0);
	put(STACK + 0x208, F(2) + 0x20);
	is_trace("a+0x4 b+0x20 c+0x20 frame pointers whole", "x86_64");
	open_machine("x86_64", "4.10.0", "");
	registers.pc = F(0) + 4;
	registers.sp = STACK + 0x100;
	set("rbp", STACK + 0x180); /* it is a register like others */
	put(STACK + 0x180, STACK + 0x200);
	put(STACK + 0x188, F(1) + 0x20);
	is_trace("a+0x4 - broken", "x86_64 without frame pointers");
}

static void frames_of_aarch64(void)
{
	for (int signed_too = 0; signed_too < 2; signed_too++) {
		uint64_t cleared = signed_too ? ~(UINT64_C(0x5a) << 48) : UINT64_MAX;

		open_machine("aarch64", "6.1.0", signed_too ? "NUMBER(KERNELPACMASK)=7f000000000000\n" : "");
		registers.pc = F(0) + 4;
		registers.sp = STACK + 0x80;
		set("x29", STACK + 0x80);
		put(STACK + 0x80, STACK + 0x100);
		put(STACK + 0x88, (F(1) + 8) & cleared);
		put(STACK + 0x100, STACK + 0x300);
		put(STACK + 0x108, (F(2) + 8) & cleared);
		put(STACK + 0x300, 0);
		put(STACK + 0x308, 0);
		is_trace("a+0x4 b+0x8 c+0x8 frame pointers whole", signed_too ? "aarch64, signed" : "aarch64");
	}
}

static void frames_of_riscv64(void)
{
	open_machine("riscv64", "6.1.0", "");
	registers.pc = F(0) + 4;
	registers.sp = STACK + 0x80;
	set("s0", STACK + 0xa0);
	put(STACK + 0x90, STACK + 0x200);
	put(STACK + 0x98, F(1) + 6);
	put(STACK + 0x1f0, STACK + 0x100); /* back: that cannot be */
	put(STACK + 0x1f8, F(2) + 6);
	is_trace("a+0x4 b+0x6 frame pointers broken", "riscv64, and a chain that turns back");
}

int main(void)
{
	orc_of("5.10.0-21-amd64", 1);
	orc_of("6.2.16", 1);
	orc_of("6.3.0", 2);
	orc_of("6.4.0", 3);
	orc_of("7.1.0-rc2", 3);
	orc_ends("6.1.0", 1);
	orc_ends("6.3.1", 2);
	orc_ends("6.12.43+deb13-amd64", 3);
	orc_odd();
	orc_of_module();
	orc_lies();
	search();
	frames();
	frames_of_aarch64();
	frames_of_riscv64();
	return tap_done();
}
