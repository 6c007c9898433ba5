import { describe, expect, it } from 'vitest';
import { seccompFilter } from './seccomp.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;

const X64 = 0xc000003e;
const ARM64 = 0xc00000b7;

/** Runs classic BPF, the instructions that the filter uses, as the kernel would for one system call. */
function answer(filter: Buffer, audit: number, number: number, ...args: number[]): number {
  const data = Buffer.alloc(64);
  data.writeInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt(value), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const code = filter.readUInt16LE(at * 8);
    const value = filter.readUInt32LE(at * 8 + 4);
    const jump = (taken: boolean) => filter.readUInt8(at * 8 + (taken ? 2 : 3));
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x15) at += jump(accumulator === value);
    else if (code === 0x35) at += jump(accumulator >= value);
    else if (code === 0x45) at += jump((accumulator & value) !== 0);
    else if (code === 0x06) return value;
    else throw new Error(`no instruction ${code}`);
  }
}

describe.each([
  [
    'x64',
    X64,
    { read: 0, ptrace: 101, mount: 165, addKey: 248, clone: 56, ioctl: 16, socket: 41, exit: 231 },
  ],
  [
    'arm64',
    ARM64,
    { read: 63, ptrace: 117, mount: 40, addKey: 217, clone: 220, ioctl: 29, socket: 198, exit: 94 },
  ],
] as const)('the system call filter of %s', (architecture, audit, call) => {
  const filter = seccompFilter(architecture);
  const of = (number: number, ...args: number[]) => answer(filter, audit, number, ...args);

  it('lets a game work', () => {
    const [threadFlags, getWindowSize] = [0x3d0f00, 0x5413];
    for (const allowed of [
      of(call.read),
      of(call.exit),
      of(call.clone, threadFlags),
      of(call.ioctl, 1, getWindowSize),
      ...[1, 2, 10, 16].map(family => of(call.socket, family)),
    ]) {
      expect(allowed).toBe(ALLOW);
    }
  });

  it('refuses what escapes are made of', () => {
    for (const refused of [
      ...[call.ptrace, call.mount, call.addKey, 425].map(number => of(number)),
      ...[0x10000000, 0x20000, 0x40000000].map(namespace => of(call.clone, namespace | 17)),
      ...[0x5412, 0x541c].map(request => of(call.ioctl, 0, request)),
    ]) {
      expect(refused).toBe(EPERM);
    }
    expect(of(435)).toBe(ENOSYS);
    expect(of(call.socket, 40)).toBe(EAFNOSUPPORT);
  });

  it('kills programs of another machine type', () => {
    expect(answer(filter, 0x40000003, call.read)).toBe(KILL);
  });
});

describe('the system call filter', () => {
  it('kills x32 calls, which would go around it', () => {
    expect(answer(seccompFilter('x64'), X64, 0x40000000 | 101)).toBe(KILL);
  });

  it('is not there for machines it was not written for', () => {
    expect(() => seccompFilter('ppc64')).toThrow(/No system call filter for ppc64/);
  });
});
