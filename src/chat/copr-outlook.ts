import type { Outlook, ServiceWindow } from './outlook.ts';

const second = 1_000;
const minute = 60 * second;

/** About how long each step of the procedure takes on the real estate; everything else a few seconds. */
const times: Readonly<Record<string, number>> = {
  'check-readiness': 40 * second,
  'copy-certificates': 2 * minute,
  'launch-instance': 3.5 * minute,
  'snapshot-ahead': 4 * minute,
  'warm-up': 5 * minute,
  'copy-root-state': minute,
  'try-database': 8 * minute,
  'attach-temporary-storage': 20 * second,
  'associate-temporary-address': 30 * second,
  'provision-ahead': 12 * minute,
  'allow-new-address': 2 * minute,
  'drain-builders': 30 * second,
  'finish-work': 40 * second,
  'back-up-database': 22 * minute,
  'unmount-data': 20 * second,
  'power-off-old': 40 * second,
  'detach-data': 15 * second,
  'attach-data': 15 * second,
  'assemble-storage': 15 * second,
  'serve-repositories': 10 * second,
  'move-address': 30 * second,
  provision: 12 * minute,
  'upgrade-database': 3 * minute,
  'reindex-database': 4 * minute,
  'switch-signing': 90 * second,
  'enable-services': 12 * minute,
  'check-service': 30 * second,
  'reboot-test': 2 * minute,
  'drop-old-address': 2 * minute,
  'terminate-old': 40 * second,
};

/** What users notice while which steps run (section "Outage" of the procedure). */
const windows: readonly ServiceWindow[] = [
  { service: 'web and API', role: 'frontend', from: ['stop-services'], until: ['check-service', 'enable-services'] },
  { service: 'builds', role: 'frontend', from: ['stop-services'], until: ['check-service', 'enable-services'] },
  {
    service: 'builds',
    role: 'backend',
    from: ['drain-builders', 'stop-services'],
    until: ['check-service', 'enable-services'],
  },
  {
    service: 'builds',
    role: 'distgit',
    from: ['hold-builds', 'stop-services'],
    until: ['release-builds', 'check-service'],
  },
  {
    service: 'builds',
    role: 'keygen',
    from: ['hold-builds', 'stop-services'],
    until: ['release-builds', 'check-service'],
  },
  { service: 'repositories', role: 'backend', from: ['unmount-data'], until: ['serve-repositories'] },
];

/** Fedora Copr as its users know it. `speed`: how much faster than the real one the world runs (the simulator's). */
export function coprOutlook(speed = 1): Outlook {
  return {
    windows,
    stepTime: step => (times[step.replace(/^undo-/, '')] ?? 3 * second) / speed,
  };
}
