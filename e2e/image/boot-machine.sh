#!/bin/bash
# First program in namespaces of its own (machine.ts): makes what a virtual machine has beside its disk, and becomes the systemd on that disk.
#   boot-machine.sh ROOT CACHE
set -euo pipefail
root=$1
cache=$2

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
# The kernel's settings belong to the machine that this runs on.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"

mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root"/dev/{pts,shm,net}
for device in null zero full random urandom tty net/tun; do
  [ -e "/dev/$device" ] || continue
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
: >"$root/dev/console"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"

# What was fetched before: Debian packages, npm's cache, Node itself.
mount_cache() {
  mkdir -p "$cache/$1" "$root/$2"
  mount --bind "$cache/$1" "$root/$2"
}
mount_cache archives var/cache/apt/archives
mount_cache npm root/.npm
mount_cache toolchain var/cache/nearcade

cd "$root"
mkdir -p mnt
pivot_root . mnt
umount -l mnt
# Nothing in here sets the machine's clock, loads a module or restarts it.
exec env -i container=nearcade PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  chroot . /bin/setpriv --bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog -- \
  /lib/systemd/systemd --log-target=console --log-level=warning --show-status=0
