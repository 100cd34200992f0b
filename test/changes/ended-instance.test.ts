import { describe, expect, it } from 'vitest';
import { attachVolume } from '#changes/attach-volume.ts';
import { kinds } from '#changes/index.ts';
import { launchInstance } from '#changes/launch-instance.ts';
import { startInstance } from '#changes/start-instance.ts';
import { unassignIpv6 } from '#changes/unassign-ipv6.ts';
import type { Change } from '#core/change.ts';
import type { Look } from '#engine/define-change.ts';
import type { Instance } from '#ports/compute.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

const because = (code: string, message = '') => ({ code, message });
const gone = (stateReason: Instance['stateReason'], state: Instance['state'] = 'terminated') => ({
  id: 'i-new',
  state,
  stateReason,
  rootDevice: '/dev/sda1',
  devices: [],
  networkInterface: '',
  ipv6: [],
});

function look(change: Change, instance: Partial<Instance>): Promise<Look> {
  const readers = scriptedReaders({ instances: [instance] });
  const compute = {
    ...readers.compute,
    instances: async () => [instance as Instance],
    status: async () => undefined,
    volume: async () => ({ id: 'vol-1', state: 'available', zone: 'z', attachments: [] }) as never,
  };
  return kinds[change.kind]!.look({ ...readers, compute }, change.args, { run: 'r1', key: 'r1.t.s.0.g1' });
}

const launch = launchInstance({ spec: { tags: {} } as never });

describe('an instance that AWS ended at its launch', () => {
  it.each([
    [
      because('Server.InsufficientInstanceCapacity', 'no capacity for c7a.4xlarge'),
      /no capacity for c7a.*once there is capacity/,
    ],
    [
      because('Client.InternalError', 'Client error on launch'),
      /Client\.InternalError: Client error on launch.*KMS key.*ends the same way until that is mended/,
    ],
    [
      because('Client.VolumeLimitExceeded', 'Volume limit exceeded'),
      /VolumeLimitExceeded.*until the account may have another volume/,
    ],
    [because('Client.UserInitiatedShutdown'), /somebody ended it/],
    [
      because('Server.InternalError', 'Internal error on launch'),
      /Server\.InternalError: Internal error on launch: !retry launches another one$/,
    ],
    [undefined, /AWS doesn't say why: !retry launches another one$/],
  ])('has its reason said, and what !retry will do: %o', async (reason, sentence) => {
    expect(await look(launch, gone(reason))).toMatchObject({
      is: 'failed',
      code: 'instance-terminated',
      sentence: expect.stringMatching(sentence),
    });
  });

  it('is waited for while it is going: its reason comes with its end', async () => {
    expect(await look(launch, gone(because('Client.InternalError'), 'shutting-down'))).toMatchObject({
      is: 'under-way',
      saw: 'i-new is shutting-down; AWS says Client.InternalError',
    });
  });
});

describe('an instance that AWS ended later', () => {
  const later = gone(because('Server.InternalError', 'The host failed.'));
  it.each([
    ['attach-volume', attachVolume({ volume: 'vol-1', instance: 'i-new', device: '/dev/sdf' })],
    ['start-instance', startInstance({ instance: 'i-new' })],
  ] as const)('has its reason said by %s, and that no retry brings it back', async (_kind, change) => {
    expect(await look(change, later)).toMatchObject({
      is: 'other',
      code: 'instance-terminated',
      sentence: expect.stringMatching(
        /Server\.InternalError: The host failed: !retry only looks again .* turn the run back/,
      ),
    });
  });

  it('has no address any more that could be taken from it', async () => {
    const change = unassignIpv6({ instance: 'i-new', networkInterface: 'eni-1', address: '2600::1' });
    expect(await look(change, later)).toMatchObject({ is: 'after', saw: 'i-new is terminated' });
  });
});
