import { kindsOf } from '#engine/define-change.ts';
import { allowCopy } from './allow-copy.ts';
import { assembleArrays } from './assemble-arrays.ts';
import { assignIpv6 } from './assign-ipv6.ts';
import { associateAddress } from './associate-address.ts';
import { attachRestoredVolume } from './attach-restored-volume.ts';
import { attachVolume } from './attach-volume.ts';
import { backUpDatabase } from './back-up-database.ts';
import { buildPackage } from './build-package.ts';
import { checkPlaybook } from './check-playbook.ts';
import { copyFolders } from './copy-folders.ts';
import { createSnapshot } from './create-snapshot.ts';
import { createSwapFile } from './create-swap-file.ts';
import { createVolume } from './create-volume.ts';
import { cutBackupSleep } from './cut-backup-sleep.ts';
import { deleteBuilders } from './delete-builders.ts';
import { deleteSnapshot } from './delete-snapshot.ts';
import { deleteVolume } from './delete-volume.ts';
import { detachVolume } from './detach-volume.ts';
import { disassociateAddress } from './disassociate-address.ts';
import { editDns } from './edit-dns.ts';
import { editInventory } from './edit-inventory.ts';
import { forbidCopy } from './forbid-copy.ts';
import { installPackages } from './install-packages.ts';
import { killProcesses } from './kill-processes.ts';
import { launchInstance } from './launch-instance.ts';
import { makeFileSystem } from './make-file-system.ts';
import { migrateSchema } from './migrate-schema.ts';
import { mount } from './mount.ts';
import { playPlaybook } from './play-playbook.ts';
import { pullCheckout } from './pull-checkout.ts';
import { rebootHost } from './reboot-host.ts';
import { reindexDatabase } from './reindex-database.ts';
import { removeFile } from './remove-file.ts';
import { replaceLines } from './replace-lines.ts';
import { restoreFile } from './restore-file.ts';
import { restoreOldDatabase } from './restore-old-database.ts';
import { runCommand } from './run-command.ts';
import { seeIpv6 } from './see-ipv6.ts';
import { setAsideInstance } from './set-aside-instance.ts';
import { setBuildersMax } from './set-builders-max.ts';
import { setDeleteOnTermination } from './set-delete-on-termination.ts';
import { setFstabOptions } from './set-fstab-options.ts';
import { setTags } from './set-tags.ts';
import { setTerminationProtection } from './set-termination-protection.ts';
import { setUdevRulesMasked } from './set-udev-rules-masked.ts';
import { setUnits } from './set-units.ts';
import { setVolumeGroupActive } from './set-volume-group-active.ts';
import { setVolumeGroupAutoactivation } from './set-volume-group-autoactivation.ts';
import { shutDownHost } from './shut-down-host.ts';
import { startInstance } from './start-instance.ts';
import { stopArrays } from './stop-arrays.ts';
import { stopInstance } from './stop-instance.ts';
import { terminateInstance } from './terminate-instance.ts';
import { testSigning } from './test-signing.ts';
import { unassignIpv6 } from './unassign-ipv6.ts';
import { unmount } from './unmount.ts';
import { updateDns } from './update-dns.ts';
import { updateSystem } from './update-system.ts';
import { upgradeDatabase } from './upgrade-database.ts';
import { writeFile } from './write-file.ts';

/** Every kind of change. A test finds a file that isn't here. */
export const kinds = kindsOf([
  allowCopy,
  assembleArrays,
  assignIpv6,
  associateAddress,
  attachRestoredVolume,
  attachVolume,
  backUpDatabase,
  buildPackage,
  checkPlaybook,
  copyFolders,
  createSnapshot,
  createSwapFile,
  createVolume,
  cutBackupSleep,
  deleteBuilders,
  deleteSnapshot,
  deleteVolume,
  detachVolume,
  disassociateAddress,
  editDns,
  editInventory,
  forbidCopy,
  installPackages,
  killProcesses,
  launchInstance,
  makeFileSystem,
  migrateSchema,
  mount,
  playPlaybook,
  pullCheckout,
  rebootHost,
  reindexDatabase,
  removeFile,
  replaceLines,
  restoreFile,
  restoreOldDatabase,
  runCommand,
  seeIpv6,
  setAsideInstance,
  setBuildersMax,
  setDeleteOnTermination,
  setFstabOptions,
  setTags,
  setTerminationProtection,
  setUdevRulesMasked,
  setUnits,
  setVolumeGroupActive,
  setVolumeGroupAutoactivation,
  shutDownHost,
  startInstance,
  stopArrays,
  stopInstance,
  terminateInstance,
  testSigning,
  unassignIpv6,
  unmount,
  updateDns,
  updateSystem,
  upgradeDatabase,
  writeFile,
]);
