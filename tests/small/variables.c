/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Variables of Linux 6.1 that crash and drgn ask for by name, as they are declared there. BTF has the kernel's types but
 * not which variable has which. tests/small/vmlinux compiles this after the types, and links the names to their addresses.
 */
struct cpumask __cpu_online_mask, __cpu_possible_mask, __cpu_present_mask;
unsigned long __per_cpu_offset[8192];
unsigned int __pgtable_l5_enabled;
atomic_long_t _totalram_pages;
unsigned long avenrun[3];
struct cpuinfo_x86 boot_cpu_data, cpu_info;
struct cgroup_root cgrp_dfl_root;
unsigned int cpu_khz;
note_buf_t *crash_notes;
int crashing_cpu;
struct task_struct *current_task;
struct exception_stacks exception_stacks;
void *hardirq_stack_ptr;
struct hstate hstates[2];
unsigned long huge_zero_pfn;
struct task_struct *idle_threads;
gate_desc idt_table[256];
struct mm_struct init_mm;
struct net init_net;
struct pid_namespace init_pid_ns;
struct task_struct init_task;
struct uts_namespace init_uts_ns;
struct xarray irq_desc_tree;
u64 jiffies_64;
struct kmem_cache *kmem_cache;
struct kernel_stat kstat;
char linux_banner[8];
unsigned long max_low_pfn, max_pfn, min_low_pfn;
struct mem_section **mem_section;
struct mod_tree_root mod_tree;
struct list_head modules;
unsigned char mt_pivots[4], mt_slots[4];
pg_data_t *node_data[1024];
nodemask_t node_states[6];
unsigned int nr_cpu_ids;
int nr_irqs;
unsigned int nr_node_ids, nr_swapfiles;
int nr_threads;
unsigned long page_offset_base;
struct trace_print_flags pageflag_names[25];
unsigned int pgdir_shift;
int pid_max;
struct printk_ringbuffer *prb;
struct pv_info pv_info;
char *rlim_names[16];
struct task_group root_task_group;
struct rq runqueues;
char *saved_command_line;
int scheduler_running;
struct timekeeper shadow_timekeeper;
struct list_head slab_caches;
struct swap_info_struct *swap_info[27];
void *sys_call_table[451];
unsigned long sysctl_overcommit_kbytes;
int sysctl_overcommit_memory, sysctl_overcommit_ratio;
struct taint_flag taint_flags[19];
unsigned long tainted_mask;
struct percpu_counter vm_committed_as;
struct vm_event_state vm_event_states;
atomic_long_t vm_node_stat[43], vm_zone_stat[11];
unsigned long vmalloc_base;
struct list_head vmap_area_list;
struct rb_root vmap_area_root;
unsigned long vmemmap_base;
struct vm_struct *vmlist;
struct list_head workqueues;
unsigned long zero_pfn;

/* drgn takes it as the sign that the memory map is a virtual array */
int vmemmap_populate(void)
{
	return 0;
}
