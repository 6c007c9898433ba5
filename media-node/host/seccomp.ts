import { NearcadeError } from '#shared/errors.ts';

/** System call numbers and audit architecture (linux/audit.h) of one machine type. */
interface Abi {
  readonly audit: number;
  readonly clone: number;
  readonly clone3: number;
  readonly ioctl: number;
  readonly socket: number;
  readonly refused: readonly number[];
}

/**
 * What no game needs and escapes are made of: other processes' memory, mounts and namespaces, kernel modules, keys,
 * io_uring (a rich source of kernel holes), clocks, and system calls that stand outside namespaces.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
 */
const REFUSED: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  move_pages: [279, 239],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  init_module: [175, 105],
  delete_module: [176, 106],
  finit_module: [313, 273],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  syslog: [103, 116],
  vhangup: [153, 58],
  fanotify_init: [300, 262],
  lookup_dcookie: [212, 18],
};

/** x86-64 alone has these: direct access to I/O ports. */
const REFUSED_X64 = [172 /* iopl */, 173 /* ioperm */];

const ABIS: Readonly<Record<string, Abi>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    clone3: 435,
    ioctl: 16,
    socket: 41,
    refused: [...Object.values(REFUSED).map(([x64]) => x64), ...REFUSED_X64],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    clone3: 435,
    ioctl: 29,
    socket: 198,
    refused: Object.values(REFUSED).map(([, arm64]) => arm64),
  },
};

/** Set in the number of an x32 call, which would go around the list (x86-64 only). */
const X32_BIT = 0x40000000;

/** Any of CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (linux/sched.h). */
const CLONE_NEW_NAMESPACE = 0x7e020000;

/** Typing into the terminal that the node was started from (TIOCSTI), or into its console (TIOCLINUX). */
const REFUSED_IOCTLS = [0x5412, 0x541c];

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. Others, AF_VSOCK above all, lead past the network namespace. */
const SOCKET_FAMILIES = [1, 2, 10, 16];

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

// Classic BPF (linux/filter.h, linux/bpf_common.h) and what a seccomp filter answers (linux/seccomp.h).
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const errno = (code: number) => 0x00050000 | code;

/** Offsets in struct seccomp_data; arguments by their low halves. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number) => 16 + 8 * index;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = (offset: number): Instruction => [LOAD_WORD, 0, 0, offset];
const answer = (value: number): Instruction => [RETURN, 0, 0, value];

/** `body` when the accumulator passes the test, else the next instruction after it. */
const when = (test: number, value: number, body: readonly Instruction[]): Instruction[] => [
  [test, 0, body.length, value],
  ...body,
];

/** The filter that a game runs under, for `bwrap --seccomp`. 64-bit programs only: 32-bit ones are killed. */
export function seccompFilter(architecture: string = process.arch): Buffer {
  const abi = ABIS[architecture];
  if (abi === undefined) {
    throw new NearcadeError('host_failed', `No system call filter for ${architecture}`);
  }
  return assemble([
    load(ARCHITECTURE),
    [JUMP_EQUAL, 1, 0, abi.audit],
    answer(KILL_PROCESS),
    load(NUMBER),
    ...when(JUMP_AT_LEAST, X32_BIT, [answer(KILL_PROCESS)]),
    ...abi.refused.flatMap(number => when(JUMP_EQUAL, number, [answer(errno(EPERM))])),
    // Its flags lie in memory, where a filter cannot look. The C library then falls back to clone.
    ...when(JUMP_EQUAL, abi.clone3, [answer(errno(ENOSYS))]),
    ...when(JUMP_EQUAL, abi.clone, [
      load(argument(0)),
      ...when(JUMP_ANY_BIT, CLONE_NEW_NAMESPACE, [answer(errno(EPERM))]),
      answer(ALLOW),
    ]),
    ...when(JUMP_EQUAL, abi.ioctl, [
      load(argument(1)),
      ...REFUSED_IOCTLS.flatMap(request => when(JUMP_EQUAL, request, [answer(errno(EPERM))])),
      answer(ALLOW),
    ]),
    ...when(JUMP_EQUAL, abi.socket, [
      load(argument(0)),
      ...SOCKET_FAMILIES.flatMap(family => when(JUMP_EQUAL, family, [answer(ALLOW)])),
      answer(errno(EAFNOSUPPORT)),
    ]),
    answer(ALLOW),
  ]);
}

function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}
