import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ec2Compute } from '#adapters/ec2/ec2-compute.ts';
import { launchSpec } from '../../builders/launch-spec.ts';
import { worldWithEc2 } from '../../builders/pretend-ec2.ts';
import { sending } from '../../builders/sending.ts';

const volume = 'vol-0123456789abcdef0';
const instance = 'i-0123456789abcdef0';

/** Whatever stands between the bot and EC2 sees this. */
describe('what leaves for EC2', () => {
  let asked: Record<string, string>[];
  let close: () => void;
  let compute: ReturnType<typeof ec2Compute>;

  beforeEach(async () => {
    asked = [];
    const server = createServer(async (request, response) => {
      asked.push(Object.fromEntries(new URLSearchParams(await text(request))));
      // Nobody knows what became of it.
      response.writeHead(500).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'AKIATEST000000000000', secretAccessKey: 'hush-hush' };
    compute = ec2Compute({ region: 'us-east-1', endpoint, credentials, readAttempts: 1 });
    // The client is loaded with the first call.
    await compute.instance(instance).catch(() => undefined);
    asked = [];
    close = () => {
      compute.close();
      server.closeAllConnections();
      server.close();
    };
  });
  afterEach(() => close());

  const leaves = async (change: Promise<unknown>) => {
    await change.catch(() => undefined);
    expect(asked, 'a change leaves once').toHaveLength(1);
    const { Version: _, ...fields } = asked[0] ?? {};
    return fields;
  };

  it('a volume is detached from the instance that is named, and never by force', async () => {
    const at = { volume, instance, device: '/dev/sdf' };
    expect(await leaves(compute.detachVolume(at, sending()))).toEqual({
      Action: 'DetachVolume',
      VolumeId: volume,
      InstanceId: instance,
      Device: '/dev/sdf',
    });
  });

  it('an address moves in one call, by its allocation', async () => {
    const move = { allocation: 'eipalloc-0a', networkInterface: 'eni-0a' };
    expect(await leaves(compute.associateAddress(move, sending()))).toEqual({
      Action: 'AssociateAddress',
      AllocationId: 'eipalloc-0a',
      NetworkInterfaceId: 'eni-0a',
      AllowReassociation: 'true',
    });
  });

  it('one instance is terminated, and just that', async () => {
    expect(await leaves(compute.terminateInstance(instance, sending()))).toEqual({
      Action: 'TerminateInstances',
      'InstanceId.1': instance,
    });
  });

  it('a launch carries its key as token, is encrypted, protected, and asks for session tokens', async () => {
    const send = sending();
    expect(await leaves(compute.runInstance(launchSpec(worldWithEc2()), send))).toMatchObject({
      Action: 'RunInstances',
      ClientToken: send.key,
      MinCount: '1',
      MaxCount: '1',
      DisableApiTermination: 'true',
      InstanceInitiatedShutdownBehavior: 'stop',
      'MetadataOptions.HttpTokens': 'required',
      'BlockDeviceMapping.1.Ebs.Encrypted': 'true',
      'BlockDeviceMapping.1.Ebs.DeleteOnTermination': 'true',
    });
  });

  it('a snapshot, which has no token, is not asked for twice', async () => {
    const fields = await leaves(compute.createSnapshot({ volume, description: 'd', tags: { Name: 'n' } }, sending()));
    expect(fields).toMatchObject({ Action: 'CreateSnapshot', VolumeId: volume });
  });
});
