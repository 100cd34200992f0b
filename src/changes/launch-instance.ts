import { type ChangeMaker, defineChange, type Look } from '#engine/define-change.ts';
import type { Instance, LaunchSpec } from '#ports/compute.ts';
import { setAsideInstance } from './set-aside-instance.ts';
import { commandLine, tagWords } from './shared/command-line.ts';
import { endedAtLaunch, endedInWords, hasEnded } from './shared/ended-instance.ts';
import { failed, other } from './shared/looks.ts';

type Spec = { readonly [K in keyof LaunchSpec]: LaunchSpec[K] };
type Args = { readonly spec: Spec };
type Output = {
  readonly instance: string;
  readonly privateIp: string;
  readonly publicIp: string | null;
  readonly ipv6: readonly string[];
  readonly networkInterface: string;
  readonly rootVolume: string;
};

/** The tag by which a thing that a change made is found again when the reply with its id was lost. */
export const changeTag = 'FerryChange';

/**
 * Launches an instance, once for its key: the key is the client token, and a tag for the hour in which the token is
 * forgotten before the instance is. Made when it runs and both status checks passed; what AWS dropped of the spec is read
 * back by the step. Source: procedure, launch-instance; EC2, "Ensuring idempotency".
 */
export const launchInstance: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'launch-instance',
  version: 1,
  repeat: 'token',
  limit: 'launch',
  mayBeBehind: true,
  // Terminated so long ago that it isn't described any more, while its token is remembered.
  spent: ['IdempotentInstanceTerminated'],

  say: ({ spec }) =>
    `launch ${spec.tags.Name ?? 'an instance'}: ${spec.type} from ${spec.image} in ${spec.subnet}, security group ` +
    `${spec.securityGroup}, key pair "${spec.keyName}", encrypted root of ${spec.rootGiB} GiB, ` +
    `${spec.ipv6Count === 0 ? 'no IPv6 address yet' : `${spec.ipv6Count} IPv6`}, protected against termination`,

  async look({ compute }, _args, { key }) {
    const found = new Map<string, Instance>();
    for (const one of await compute.instances({ clientToken: key })) found.set(one.id, one);
    for (const one of await compute.instances({ tags: { [changeTag]: key } })) found.set(one.id, one);
    const living = [...found.values()].filter(one => one.state !== 'terminated');
    const [instance, second] = living;
    if (second !== undefined) {
      return other(
        'two-instances',
        `${living.map(one => one.id).join(' and ')} both carry the key ${key}: terminate the one that isn't wanted`,
      );
    }
    if (instance === undefined) {
      const [gone] = found.values();
      if (gone === undefined) return { is: 'before' };
      return failed('instance-terminated', endedAtLaunch(gone));
    }
    return lookAt(instance, await compute.status(instance.id));
  },

  make: ({ compute }, { spec }, send) =>
    compute.runInstance({ ...spec, tags: { ...spec.tags, [changeTag]: send.key } }, send),

  inverse: (_args, made) =>
    made === undefined
      ? { rule: 'the new instance is stopped and kept, tagged, until a retirement' }
      : { change: setAsideInstance({ instance: made.output.instance }) },

  byHand: ({ spec }) =>
    commandLine([
      ...['aws', 'ec2', 'run-instances', '--image-id', spec.image, '--instance-type', spec.type],
      ...['--subnet-id', spec.subnet, '--security-group-ids', spec.securityGroup, '--key-name', spec.keyName],
      ...['--associate-public-ip-address', '--disable-api-termination', '--metadata-options', 'HttpTokens=required'],
      ...(spec.ipv6Count === 0 ? [] : ['--ipv6-address-count', String(spec.ipv6Count)]),
      '--block-device-mappings',
      `DeviceName=${spec.rootDevice},Ebs={VolumeSize=${spec.rootGiB},Encrypted=true,DeleteOnTermination=true}`,
      '--tag-specifications',
      ...['instance', 'volume', 'network-interface'].map(
        type => `ResourceType=${type},Tags=[${tagWords(spec.tags).map(word => `{${word}}`)}]`,
      ),
    ]),
});

function lookAt(
  instance: Instance,
  status: { readonly instance: string; readonly system: string } | undefined,
): Look<Output> {
  if (hasEnded(instance)) return { is: 'under-way', saw: endedInWords(instance) };
  if (instance.state === 'pending') return { is: 'under-way', saw: `${instance.id} is pending` };
  if (instance.state !== 'running') {
    return other('instance-not-running', `${instance.id} was launched and is ${instance.state}: start it, or skip it`);
  }
  const root = instance.devices.find(device => device.name === instance.rootDevice);
  if (root === undefined) return { is: 'under-way', saw: `${instance.id} runs and shows no root volume yet` };
  if (status?.instance !== 'ok' || status.system !== 'ok') {
    const said = status === undefined ? 'none yet' : `instance ${status.instance}, system ${status.system}`;
    return { is: 'under-way', saw: `${instance.id} runs, status checks: ${said}` };
  }
  return {
    is: 'after',
    output: {
      instance: instance.id,
      privateIp: instance.privateIp,
      publicIp: instance.publicIp ?? null,
      ipv6: instance.ipv6,
      networkInterface: instance.networkInterface,
      rootVolume: root.volume,
    },
  };
}
