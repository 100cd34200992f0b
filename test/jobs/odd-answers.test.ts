import { describe, expect, it } from 'vitest';
import { installPackages } from '#changes/install-packages.ts';
import { setVolumeGroupActive } from '#changes/set-volume-group-active.ts';
import { setVolumeGroupAutoactivation } from '#changes/set-volume-group-autoactivation.ts';
import { blockDevicesOf, isThere, mountsOf, unitStatesOf } from '#changes/shared/host-reads.ts';
import { Refused } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { StepDefinition, Verdict } from '#engine/define-step.ts';
import { copyRootState } from '#jobs/outage/copy-root-state.ts';
import { unmountData } from '#jobs/outage/unmount-data.ts';
import { pinHostKeys } from '#jobs/prepare/pin-host-keys.ts';
import { removeTrialVolume } from '#jobs/prepare/remove-trial-volume.ts';
import { fileSystemFacts, hotFixes } from '#jobs/read/host-facts.ts';
import { noneActive } from '#jobs/verify/none-active.ts';
import { presentsPinnedKeys } from '#jobs/verify/presents-pinned-keys.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import { type Script, scriptedReaders } from '../fakes/scripted-ports.ts';

const host = { instance: 'i-1' };
const shellOf = (script: Script) => scriptedReaders(script).shell;
const dies = { code: 137, stderr: 'Killed' };

async function verdictOf(
  step: StepDefinition,
  target: string,
  script: Script,
  outputs: Record<string, JsonObject> = {},
): Promise<Verdict | undefined> {
  const environment = target.endsWith('-dev') ? 'dev' : 'prod';
  const facts = { [target]: { old: { instance: 'i-old' }, storage: {}, fileSystems: [], volumes: [] } as JsonObject };
  const context = stepContext(await exampleSettings(environment), target, { facts, outputs });
  return step.verify?.(scriptedReaders(script), context);
}
const launched = { 'launch-instance': { instance: 'i-new' } };

describe('a command that fails has not said no', () => {
  it('`test` says yes by 0 and no by 1, anything else is no answer', async () => {
    const asks = (code: number) => isThere(shellOf({ reads: { 'test -e': { code } } }), host, '/mark');
    expect(await asks(0)).toBe(true);
    expect(await asks(1)).toBe(false);
    await expect(asks(137)).rejects.toMatchObject({ code: 'read-failed', retry: true });
  });

  it('rpm that can’t read its database has not said that a package is missing', async () => {
    const look = (answer: object) =>
      installPackages.definition.look(
        scriptedReaders({ reads: { 'rpm -q': answer } }),
        { host, packages: ['postgresql-server'] },
        { run: 'r1', key: 'k' },
      );
    expect(await look({ code: 1, stdout: 'package postgresql-server is not installed\n' })).toEqual({ is: 'before' });
    await expect(look({ code: 1, stderr: "error: can't create transaction lock" })).rejects.toBeInstanceOf(Refused);
    await expect(
      hotFixes(shellOf({ reads: { 'rpm -V': { code: 1, stderr: 'error: cannot open Packages database\n' } } }), host),
    ).rejects.toMatchObject({ code: 'can-not-read' });
  });

  it('systemctl without a word has not said that a unit is down', async () => {
    const verdict = (answer: object) => noneActive(shellOf({ reads: { 'systemctl is-active': answer } }), host, ['a']);
    expect(await verdict({ code: 3, stdout: 'inactive\n' })).toEqual({ ok: true });
    for (const state of ['active', 'activating', 'reloading', 'refreshing', 'deactivating'])
      expect(await verdict({ code: 3, stdout: `${state}\n` }), state).toMatchObject({ ok: false, wait: true });
    expect(await verdict({ code: 3, stdout: 'failed\n' })).toEqual({ ok: true });
    expect(await verdict({ code: 1, stderr: 'Failed to connect to bus\n' })).toMatchObject({ ok: false, wait: true });
  });

  it('/proc/mdstat that can’t be read has not said that no array is left', async () => {
    const reads = (mdstat: object | string) => verdictOf(unmountData, 'copr-be', { reads: { cat: mdstat } });
    expect(await reads('Personalities : [raid10]\n')).toEqual({ ok: true });
    expect(await reads('md127 : active raid10\n')).toMatchObject({ ok: false });
    await expect(reads(dies)).rejects.toMatchObject({ code: 'read-failed' });
  });

  it('lsblk that fails has not said that the copy is gone', async () => {
    const reads = (lsblk: object | string) =>
      verdictOf(removeTrialVolume, 'copr-fe-dev', { reads: { lsblk } }, launched);
    expect(await reads('{"blockdevices": []}')).toEqual({ ok: true });
    await expect(reads(dies)).rejects.toMatchObject({ code: 'read-failed' });
  });

  it('an answer that is cut off, or without what was asked for, has said nothing', async () => {
    const again = { name: 'Refused', code: 'read-failed', retry: true };
    const target = { name: 'fe', mounts: [{ path: '/srv/copr-fe', label: null, bind: null }] } as never;
    for (const text of ['', '{"filesystems": [{"target":', '{}', 'findmnt: warning\n{"filesystems": []}', 'null']) {
      const shell = shellOf({ reads: { findmnt: text, lsblk: text, lvs: text, vgs: text, systemctl: text } });
      for (const read of [
        () => mountsOf(shell, host),
        () => fileSystemFacts(shell, host, target),
        () => blockDevicesOf(shell, host),
        () => unitStatesOf(shell, host, ['a.service', 'b.service']),
      ])
        await expect(read(), text).rejects.toMatchObject(again);
      const readers = { ...scriptedReaders({}), shell };
      for (const { definition } of [setVolumeGroupActive, setVolumeGroupAutoactivation])
        await expect(
          definition.look(readers, { host, group: 'vg', active: true, enabled: true } as never, { run: 'r', key: 'k' }),
          text,
        ).rejects.toMatchObject(again);
    }
  });

  it('a folder that can’t be counted is not one that isn’t there', async () => {
    const counted = (du: object) => verdictOf(copyRootState, 'copr-fe-dev', { reads: { du } }, launched);
    expect(await counted({ code: 1, stderr: "du: cannot access '/root/x': No such file or directory" })).toEqual({
      ok: true,
    });
    expect(await counted(dies)).toMatchObject({ ok: false, wait: true });
  });
});

describe('host keys that the console has half', () => {
  const key = (seed: number) => {
    const head = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAI'.padEnd(28, 'A'), 'base64').subarray(0, 19);
    return `ssh-ed25519 ${Buffer.concat([head, Buffer.alloc(32, seed)]).toString('base64')}`;
  };
  const console = (...lines: readonly string[]) =>
    ['-----BEGIN SSH HOST KEY KEYS-----', ...lines, '-----END SSH HOST KEY KEYS-----'].join('\n');
  const pins = async (text: string) => {
    const context = stepContext(await exampleSettings('dev'), 'copr-fe-dev', {
      facts: { 'copr-fe-dev': { old: { instance: 'i-old' } } },
      outputs: launched,
    });
    const readers = scriptedReaders({});
    return pinHostKeys.verify?.({ ...readers, compute: { ...readers.compute, console: async () => text } }, context);
  };

  it('are read again; a whole one is pinned, half a one never', async () => {
    expect(await pins(console(key(1), key(2)))).toEqual({
      ok: true,
      outputs: { instance: 'i-new', keys: [key(1), key(2)] },
    });
    const half = key(2).slice(0, 60);
    expect(await pins(console(key(1), half))).toMatchObject({
      ok: true,
      again: expect.stringContaining('cut a host key in two'),
      outputs: { keys: [key(1)] },
    });
    expect(await pins(console(half))).toMatchObject({ ok: false, wait: true });
  });

  it('leave the host known by the others: a type that isn’t pinned proves nothing', async () => {
    const settings = await exampleSettings('dev');
    const context = stepContext(settings, 'copr-fe-dev', {
      facts: { 'copr-fe-dev': { old: { instance: 'i-old' } } },
      outputs: { ...launched, 'pin-host-keys': { keys: [key(1)] } },
    });
    const presents = (...keys: readonly string[]) =>
      presentsPinnedKeys(
        scriptedReaders({ reads: { 'ssh-keyscan': keys.map(one => `copr.example.org ${one}\n`).join('') } }),
        context,
        '-4',
      );
    expect(await presents(key(1), 'ssh-rsa AAAAother')).toEqual({ ok: true });
    expect(await presents(key(2))).toMatchObject({ ok: false });
    expect(await presents(key(1), key(2))).toMatchObject({ ok: false });
    expect(await presents('ssh-rsa AAAAother')).toMatchObject({ ok: false });
  });
});
