import type { HostCommand } from '../call.ts';
import { ansibleInventory } from '../playbook/ansible-inventory.ts';
import { rbacPlaybook } from '../playbook/rbac-playbook.ts';
import { alembic } from './alembic.ts';
import { mdadm } from './arrays.ts';
import * as block from './block-devices.ts';
import * as copr from './copr.ts';
import { coprCli } from './copr-cli.ts';
import { curl, git } from './curl.ts';
import * as database from './database.ts';
import * as files from './files.ts';
import { flock, setsid } from './locks.ts';
import * as mounts from './mounts.ts';
import * as processes from './processes.ts';
import { rsync } from './rsync.ts';
import { sshKeygen } from './ssh-keygen.ts';
import * as system from './system.ts';
import { systemctl } from './systemctl.ts';
import * as users from './users.ts';
import { lvmReport, vgchange } from './volume-groups.ts';

/** Every command that knows a host's state, by name; the rest of a system's commands are just-bash's own. */
export const hostCommands: Readonly<Record<string, HostCommand>> = {
  systemctl,
  flock,
  setsid,
  curl,
  git,
  'rbac-playbook': rbacPlaybook,
  zgrep: files.zgrep,
  'ansible-inventory': ansibleInventory,
  mount: mounts.mount,
  umount: mounts.umount,
  findmnt: mounts.findmnt,
  fuser: mounts.fuser,
  lsof: mounts.lsof,
  lsblk: block.lsblk,
  blkid: block.blkid,
  mdadm,
  vgchange,
  vgs: lvmReport,
  lvs: lvmReport,
  pvs: lvmReport,
  'mkfs.ext4': block.mkfs,
  ps: processes.ps,
  pgrep: processes.pgrep,
  pkill: processes.pkill,
  kill: processes.kill,
  sudo: users.sudo,
  runuser: users.runuser,
  su: database.su,
  id: users.id,
  whoami: users.whoami,
  umask: files.umask,
  chown: files.chown,
  chgrp: files.chgrp,
  chcon: files.chcon,
  restorecon: files.restorecon,
  semanage: files.semanage,
  chmod: files.chmod,
  sync: files.sync,
  stat: files.stat,
  tail: files.tail,
  ls: files.ls,
  getfattr: files.getfattr,
  mountpoint: files.mountpoint,
  df: files.df,
  du: files.du,
  rsync,
  hostname: system.hostname,
  uname: system.uname,
  uptime: system.uptime,
  udevadm: system.udevadm,
  journalctl: system.journalctl,
  shutdown: system.shutdown,
  reboot: system.reboot,
  poweroff: system.poweroff,
  swapon: system.swapon,
  mkswap: system.mkswap,
  dd: system.dd,
  fallocate: system.fallocate,
  ip: system.ip,
  nmcli: system.nmcli,
  rpm: system.rpm,
  dnf: system.dnf,
  openssl: system.openssl,
  getent: system.getent,
  'ssh-keyscan': system.sshKeyscan,
  'ssh-keygen': sshKeygen,
  nft: system.nft,
  xz: system.xz,
  xzcat: system.xzcat,
  xzgrep: system.xzgrep,
  env: system.env,
  psql: database.psql,
  'postgresql-setup': database.postgresqlSetup,
  pg_controldata: database.pgControldata,
  reindexdb: database.reindexdb,
  vacuumdb: database.vacuumdb,
  'backup-database': database.backupDatabase,
  'copr-frontend': database.coprFrontend,
  'copr-cli': coprCli,
  'alembic-3': alembic,
  'resalloc-maint': copr.resallocMaint,
  sign: copr.sign,
  gpg: copr.gpg,
};
