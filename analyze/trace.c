/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwinds one CPU's stack by ORC, by frame pointers, or by a search for return addresses; trace.h describes when. It
 * relies on struct machine for registers, calls and the range of kernel addresses. A damaged stack may loop or lead
 * anywhere: each step checks its addresses, and the number of frames is limited.
 */
#include <string.h>

#include "analyze/trace.h"
#include "dump/memory.h"
#include "dump/notes.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define STACK_ALIGN (16u << 10) /* THREAD_SIZE of the supported machines, without sanitizers */
#define FRAME_MAX (64u << 10)   /* bytes; no frame is larger */
#define PT_REGS_WORDS 21        /* struct pt_regs of x86_64: the registers of a PRSTATUS note up to ss */

/* Words of x86_64's struct pt_regs, and of its PRSTATUS note. */
enum { R13 = 2, BP = 4, R10 = 7, DX = 12, DI = 14, IP = 16, CS = 17, SP = 19 };

/* The current state of unwinding. */
struct walk {
	const struct tracer *tracer;
	const struct info *info;
	struct trace *trace;
	uint64_t ip, sp, fp;
	bool called;
	uint64_t regs[PT_REGS_WORDS]; /* only ORC needs them */
	bool has_regs;
};

void trace_open(struct tracer *tracer, const struct kernel *kernel, const struct modules *modules)
{
	*tracer = (struct tracer){ .memory = kernel->memory, .symbols = kernel->symbols, .modules = modules };
	tracer->has_orc = orc_find(kernel->symbols, kernel->btf, memory_info(kernel->memory), &tracer->orc);
}

static bool read_stack_word(const struct walk *walk, uint64_t address, uint64_t *value)
{
	struct fault fault;

	return !memory_read_word(walk->tracer->memory, address, value, &fault);
}

static bool is_text(const struct walk *walk, uint64_t address)
{
	return walk->tracer->symbols && symbols_is_text(walk->tracer->symbols, address);
}

/* Kernel addresses include those of modules. */
static bool is_kernel(const struct walk *walk, uint64_t address)
{
	uint64_t start = walk->info->machine->kernel_start;

	return start && address >= start;
}

static bool append_frame(struct walk *walk, struct trace_frame frame)
{
	if (walk->trace->count == TRACE_FRAMES_MAX)
		return false;
	walk->trace->frames[walk->trace->count++] = frame;
	return true;
}

/* --- guesses --- */

/* Can this be a return address? If the code before it is missing, any address but a function's start may be. */
static bool is_return(const struct walk *walk, uint64_t address)
{
	const struct machine *machine = walk->info->machine;
	unsigned char code[MACHINE_CALL_BYTES];
	uint64_t target = address - 1, size;
	struct symbol symbol;
	struct fault fault;

	if (!is_text(walk, address - 1) || address % machine->call_align)
		return false;
	if (!machine->is_call)
		return true;
	if (!memory_read(walk->tracer->memory, address - sizeof(code), code, sizeof(code), &fault))
		return machine->is_call(code, address, &target) && is_text(walk, target);
	return symbols_at(walk->tracer->symbols, address, &symbol, &size) && symbol.address != address;
}

/* Return addresses of earlier calls are still on the stack, and cannot be distinguished. */
static void search_stack(struct walk *walk)
{
	unsigned word = walk->info->bits / 8;
	uint64_t at = walk->sp & ~(uint64_t)(word - 1), end = (walk->sp | (STACK_ALIGN - 1)) + 1, value;

	walk->trace->end = read_stack_word(walk, at, &value) ? TRACE_BROKEN : TRACE_LOST;
	if (!walk->tracer->symbols || !is_kernel(walk, at))
		return;
	for (; at != end && read_stack_word(walk, at, &value); at += word) {
		struct trace_frame frame = { .address = value, .sp = at + word, .called = true, .guessed = true };

		if (is_return(walk, value) && !append_frame(walk, frame))
			break;
	}
}

/* --- frame pointers --- */

/* Pointer authentication replaces bits of a return address that are ones in every kernel address. */
static uint64_t restore_signed_bits(const struct walk *walk, uint64_t address)
{
	const char *key = walk->info->machine->sign_mask;
	uint64_t mask;

	if (key && notes_vmcoreinfo_number(walk->info, key, 16, &mask) && is_kernel(walk, address))
		return address | mask;
	return address;
}

/* A frame holds the caller's frame pointer and the address to return to; the frame pointer points to or above them. */
static bool step_to_caller(struct walk *walk)
{
	unsigned word = walk->info->bits / 8;
	uint64_t at = walk->fp - walk->info->machine->frame_below * word, next, address;

	if (walk->fp & (word - 1) || !is_kernel(walk, at) || !read_stack_word(walk, at, &next) ||
	    !read_stack_word(walk, at + word, &address))
		return false;
	if (!next && !address) { /* the end marker of aarch64 */
		walk->fp = 0;
		return false;
	}
	address = restore_signed_bits(walk, address);
	if (!is_kernel(walk, address) || (next && (next <= walk->fp || next - walk->fp > FRAME_MAX)))
		return false;
	walk->sp = at + 2 * word;
	walk->fp = next;
	walk->ip = address;
	walk->called = true;
	walk->has_regs = false;
	return true;
}

/* Follow frame pointers to the end. False: not even the first step succeeded. */
static bool follow_frame_pointers(struct walk *walk)
{
	size_t steps = 0;

	while (walk->fp && step_to_caller(walk)) {
		struct trace_frame frame = { .address = walk->ip, .sp = walk->sp, .called = true };

		if (!steps && walk->tracer->symbols && !is_return(walk, walk->ip))
			return false; /* the register held no frame pointer */
		steps++;
		if (!append_frame(walk, frame))
			break;
	}
	if (steps)
		walk->trace->method = "frame pointers";
	walk->trace->end = walk->fp ? TRACE_BROKEN : TRACE_WHOLE;
	return steps > 0;
}

/* --- ORC --- */

/* The base of the frame: the stack pointer before the call. */
static bool orc_base(const struct walk *walk, const struct orc *orc, uint64_t *base)
{
	static const int at[] = { [ORC_DX] = DX, [ORC_DI] = DI, [ORC_R10] = R10, [ORC_R13] = R13 };

	switch (orc->sp) {
	case ORC_SP:
		*base = walk->sp + (uint64_t)orc->sp_offset;
		return true;
	case ORC_BP:
		*base = walk->fp + (uint64_t)orc->sp_offset;
		return true;
	case ORC_SP_INDIRECT:
		if (!read_stack_word(walk, walk->sp, base))
			return false;
		*base += (uint64_t)orc->sp_offset;
		return true;
	case ORC_BP_INDIRECT:
		return read_stack_word(walk, walk->fp + (uint64_t)orc->sp_offset, base);
	case ORC_DX:
	case ORC_DI:
	case ORC_R10:
	case ORC_R13:
		*base = walk->regs[at[orc->sp]];
		return walk->has_regs;
	case ORC_UNDEFINED:
	case ORC_PREVIOUS_SP:
		break;
	}
	return false;
}

/* Read the caller's rbp, if the frame saved it. */
static bool orc_frame_pointer(struct walk *walk, const struct orc *orc, uint64_t base)
{
	uint64_t at = orc->bp == ORC_BP ? walk->fp : base;

	if (orc->bp != ORC_BP && orc->bp != ORC_PREVIOUS_SP)
		return true; /* the function did not change it */
	return read_stack_word(walk, at + (uint64_t)orc->bp_offset, &walk->fp);
}

/* An exception, an interrupt or a system call: registers are saved at base. *user: it interrupted user code. */
static bool orc_registers(struct walk *walk, const struct orc *orc, uint64_t base, bool *user)
{
	size_t first = orc->type == ORC_REGS ? 0 : IP;

	for (size_t i = first; i < PT_REGS_WORDS; i++)
		if (!read_stack_word(walk, base + 8 * (i - first), &walk->regs[i]))
			return false;
	walk->has_regs = !first;
	*user = walk->regs[CS] & 3;
	if (walk->has_regs)
		walk->fp = walk->regs[BP];
	else if (!orc_frame_pointer(walk, orc, base))
		return false;
	walk->ip = walk->regs[IP];
	walk->sp = walk->regs[SP];
	walk->called = false;
	return true;
}

static bool orc_call(struct walk *walk, const struct orc *orc, uint64_t base)
{
	uint64_t address;

	if (!read_stack_word(walk, base - 8, &address) || !orc_frame_pointer(walk, orc, base) ||
	    !is_kernel(walk, address))
		return false;
	walk->ip = address;
	walk->sp = base;
	walk->called = true;
	walk->has_regs = false;
	return true;
}

/*
 * Some functions have no ORC entry, because they handle the stack themselves: __crash_kexec, which saves the registers
 * of a dump, is one. Such a function returns to the nearest address on the stack that follows a call of itself.
 */
static bool find_caller(struct walk *walk)
{
	uint64_t at = walk->sp & ~UINT64_C(7), end = (walk->sp | (STACK_ALIGN - 1)) + 1, value, size;
	unsigned char code[5];
	struct symbol symbol;
	struct fault fault;

	if (!is_text(walk, walk->ip - walk->called) ||
	    !symbols_at(walk->tracer->symbols, walk->ip - walk->called, &symbol, &size))
		return false;
	for (; at != end && read_stack_word(walk, at, &value); at += 8) {
		if (!is_text(walk, value - sizeof(code)) ||
		    memory_read(walk->tracer->memory, value - sizeof(code), code, sizeof(code), &fault) ||
		    code[0] != 0xe8 || value + (uint64_t)(int32_t)get32(code + 1, false) != symbol.address)
			continue;
		walk->ip = value;
		walk->sp = at + 8;
		walk->called = true;
		walk->has_regs = false;
		return true;
	}
	return false;
}

/* Step to the caller. False: it cannot be found. *end: there is none, the trace is complete. */
static bool orc_step(struct walk *walk, bool *end)
{
	const struct module *module = modules_at(walk->tracer->modules, walk->ip - walk->called);
	const struct orc_table *table = module ? &module->orc : &walk->tracer->orc;
	struct orc orc = { .type = ORC_NONE };
	struct fault fault;
	uint64_t base;

	if (!walk->ip) /* a call through a null pointer: only the return address was pushed */
		orc = (struct orc){ .type = ORC_CALL, .sp = ORC_SP, .sp_offset = 8 };
	else if (orc_look_up(table, walk->tracer->memory, walk->ip - walk->called, &orc, &fault))
		return false;
	*end = orc.type == ORC_END;
	if (*end)
		return true;
	if (orc.type == ORC_NONE)
		return find_caller(walk);
	if (!orc_base(walk, &orc, &base))
		return false;
	if (orc.type == ORC_CALL)
		return orc_call(walk, &orc, base);
	return orc_registers(walk, &orc, base, end);
}

/* False: the trace could not be followed to its end. */
static bool follow_orc(struct walk *walk)
{
	bool end = false;

	for (;;) {
		uint64_t sp = walk->sp, ip = walk->ip;

		if (!orc_step(walk, &end))
			return false;
		if (end)
			break;
		if (walk->sp == sp && walk->ip == ip)
			return false; /* a loop */
		walk->trace->method = "ORC";
		if (!append_frame(walk, (struct trace_frame){ walk->ip, walk->sp, walk->called, false }))
			break;
	}
	walk->trace->end = TRACE_WHOLE;
	walk->trace->method = "ORC";
	return true;
}

/* --- */

static bool start_walk(struct walk *walk, const struct registers *registers)
{
	const struct machine *machine = walk->info->machine;
	unsigned word = machine->bits / 8;

	walk->ip = registers->pc;
	walk->sp = registers->sp;
	walk->fp = machine->prstatus.fp ? registers->value[machine->prstatus.fp / word] : 0;
	walk->has_regs = machine->orc;
	if (machine->orc)
		memcpy(walk->regs, registers->value, sizeof(walk->regs));
	if (registers->value[machine->prstatus.user / word] & machine->prstatus.user_bits)
		return false;
	return is_kernel(walk, walk->sp); /* not the program counter, which may be the reason of the crash */
}

void trace_follow(const struct tracer *tracer, const struct registers *registers, struct trace *trace)
{
	struct walk walk = { .tracer = tracer, .info = memory_info(tracer->memory), .trace = trace };
	uint64_t sp;

	trace->count = 0;
	trace->method = NULL;
	trace->end = TRACE_USER;
	if (!walk.info->machine || !start_walk(&walk, registers))
		return;
	append_frame(&walk, (struct trace_frame){ .address = walk.ip, .sp = walk.sp });
	if (tracer->has_orc && follow_orc(&walk))
		return;
	sp = walk.sp;
	if (!tracer->has_orc && walk.fp && follow_frame_pointers(&walk))
		return;
	walk.sp = sp;
	search_stack(&walk);
}

bool trace_has(const struct tracer *tracer, const struct trace *trace, const char *const *names)
{
	struct symbol symbol;
	uint64_t size;

	for (size_t i = 0; tracer->symbols && i < trace->count; i++) {
		const struct trace_frame *frame = &trace->frames[i];

		if (frame->guessed || !symbols_at(tracer->symbols, frame->address - frame->called, &symbol, &size))
			continue;
		for (const char *const *name = names; *name; name++)
			if (!strcmp(symbol.name, *name))
				return true;
	}
	return false;
}
