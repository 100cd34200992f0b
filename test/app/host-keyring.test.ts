import { describe, expect, it } from 'vitest';
import type { Run } from '#core/run.ts';
import type { Estate } from '#estate/schema.ts';
import type { ComputeReader, Instance } from '#ports/compute.ts';
import { hostKeyring } from '../../src/app/host-keyring.ts';

const inEstate = ['ssh-ed25519 ESTATE'];

/** An upgrade of `be` from i-old to i-new, whose settings were frozen with the keys of then. */
function upgrade(more: Partial<Run> = {}): Run {
  return {
    what: 'upgrade',
    targets: [{ name: 'be' }],
    steps: { 'be/pin-host-keys': { outputs: { instance: 'i-new', keys: ['ssh-ed25519 NEW'] } } },
    facts: { be: { facts: { old: { instance: 'i-old' } } } },
    settings: { targets: { be: { hostKeys: ['ssh-ed25519 FROZEN'] } } },
    ...more,
  } as unknown as Run;
}

function keyring(names: Readonly<Record<string, string>>, runs: readonly Run[]) {
  const estate = { targets: { be: { instance: undefined, instanceName: 'copr-backend-dev', hostKeys: inEstate } } };
  const instance = async (id: string) => ({ tags: { Name: names[id] } }) as unknown as Instance;
  return hostKeyring({
    estate: () => estate as unknown as Estate,
    compute: { instance } as unknown as ComputeReader,
    runs: () => ({ list: async () => runs }),
  });
}

describe('the keys of an instance', () => {
  it('are those that a run pinned for it', async () => {
    expect(await keyring({}, [upgrade()]).keysOf('i-new')).toEqual(['ssh-ed25519 NEW']);
  });

  it('are the estate’s while it carries the name of the target', async () => {
    expect(await keyring({ 'i-old': 'copr-backend-dev' }, [upgrade()]).keysOf('i-old')).toEqual(inEstate);
  });

  it('of an old one are known after it was renamed too, for the way back and for what quiets it', async () => {
    expect(await keyring({ 'i-old': 'copr-backend-dev-old' }, [upgrade()]).keysOf('i-old')).toEqual([
      'ssh-ed25519 FROZEN',
    ]);
  });

  it('aren’t taken from a retirement, whose estate may hold the successor’s', async () => {
    const run = upgrade({ what: 'retirement' });
    expect(await keyring({ 'i-old': 'copr-backend-dev-old' }, [run]).keysOf('i-old')).toBeUndefined();
  });

  it('by which a return reached an old one are its own, though the estate holds those of the upgraded one by now', async () => {
    const kept = { instance: 'i-old', hostKeys: ['ssh-ed25519 FROZEN'] };
    const back = {
      what: 'return',
      targets: [{ name: 'be' }],
      steps: {},
      facts: {},
      settings: { returns: { be: { kept } } },
    };
    const runs = [back as unknown as Run, upgrade()];
    expect(await keyring({ 'i-old': 'copr-backend-dev' }, runs).keysOf('i-old')).toEqual(['ssh-ed25519 FROZEN']);
    expect(await keyring({ 'i-old': 'copr-backend-dev' }, runs).keysOf('i-new')).toEqual(['ssh-ed25519 NEW']);
  });

  it('that nobody pinned are none', async () => {
    expect(await keyring({ 'i-other': 'strange' }, [upgrade()]).keysOf('i-other')).toBeUndefined();
  });

  it('are those of the estate as it is now: a corrected one counts without a restart', async () => {
    const withKey = (key: string) => ({ targets: { be: { instance: 'i-old', hostKeys: [key] } } }) as unknown as Estate;
    let estate = withKey('ssh-ed25519 WRONG');
    const ring = hostKeyring({
      estate: () => estate,
      compute: {} as ComputeReader,
      runs: () => ({ list: async () => [] }),
    });
    expect(await ring.keysOf('i-old')).toEqual(['ssh-ed25519 WRONG']);
    estate = withKey('ssh-ed25519 RIGHT');
    expect(await ring.keysOf('i-old')).toEqual(['ssh-ed25519 RIGHT']);
  });
});
