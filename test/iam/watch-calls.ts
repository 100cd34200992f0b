import type { Kernel } from '#sim/kernel.ts';
import { askedFor, type Known, type Tags } from './ec2-asked.ts';
import { allowedBy } from './evaluate-policy.ts';

/** What the simulator's EC2 knows at this moment. Security groups of its estate are Copr's. */
export function knownTo({ state }: Kernel): Known {
  const plain = (tags: readonly { readonly Key: string; readonly Value: string }[] | undefined): Tags =>
    Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
  const instances = () => Object.values(state.instances);
  const nics = () => instances().flatMap(one => one.NetworkInterfaces.map(nic => ({ instance: one.InstanceId, nic })));
  return {
    tags(id) {
      if (id.startsWith('sg-')) return state.securityGroups[id] === undefined ? {} : { FedoraGroup: 'copr' };
      const nic = nics().find(one => one.nic.NetworkInterfaceId === id)?.nic;
      return plain(
        state.instances[id]?.Tags ??
          state.volumes[id]?.Tags ??
          state.snapshots[id]?.Tags ??
          state.addresses[id]?.Tags ??
          nic?.TagSet,
      );
    },
    instanceOf: id => nics().find(one => one.nic.NetworkInterfaceId === id)?.instance,
    association(id) {
      const found = Object.values(state.addresses).find(one => one.AssociationId === id);
      if (found?.NetworkInterfaceId === undefined) return undefined;
      return { allocation: found.AllocationId, networkInterface: found.NetworkInterfaceId };
    },
    imageOwner: id => state.images[id]?.OwnerId ?? '',
  };
}

/** Asks docs/aws-iam-policy.json of each call as it comes, by the tags of that moment. */
export function watchCalls(kernel: Kernel): { readonly denied: string[]; readonly actions: Set<string> } {
  const denied: string[] = [];
  const actions = new Set<string>();
  const record = kernel.call.bind(kernel);
  kernel.call = (service, action, args, host) => {
    if (service === 'ec2') {
      actions.add(action);
      for (const asked of askedFor(action, args as Record<string, unknown>, knownTo(kernel)))
        if (allowedBy(asked) === undefined)
          denied.push(`${action}: ${asked.action} ${JSON.stringify(asked)} of ${JSON.stringify(args)}`);
    }
    return record(service, action, args, host);
  };
  return { denied, actions };
}
