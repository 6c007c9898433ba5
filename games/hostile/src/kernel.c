// What only the machine's owner may ask of the kernel.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"

static void open_for_writing(const char *const *paths) {
  for (; *paths != NULL; paths++) tried(*paths, open(*paths, O_WRONLY));
}

static void settings(void) {
  open_for_writing((const char *const[]){"/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches",
                                         "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger", "/proc/irq/0/smp_affinity",
                                         NULL});
}

static void devices_of_the_system(void) {
  open_for_writing((const char *const[]){"/sys/power/state", "/sys/fs/cgroup/cgroup.procs",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL});
}

static void kernel_memory(void) {
  for (const char *const *path =
           (const char *const[]){"/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/vda", "/dev/sda",
                                 "/dev/kvm", "/dev/net/tun", "/dev/fuse", "/dev/loop-control", NULL};
       *path; path++)
    tried(*path, open(*path, O_RDONLY));
}

static void kernel_log(void) {
  char text[64];
  tried("syslog", klogctl(3, text, sizeof text));
}

static void namespaces(void) {
  tried("unshare user", unshare(CLONE_NEWUSER));
  tried("unshare mount", unshare(CLONE_NEWNS));
  tried("unshare network", unshare(CLONE_NEWNET));
  tried("clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  uint64_t arguments[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD, 0, 0, 0};
  tried("clone3", syscall(SYS_clone3, arguments, sizeof arguments));
}

static void enter_namespaces(void) {
  tried("open", open("/proc/1/ns/mnt", O_RDONLY));
  const int own = open("/proc/self/ns/net", O_RDONLY);
  tried("setns", setns(own, CLONE_NEWNET));
}

static void mounts(void) {
  tried("tmpfs", mount("none", "/tmp", "tmpfs", 0, NULL));
  tried("writable /usr", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL));
  tried("bind", mount("/", "/tmp", NULL, MS_BIND, NULL));
  tried("umount", umount2("/home/player", MNT_DETACH));
  tried("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  tried("open_tree", syscall(SYS_open_tree, -100, "/", 1));
}

static void roots(void) {
  tried("chroot", chroot("/tmp"));
  tried("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
}

static void device_nodes(void) {
  tried("memory", mknod("mem", S_IFCHR | 0666, makedev(1, 1)));
  tried("disk", mknod("/tmp/disk", S_IFBLK | 0666, makedev(254, 0)));
  tried("in shm", mknod("/dev/shm/kmsg", S_IFCHR | 0666, makedev(1, 11)));
}

static void bpf(void) {
  char attributes[128] = {0};
  tried("map", syscall(SYS_bpf, 0, attributes, sizeof attributes));
  tried("program", syscall(SYS_bpf, 5, attributes, sizeof attributes));
}

static void perf(void) {
  char attributes[128] = {1, 0, 0, 0, 128};
  tried("own", syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
  tried("machine", syscall(SYS_perf_event_open, attributes, -1, 0, -1, 0));
}

static void io_uring(void) {
  char parameters[256] = {0};
  tried("setup", syscall(SYS_io_uring_setup, 8, parameters));
}

static void keys(void) {
  tried("add", syscall(SYS_add_key, "user", "key", "x", 1, -4));
  tried("session", syscall(SYS_keyctl, 1, NULL));
  tried("request", syscall(SYS_request_key, "user", "key", NULL, -4));
}

static void page_faults(void) { tried("userfaultfd", syscall(SYS_userfaultfd, 0)); }

static void modules(void) {
  tried("init", syscall(SYS_init_module, "", 0, ""));
  tried("finit", syscall(SYS_finit_module, 0, "", 0));
  tried("kexec", syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static void clocks(void) {
  struct timespec now = {.tv_sec = 1};
  tried("realtime", clock_settime(CLOCK_REALTIME, &now));
  struct timex change = {.modes = ADJ_TICK, .tick = 9000};
  tried("adjtimex", adjtimex(&change));
}

static void machine(void) {
  tried("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL));
  tried("swapoff", syscall(SYS_swapoff, "/swap"));
  tried("hostname", sethostname("mine", 4));
  tried("acct", syscall(SYS_acct, "/tmp/acct"));
}

static void handles(void) {
  char handle[128] = {0};
  handle[0] = 120;
  int mount_id;
  tried("make", syscall(SYS_name_to_handle_at, -100, "/", handle, &mount_id, 0));
  tried("open", syscall(SYS_open_by_handle_at, -100, handle, O_RDONLY));
}

static void capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct all[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}}, own[2] = {{0}};
  tried("capset", syscall(SYS_capset, &header, all));
  tried("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
  syscall(SYS_capget, &header, own);
  if ((own[0].effective | own[0].permitted | own[0].inheritable | own[1].effective | own[1].permitted) != 0)
    escaped("there are some");
}

// The outcome of a program that would be root's, were it not for no_new_privs.
static int exit_of(char *const command[]) {
  const pid_t pid = fork();
  if (pid == 0) {
    close(0);
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    execv(command[0], command);
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void become_root(void) {
  tried("setuid", setuid(0));
  tried("setgid", setgid(0));
  tried("setgroups", setresgid(0, 0, 0));
  const int su = exit_of((char *[]){"/usr/bin/su", "-c", "true", NULL});
  const int mount_program = exit_of((char *[]){"/usr/bin/mount", "-t", "tmpfs", "none", "/tmp", NULL});
  if (su == 0 || mount_program == 0) escaped("su %d, mount %d", su, mount_program);
}

static void terminal(void) {
  char key = 'x';
  const int pty = posix_openpt(O_RDWR | O_NOCTTY);
  tried("the node's", open("/dev/tty", O_RDWR));
  tried("TIOCSTI", ioctl(pty, TIOCSTI, &key));
  tried("TIOCLINUX", ioctl(pty, 0x541c, &key));
  tried("console", open("/dev/console", O_RDWR));
}

// The 32-bit way into the kernel has numbers of its own, which a filter could forget.
static void other_system_calls(void) {
#ifdef __x86_64__
  long answer;
  const long getpid_of_i386 = 20;
  __asm__ volatile("int $0x80" : "=a"(answer) : "a"(getpid_of_i386) : "memory");
  escaped("i386: %ld", answer);
#else
  limited("this machine has none");
#endif
}

const struct attempt KERNEL[] = {
    {"settings", settings},
    {"devices-of-the-system", devices_of_the_system},
    {"kernel-memory", kernel_memory},
    {"kernel-log", kernel_log},
    {"namespaces", namespaces},
    {"enter-namespaces", enter_namespaces},
    {"mounts", mounts},
    {"roots", roots},
    {"device-nodes", device_nodes},
    {"bpf", bpf},
    {"perf", perf},
    {"io-uring", io_uring},
    {"keys", keys},
    {"page-faults", page_faults},
    {"modules", modules},
    {"clocks", clocks},
    {"machine", machine},
    {"handles", handles},
    {"capabilities", capabilities},
    {"become-root", become_root},
    {"terminal", terminal},
    {"other-system-calls", other_system_calls},
    {0},
};
