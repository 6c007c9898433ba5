# Accounts, and what a machine needs that does nothing else. Sourced by install.sh.

# One uid a slot: above what useradd and systemd's DynamicUser= hand out, below the ranges for containers (systemd, UIDS-GIDS).
SLOT_UID_BASE=70000
# As many as shared/limits.ts lets a machine have.
SLOTS=64

part_users() {
  local i
  for ((i = 0; i < SLOTS; i++)); do
    expect_ours "$((SLOT_UID_BASE + i))" "nearcade-slot$i"
  done
  {
    echo '# Made by install.sh. Nobody signs in as any of these.'
    echo 'u nearcade - "Nearcade, what needs no rights" /nonexistent /usr/sbin/nologin'
    for ((i = 0; i < SLOTS; i++)); do
      echo "u nearcade-slot$i $((SLOT_UID_BASE + i)) \"Nearcade, slot $i\" /nonexistent /usr/sbin/nologin"
    done
  } >/run/nearcade-sysusers.conf
  put /run/nearcade-sysusers.conf /etc/sysusers.d/nearcade.conf || true
  rm /run/nearcade-sysusers.conf
  systemd-sysusers /etc/sysusers.d/nearcade.conf || die 'the accounts could not be made'
}

# A slot's processes are all killed when it ends: nobody else's may run as that user.
expect_ours() {
  local owner
  owner=$(getent passwd "$1" | cut -d: -f1) || true
  [ -z "$owner" ] || [ "$owner" = "$2" ] || die "the account $owner has the uid $1, which is a slot's"
}

part_system() {
  put "$IMAGE/files/sysctl.conf" /etc/sysctl.d/60-nearcade.conf || true
  # In a container /proc/sys belongs to somebody else.
  [ ! -w /proc/sys/net/core/rmem_max ] || /lib/systemd/systemd-sysctl || die 'the kernel refuses a setting: see above'
  ! put "$IMAGE/files/journald.conf" /etc/systemd/journald.conf.d/nearcade.conf || restart_running systemd-journald
  ! put "$IMAGE/files/chrony.conf" /etc/chrony/conf.d/nearcade.conf || restart_running chrony
  put "$IMAGE/files/logrotate.conf" /etc/logrotate.d/nearcade || true
  put "$IMAGE/files/apt.conf" /etc/apt/apt.conf.d/52nearcade || true
  no_swap
}

restart_running() { ! systemd_runs || systemctl try-restart "$1" || die "$1 does not start with its new configuration"; }

# A game that pages makes every session wait; with none, the kernel ends the game that took too much (OOMScoreAdjust, memory.max).
no_swap() {
  systemctl mask --quiet swap.target
  [ "$(wc -l </proc/swaps)" -le 1 ] || swapoff --all || die 'swap could not be turned off'
}
