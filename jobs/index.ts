import { type Steps, stepsOf } from '#engine/define-step.ts';
import type { WayBackSteps } from '#engine/plan-step.ts';
import { announceDone } from './announce/announce-done.ts';
import { announceOutage } from './announce/announce-outage.ts';
import { announceOver } from './announce/announce-over.ts';
import { announcePlanned } from './announce/announce-planned.ts';
import { announceBack } from './back/announce-back.ts';
import { announceWayBack } from './back/announce-way-back.ts';
import { checkOld } from './back/check-old.ts';
import { checkReturn } from './back/check-return.ts';
import { playConfiguration } from './back/play-configuration.ts';
import { putDatabaseBack } from './back/put-database-back.ts';
import { readyOld } from './back/ready-old.ts';
import { renameBack } from './back/rename-back.ts';
import { restoreData } from './back/restore-data.ts';
import { restoreDatabase } from './back/restore-database.ts';
import { setAsideNew } from './back/set-aside-new.ts';
import { startOld } from './back/start-old.ts';
import { startServices } from './back/start-services.ts';
import { assembleStorage } from './outage/assemble-storage.ts';
import { attachData } from './outage/attach-data.ts';
import { backUpDatabaseStep } from './outage/back-up-database.ts';
import { changeDns } from './outage/change-dns.ts';
import { checkService } from './outage/check-service.ts';
import { copyRootState } from './outage/copy-root-state.ts';
import { detachData } from './outage/detach-data.ts';
import { drainBuilders } from './outage/drain-builders.ts';
import { enableServices } from './outage/enable-services.ts';
import { endBirthday } from './outage/end-birthday.ts';
import { finishWork } from './outage/finish-work.ts';
import { holdBuilds } from './outage/hold-builds.ts';
import { migrateDatabase } from './outage/migrate-database.ts';
import { mountData } from './outage/mount-data.ts';
import { moveAddress } from './outage/move-address.ts';
import { powerOffOld } from './outage/power-off-old.ts';
import { provision } from './outage/provision.ts';
import { rebootTest } from './outage/reboot-test.ts';
import { reindexDatabaseStep } from './outage/reindex-database.ts';
import { releaseBuilds } from './outage/release-builds.ts';
import { releaseTemporaryStorage } from './outage/release-temporary-storage.ts';
import { serveRepositories } from './outage/serve-repositories.ts';
import { snapshotData } from './outage/snapshot-data.ts';
import { stopDatabase } from './outage/stop-database.ts';
import { stopServices } from './outage/stop-services.ts';
import { switchSigning } from './outage/switch-signing.ts';
import { unmountData } from './outage/unmount-data.ts';
import { upgradeDatabaseStep } from './outage/upgrade-database.ts';
import { addTemporaryHost } from './prepare/add-temporary-host.ts';
import { allowNewAddress } from './prepare/allow-new-address.ts';
import { applyHotFixes } from './prepare/apply-hot-fixes.ts';
import { associateTemporaryAddress } from './prepare/associate-temporary-address.ts';
import { attachTemporaryStorage } from './prepare/attach-temporary-storage.ts';
import { attachTrialVolume } from './prepare/attach-trial-volume.ts';
import { checkReadiness } from './prepare/check-readiness.ts';
import { copyCertificates } from './prepare/copy-certificates.ts';
import { copyRootStateAhead } from './prepare/copy-root-state-ahead.ts';
import { createTemporaryStorage } from './prepare/create-temporary-storage.ts';
import { createTrialVolume } from './prepare/create-trial-volume.ts';
import { endTemporaryBirthday } from './prepare/end-temporary-birthday.ts';
import { formatTemporaryStorage } from './prepare/format-temporary-storage.ts';
import { installDatabase } from './prepare/install-database.ts';
import { launchInstanceStep } from './prepare/launch-instance.ts';
import { lowerDnsTtl } from './prepare/lower-dns-ttl.ts';
import { pinHostKeys } from './prepare/pin-host-keys.ts';
import { provisionAhead } from './prepare/provision-ahead.ts';
import { quietNew } from './prepare/quiet-new.ts';
import { removeTemporaryHost } from './prepare/remove-temporary-host.ts';
import { removeTrialVolume } from './prepare/remove-trial-volume.ts';
import { secureInstance } from './prepare/secure-instance.ts';
import { snapshotAhead } from './prepare/snapshot-ahead.ts';
import { tryDatabase } from './prepare/try-database.ts';
import { warmUp } from './prepare/warm-up.ts';
import { checkRetirement } from './retire/check-retirement.ts';
import { deleteSnapshots } from './retire/delete-snapshots.ts';
import { keepDumps } from './retire/keep-dumps.ts';
import { releaseTemporary } from './retire/release-temporary.ts';
import { terminateOld } from './retire/terminate-old.ts';
import { dropOldAddress } from './settle/drop-old-address.ts';
import { quietOld } from './settle/quiet-old.ts';
import { renameInstances } from './settle/rename-instances.ts';
import { restoreDnsTtl } from './settle/restore-dns-ttl.ts';
import { writeUp } from './settle/write-up.ts';

/** Every step of the procedure. A new one is a file and a line here. */
export const steps: Steps = stepsOf([
  checkReadiness,
  copyCertificates,
  launchInstanceStep,
  secureInstance,
  pinHostKeys,
  snapshotAhead,
  lowerDnsTtl,
  warmUp,
  copyRootStateAhead,
  installDatabase,
  createTrialVolume,
  attachTrialVolume,
  tryDatabase,
  removeTrialVolume,
  createTemporaryStorage,
  attachTemporaryStorage,
  formatTemporaryStorage,
  associateTemporaryAddress,
  addTemporaryHost,
  provisionAhead,
  endTemporaryBirthday,
  quietNew,
  removeTemporaryHost,
  allowNewAddress,
  applyHotFixes,
  announcePlanned,
  announceOutage,
  holdBuilds,
  drainBuilders,
  stopServices,
  finishWork,
  backUpDatabaseStep,
  stopDatabase,
  copyRootState,
  releaseTemporaryStorage,
  unmountData,
  powerOffOld,
  snapshotData,
  detachData,
  attachData,
  assembleStorage,
  mountData,
  serveRepositories,
  moveAddress,
  changeDns,
  provision,
  endBirthday,
  upgradeDatabaseStep,
  reindexDatabaseStep,
  migrateDatabase,
  switchSigning,
  enableServices,
  checkService,
  rebootTest,
  releaseBuilds,
  announceOver,
  renameInstances,
  dropOldAddress,
  quietOld,
  restoreDnsTtl,
  announceDone,
  writeUp,
  announceWayBack,
  checkOld,
  restoreDatabase,
  announceBack,
  checkReturn,
  startOld,
  readyOld,
  restoreData,
  putDatabaseBack,
  playConfiguration,
  startServices,
  renameBack,
  setAsideNew,
  checkRetirement,
  keepDumps,
  terminateOld,
  deleteSnapshots,
  releaseTemporary,
]);

/** What a way back has beside the inverses. */
export const wayBackSteps: WayBackSteps = {
  begins: announceWayBack.id,
  check: { step: checkOld.id, as: checkService.id },
  over: announceBack.id,
  restore: {
    step: restoreDatabase.id,
    kinds: ['upgrade-database', 'migrate-schema'],
    foundToo: ['upgrade-database'],
    from: snapshotData.id,
    insteadOf: detachData.id,
  },
};
