import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { checkReturn } from '#jobs/back/check-return.ts';
import { readyOld } from '#jobs/back/ready-old.ts';
import { startOld } from '#jobs/back/start-old.ts';
import { returnedSettings } from '#jobs/returned-settings.ts';
import type { ReturnSettings, RunSettings } from '#jobs/settings.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { SimInstance } from '#sim/state.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const target = 'copr-dist-git-dev';
const seeded = seededTargets[target];
const keptId = `${seeded.instance.slice(0, -3)}aaa`;

let world: ChangeWorld;
let example: RunSettings;
let kept: SimInstance;
let returns: ReturnSettings;

beforeAll(async () => {
  world = await worldWithHosts();
  example = await exampleSettings('dev');
});
afterAll(() => world.stop());

/** The target as it is after an upgrade: the seeded instance serves, another one is left of before, stopped, with a root alone. */
beforeEach(() => {
  const { instances, volumes } = world.kernel.state;
  const serves = instances[seeded.instance] as SimInstance;
  const root = volumes[seeded.rootVolume];
  if (root === undefined) throw new Error('no root');
  volumes['vol-root'] = {
    ...structuredClone(root),
    VolumeId: 'vol-root',
    Attachments: root.Attachments.map(one => ({ ...one, VolumeId: 'vol-root', InstanceId: keptId })),
  };
  const [device] = serves.BlockDeviceMappings.filter(one => one.DeviceName === serves.RootDeviceName);
  if (device === undefined) throw new Error('no root device');
  kept = {
    ...structuredClone(serves),
    InstanceId: keptId,
    PrivateIpAddress: '172.30.2.250',
    State: { Code: 80, Name: 'stopped' },
    BlockDeviceMappings: [{ ...device, Ebs: { ...device.Ebs, VolumeId: 'vol-root' } }],
    NetworkInterfaces: serves.NetworkInterfaces.map(one => ({
      ...structuredClone(one),
      NetworkInterfaceId: 'eni-kept',
      Ipv6Addresses: [],
    })),
    Tags: serves.Tags.map(tag => (tag.Key === 'Name' ? { Key: 'Name', Value: `${tag.Value}-old` } : tag)),
  };
  instances[keptId] = kept;
  returns = {
    upgrade: 'dev-1',
    since: 0,
    kept: {
      instance: keptId,
      networkInterface: 'eni-kept',
      privateIp: '172.30.2.250',
      rootVolume: 'vol-root',
      fedora: 39,
      hostKeys: ['ssh-ed25519 AAAA'],
      ipv6: null,
    },
    launched: { instance: seeded.instance, hostKeys: example.targets[target]?.hostKeys ?? [], ipv6: null },
    undo: {},
    oldCluster: null,
    snapshots: [],
    lost: [],
    remarks: ['bob did stop-services of dev-1 by hand.'],
  };
});
afterEach(() => {
  delete world.kernel.state.instances[keptId];
  delete world.kernel.state.volumes['vol-root'];
});

function context(facts?: Awaited<ReturnType<typeof check>>): StepContext {
  const settings = returnedSettings(example, { [target]: returns });
  const known = facts === undefined ? {} : { facts: { [target]: facts.facts } };
  return stepContext(settings, target, { ...known, run: { what: 'return' } });
}

async function check() {
  const read = await checkReturn.read?.(world.readers, context());
  if (read === undefined) throw new Error('nothing was read');
  return read;
}

describe('an upgrade can be gone back from while its old instance is as it was left', () => {
  test('then the one that serves is what leaves, and the kept one is what comes', async () => {
    const { facts, remarks } = await check();
    expect(facts).toMatchObject({
      old: { instance: seeded.instance },
      kept: { instance: keptId, networkInterface: 'eni-kept', privateIp: '172.30.2.250', rootVolume: 'vol-root' },
      image: { release: 39 },
      certificate: null,
    });
    expect(remarks).toEqual(['bob did stop-services of dev-1 by hand.']);
    expect(startOld.plan?.(context({ facts, remarks }))).toMatchObject([
      { kind: 'start-instance', args: { instance: keptId } },
    ]);
  });

  const altered: readonly [string, () => void, RegExp][] = [
    ['it is gone', () => void delete world.kernel.state.instances[keptId], /is gone: there is nothing to go back to/],
    ['it is terminated', () => alters({ State: { Code: 48, Name: 'terminated' } }), /is terminated: there is nothing/],
    [
      'it has another name',
      () => alters({ Tags: kept.Tags.map(one => (one.Key === 'Name' ? { ...one, Value: 'x' } : one)) }),
      /has Name=x, not Name=copr-distgit-dev-old/,
    ],
    [
      'it is of another environment',
      () => alters({ Tags: kept.Tags.filter(one => one.Key !== 'CoprInstance') }),
      /has no tag CoprInstance, not CoprInstance=devel/,
    ],
    ['nothing protects it', () => alters({ DisableApiTermination: false }), /isn't protected from termination/],
    ['it has another root', () => says(withKept({ rootVolume: 'vol-other' })), /it was vol-other/],
    [
      'something else hangs on it',
      () => {
        const [root] = kept.BlockDeviceMappings;
        if (root !== undefined)
          kept.BlockDeviceMappings.push({
            ...root,
            DeviceName: '/dev/sdz',
            Ebs: { ...root.Ebs, VolumeId: 'vol-more' },
          });
      },
      /vol-more hangs on/,
    ],
    ['it has another address', () => says(withKept({ privateIp: '172.30.2.9' })), /it had 172\.30\.2\.9/],
    [
      'a snapshot that it needs is gone',
      () => says({ ...returns, snapshots: [{ volume: 'vol-1', snapshot: 'snap-0123456789abcdef0' }] }),
      /snap-0123456789abcdef0, the clean snapshot of vol-1 in dev-1, is gone/,
    ],
    [
      'another instance serves than the upgrade launched',
      () => says({ ...returns, launched: { ...returns.launched, instance: 'i-other' } }),
      /dev-1 launched i-other, and i-\w+ is named copr-distgit-dev$/,
    ],
  ];
  test.each(altered)('not where %s', async (_what, alter, sentence) => {
    alter();
    await expect(check()).rejects.toThrow(sentence);
    await expect(check()).rejects.toMatchObject({ code: 'not-returnable' });
  });
});

function alters(more: Partial<SimInstance>): void {
  Object.assign(kept, more);
}

/** The upgrade's journal says something else. */
function says(other: ReturnSettings): void {
  returns = other;
}

function withKept(kept: Partial<ReturnSettings['kept']>): ReturnSettings {
  return { ...returns, kept: { ...returns.kept, ...kept } };
}

describe('the old host gets its data only', () => {
  /** A host on which everything runs stands for it. */
  const onSeeded = async () => {
    const read = await check();
    return context({ ...read, facts: { ...read.facts, kept: { instance: seeded.instance } } });
  };
  const shell = (script: string) => world.sh(seeded.instance, script);

  test('while nothing of the role runs on it, its mount points are free, and its certificate is good', async () => {
    const here = await onSeeded();
    expect(await readyOld.verify?.(world.readers, here)).toMatchObject({ ok: false, why: /still up: .*httpd/ });
    await shell('systemctl stop copr-dist-git dist-git.socket httpd crond dnf-makecache.timer');
    expect(await readyOld.verify?.(world.readers, here)).toMatchObject({
      ok: false,
      why: /\/var\/lib\/dist-git is mounted/,
    });
    await shell('umount /var/lib/dist-git');
    expect(await readyOld.verify?.(world.readers, here)).toMatchObject({ ok: true });
    const settings = here.settings as unknown as RunSettings;
    const about = settings.targets[target];
    if (about === undefined) throw new Error('no target');
    const elsewhere = { ...about, check: { ...about.check, urls: ['https://elsewhere.example/'] } };
    const other = {
      ...here,
      settings: { ...settings, targets: { ...settings.targets, [target]: elsewhere } } as never,
    };
    await expect(readyOld.verify?.(world.readers, other)).rejects.toThrow(/not for elsewhere\.example/);
    const old = { ...here, run: { ...here.run, proposedAt: Date.now() + 400 * 86_400_000 } };
    await expect(readyOld.verify?.(world.readers, old)).rejects.toMatchObject({ code: 'certificate' });
  });

  test('when it is the Fedora that it was', async () => {
    returns = withKept({ instance: seeded.instance });
    const here = context({ facts: { kept: { instance: seeded.instance } }, remarks: [] });
    expect(await startOld.verify?.(world.readers, here)).toMatchObject({ ok: false, why: /runs Fedora 41, it was 39/ });
  });
});
