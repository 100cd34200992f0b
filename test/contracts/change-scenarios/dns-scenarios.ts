import { editDns } from '#changes/edit-dns.ts';
import { seeIpv6 } from '#changes/see-ipv6.ts';
import { updateDns } from '#changes/update-dns.ts';
import { aaaaOf, applyZoneEdit, type ZoneEdit } from '#core/zone/zone-edit.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { dnsBranch, dnsRepository, dnsZone } from '#sim/git/dns-repo.ts';
import { sending } from '../../builders/sending.ts';
import { atKeygen, keygen, ssh } from './pretend-host.ts';
import type { ChangeScenario, ChangeWorld } from './scenario.ts';

const batcave = { host: 'batcave01' };
const name = 'copr-keygen-dev.aws.fedoraproject.org';
const place = { zone: dnsZone.name, file: dnsZone.file, name };
const { ipv6: old, networkInterface } = seededTargets['copr-keygen-dev'];
const fresh = '2600:1f18:8ee:ae00:5:6:7:8';
const move: ZoneEdit = { op: 'set-address', from: old, to: fresh };

const zoneEdit = (edit: ZoneEdit) =>
  editDns({
    host: batcave,
    repository: dnsRepository,
    branch: dnsBranch,
    place,
    edit,
    author: 'Ferry <ferry@example.org>',
    message: 'copr-keygen-dev: a new address\n\nFerry, run dev-12, asked by alice.',
  });

/** What is pushed, but for the serial. */
const pushed = (world: ChangeWorld) => {
  const text = (path: string) => (world.dnsRepo.file(path) ?? '').replace(/\d{10}(?=\s*; serial)/, 'SERIAL');
  return [text(dnsZone.file), text(dnsZone.built)];
};

/** Somebody edits the zone and pushes, past the bot. */
function pushes(world: ChangeWorld, edit: ZoneEdit): void {
  const text = applyZoneEdit(world.dnsRepo.file(dnsZone.file) ?? '', place, edit, Date.now());
  world.dnsRepo.commitAs('Kevin <kevin@example.org>', 'by hand', { [dnsZone.file]: text, [dnsZone.built]: text });
}

const edits = {
  request: { service: 'ssh' as const, host: 'batcave01', action: 'edit-dns' },
  effects: (one: { action: string }) => one.action === 'dns-pushed',
  slow: true,
  undo: 'change' as const,
  view: pushed,
};

const updates = {
  request: { service: 'ssh' as const, host: 'batcave01', action: 'rbac-playbook' },
  effects: (one: { action: string }) => one.action === 'zone-loaded',
  slow: true,
  undo: 'none' as const,
};

export const dnsScenarios: readonly ChangeScenario[] = [
  { kind: 'edit-dns', title: 'another address', arrange: async () => zoneEdit(move), ...edits },
  {
    kind: 'edit-dns',
    title: 'a shorter time, where none was written',
    arrange: async world => {
      const { ttl } = aaaaOf(world.dnsRepo.file(dnsZone.file) ?? '', place);
      return zoneEdit({ op: 'set-ttl', from: ttl, to: '60' });
    },
    ...edits,
  },
  {
    kind: 'update-dns',
    title: 'another address',
    arrange: async world => {
      pushes(world, move);
      return updateDns({ host: batcave, playbook: 'update_dns.yml', name, address: fresh, seconds: null });
    },
    ...updates,
  },
  {
    kind: 'update-dns',
    title: 'another time',
    arrange: async world => {
      pushes(world, { op: 'set-ttl', from: null, to: '60' });
      return updateDns({ host: batcave, playbook: 'update_dns.yml', name, address: old, seconds: 60 });
    },
    ...updates,
  },
  {
    kind: 'see-ipv6',
    title: 'on a host that does not notice by itself',
    arrange: async world => {
      world.kernel.addFault({ service: 'host', action: 'notice-ipv6', host: keygen }, 'drop', 1);
      await world.writers.compute.assignIpv6(
        { networkInterface, address: fresh },
        sending({ sendBy: Date.now() + 20_000 }),
      );
      return seeIpv6({ host: atKeygen, address: fresh });
    },
    ...ssh(keygen, 'see-ipv6', /^connection-up$/),
    slow: true,
    undo: 'none',
  },
];
