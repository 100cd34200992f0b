import { expect } from 'vitest';
import type { Entry } from '#core/entries.ts';
import type { Gate } from '#core/graph.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { SimCall } from '#sim/state.ts';

/** When somebody approved what: before the sequence number the gate was closed, as seen from outside. */
export interface ApprovedAt {
  readonly run: string;
  readonly targets: readonly string[];
  readonly gates: readonly Gate[];
  readonly seq: number;
}

const targets = Object.entries(seededTargets).map(([name, target]) => ({ name, ...target }));

/** The gate that a change of the outside world stands behind, and whose target it hits; undefined for what needs none. */
function gateOf({ service, action, host, args }: SimCall): { gate: Gate; target: string } | undefined {
  const given = args as Readonly<Record<string, unknown>>;
  const by = (found: { readonly name: string } | undefined, gate: Gate) =>
    found === undefined ? undefined : { gate, target: found.name };
  if (service === 'ec2') {
    const ids = (given.InstanceIds ?? [given.InstanceId]) as readonly unknown[];
    const old = targets.find(one => ids.includes(one.instance));
    switch (action) {
      case 'DetachVolume':
      case 'AttachVolume':
        return by(
          targets.find(one => one.volumes.some(volume => volume.id === given.VolumeId)),
          'storage',
        );
      case 'AssociateAddress':
        return by(
          targets.find(one => one.allocation === given.AllocationId),
          'address',
        );
      case 'UnassignIpv6Addresses':
      case 'StopInstances':
        return by(old, 'address');
      case 'TerminateInstances':
      case 'ModifyInstanceAttribute':
        return by(old, 'retire');
      default:
        return undefined;
    }
  }
  const old = service === 'host' ? targets.find(one => one.instance === host) : undefined;
  if (old === undefined) return undefined;
  switch (action) {
    case 'unit-stopped':
    case 'unit-disabled':
    case 'process-killed':
    case 'builders-deleted':
      return { gate: 'outage', target: old.name };
    case 'unmounted':
    case 'array-stopped':
    case 'volume-group-deactivated':
      return { gate: 'storage', target: old.name };
    default:
      return undefined;
  }
}

/** From outside: every change behind a gate came after somebody had approved that gate for a run that may touch the host. */
export function expectGated(effects: readonly SimCall[], approved: readonly ApprovedAt[]): void {
  let judged = 0;
  const early = effects.flatMap(effect => {
    const behind = gateOf(effect);
    if (behind === undefined) return [];
    judged += 1;
    const allowed = approved.some(
      one => one.seq < effect.seq && one.gates.includes(behind.gate) && mayTouch(one, behind.target, effect),
    );
    return allowed ? [] : [`${behind.gate} ${JSON.stringify(effect)}`];
  });
  expect(early).toEqual([]);
  expect(judged).toBeGreaterThan(0);
}

/** A run touches its own targets; one without the backend holds the builds on it. */
function mayTouch({ targets: mine }: ApprovedAt, target: string, { service }: SimCall): boolean {
  if (mine.includes(target)) return true;
  const hit = targets.find(one => one.name === target);
  return (
    service === 'host' &&
    hit?.role === 'backend' &&
    targets.some(one => mine.includes(one.name) && one.environment === hit.environment)
  );
}

/** From outside: what can be done only once was done once. */
export function expectOnce(effects: readonly SimCall[]): void {
  const once = new Set([
    ...['RunInstances', 'CreateVolume', 'CreateSnapshot', 'AttachVolume', 'DetachVolume', 'AssociateAddress'],
    ...['AssignIpv6Addresses', 'UnassignIpv6Addresses', 'CreateTags', 'StopInstances', 'TerminateInstances'],
    ...['DeleteVolume', 'unmounted', 'array-stopped', 'array-assembled', 'builders-deleted'],
    ...['file-system-made', 'packages-updated'],
  ]);
  const seen = new Map<string, number>();
  for (const { action, host, args } of effects) {
    if (!once.has(action)) continue;
    const { ClientToken: _token, ...what } = args as Readonly<Record<string, unknown>>;
    const key = `${action} ${host ?? ''} ${JSON.stringify(what)}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
  expect(seen.size).toBeGreaterThan(0);
}

/** In the journal: each change was sent once, after its gate was approved and, from the outage on, after it began. */
export function expectOrderly(entries: readonly Entry[]): void {
  const [proposed] = entries;
  if (proposed?.type !== 'proposed') throw new Error('the journal begins otherwise');
  const nodes = new Map(proposed.nodes.map(node => [node.key, node]));
  const sent = new Set<string>();
  const open = new Set<string>();
  let begun = false;
  for (const entry of entries) {
    if (entry.type === 'approved') open.add(entry.gate);
    if (entry.type === 'outage-begun') begun = true;
    // What was certainly not sent may be sent again.
    if (entry.type === 'refused') sent.delete(entry.change);
    if (entry.type !== 'intended') continue;
    const node = nodes.get(entry.change.split('/').slice(0, 2).join('/'));
    expect(node, entry.change).toBeDefined();
    if (node?.gate !== undefined) expect([...open], entry.change).toContain(node.gate);
    if (node?.phase === 'outage' || node?.phase === 'settle') expect(begun, entry.change).toBe(true);
    expect(sent.has(entry.change), `${entry.change} was sent twice`).toBe(false);
    sent.add(entry.change);
  }
}

/** Nothing went wrong, nothing was strange, nobody was asked more than for approval. */
export function expectUndisturbed(entries: readonly Entry[]): void {
  const trouble = ['halted', 'voided', 'failed', 'retried', 'expired', 'rejected', 'reminded', 'noted'];
  expect(entries.filter(entry => trouble.includes(entry.type))).toEqual([]);
  const unclear = entries.filter(entry => entry.type === 'unknown' || entry.type === 'refused');
  expect(unclear.filter(entry => !isOrdinary(entry))).toEqual([]);
}

/** A host that reboots drops its connection. A machine that tests something else too may miss the time for sending. */
function isOrdinary(entry: Entry): boolean {
  if (entry.type === 'unknown') return /\/(warm-up|reboot-test)\//.test(entry.change);
  return entry.type === 'refused' && (entry.code === 'not-sent' || entry.code === 'raced');
}
