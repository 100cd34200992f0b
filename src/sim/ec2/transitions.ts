import type { Ec2Transition, SimInstance, SimVolume } from '../state.ts';
import { automaticAddress, dropAddresses } from './automatic-address.ts';
import { consoleText } from './console-text.ts';
import type { Ec2Context } from './ec2-context.ts';
import { setState } from './instance-state.ts';

/** World time between two looks at a volume that a host still uses. */
const lookAgain = 2_000;
/** World time that one use of a `busy` fault holds a detachment. */
const busyFor = 30_000;

/** What comes by itself some time after a call. Kept in the state, so that a restart of the simulator goes on. */
export class Transitions {
  readonly #ec2: Ec2Context;
  #stopped = false;

  constructor(ec2: Ec2Context) {
    this.#ec2 = ec2;
  }

  /** Goes on with what a simulator before this one left under way. */
  resume(): void {
    for (const transition of this.#ec2.books.transitions) this.#arm(transition);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Nothing more happens; what is under way stays in the state. */
  stop(): void {
    this.#stopped = true;
  }

  /** `after`: ms at speed 1. */
  add(what: Ec2Transition['what'], resource: string, after: number, busyArgs?: unknown): void {
    const books = this.#ec2.books;
    const transition: Ec2Transition = {
      id: books.nextTransition++,
      after,
      what,
      resource,
      ...(busyArgs === undefined ? {} : { busyArgs }),
    };
    books.transitions.push(transition);
    this.#arm(transition);
  }

  /** Whether something of a kind is still to come for a resource. */
  has(what: Ec2Transition['what'], resource: string): boolean {
    return this.#ec2.books.transitions.some(one => one.what === what && one.resource === resource);
  }

  /** What was to come for a resource doesn't. */
  cancel(what: Ec2Transition['what'], resource: string): void {
    const books = this.#ec2.books;
    books.transitions = books.transitions.filter(one => one.what !== what || one.resource !== resource);
  }

  #arm(transition: Ec2Transition): void {
    this.#ec2.kernel.later(transition.after, () => void this.#fire(transition), transition.resource);
  }

  async #fire(transition: Ec2Transition): Promise<void> {
    const books = this.#ec2.books;
    if (this.#stopped || !books.transitions.includes(transition)) return;
    const again = transition.what === 'volume-detached' ? await this.#stillHeld(transition) : undefined;
    if (this.#stopped || !books.transitions.includes(transition)) return;
    if (again !== undefined) {
      transition.after = again;
      // At speed "max" there are no delays: the least wait keeps this from spinning.
      setTimeout(() => this.#arm(transition), again === busyFor ? 200 : 20).unref();
      return;
    }
    books.transitions = books.transitions.filter(one => one !== transition);
    await this.#perform(transition);
  }

  /** How long (ms at speed 1) to wait before the next look at a volume that isn't let go; marks it `busy`. */
  async #stillHeld({ resource, busyArgs }: Ec2Transition): Promise<number | undefined> {
    const volume = this.#ec2.state.volumes[resource];
    const attachment = volume?.Attachments[0];
    if (volume === undefined || attachment === undefined) return undefined;
    let wait: number | undefined;
    if (busyArgs !== undefined) {
      const call = { seq: 0, time: Date.now(), service: 'ec2' as const, action: 'DetachVolume', args: busyArgs };
      const met = await this.#ec2.kernel.before(call);
      if (met?.kind === 'busy') wait = busyFor;
    }
    const instance = this.#ec2.state.instances[attachment.InstanceId];
    if (wait === undefined && instance?.State.Name === 'running') {
      if (this.#ec2.hooks.inUse(resource, attachment.InstanceId)) wait = lookAgain;
    }
    if (wait !== undefined && attachment.State !== 'busy') {
      attachment.State = 'busy';
      this.#ec2.effect('volume-busy', { VolumeId: resource, InstanceId: attachment.InstanceId });
    }
    return wait;
  }

  async #perform({ what, resource }: Ec2Transition): Promise<void> {
    const { state, hooks } = this.#ec2;
    const instance = state.instances[resource];
    const volume = state.volumes[resource];
    const snapshot = state.snapshots[resource];
    if (instance !== undefined) return this.#performOnInstance(what, instance);
    if (volume !== undefined) {
      const attachment = volume.Attachments[0];
      if (what === 'volume-available' && volume.State === 'creating') {
        volume.State = 'available';
        this.#ec2.effect(what, { VolumeId: resource });
      } else if (what === 'volume-attached' && attachment?.State === 'attaching') {
        attachment.State = 'attached';
        mapping(state.instances[attachment.InstanceId], resource, 'attached');
        this.#ec2.effect(what, { VolumeId: resource, InstanceId: attachment.InstanceId, Device: attachment.Device });
        await hooks.volumesChanged(attachment.InstanceId);
      } else if (what === 'volume-detached' && attachment !== undefined) {
        release(volume, state.instances[attachment.InstanceId]);
        this.#ec2.effect(what, { VolumeId: resource, InstanceId: attachment.InstanceId, Device: attachment.Device });
        await hooks.volumesChanged(attachment.InstanceId);
      }
    } else if (snapshot?.State === 'pending') {
      snapshot.Progress = what === 'snapshot-half' ? '50%' : '100%';
      if (what === 'snapshot-completed') snapshot.State = 'completed';
      this.#ec2.effect(what, { SnapshotId: resource, VolumeId: snapshot.VolumeId });
    }
  }

  async #performOnInstance(what: Ec2Transition['what'], instance: SimInstance): Promise<void> {
    const ec2 = this.#ec2;
    const id = instance.InstanceId;
    const now = instance.State.Name;
    if (what === 'instance-running' && now === 'pending') {
      setState(instance, 'running');
      for (const { Ebs } of instance.BlockDeviceMappings) {
        if (ec2.state.volumes[Ebs.VolumeId]?.Attachments[0]?.State === 'attached') Ebs.Status = 'attached';
      }
      if (instance.NetworkInterfaces[0]?.Association === undefined) automaticAddress(ec2, instance);
      ec2.effect(what, { InstanceId: id });
      await ec2.hooks.stateChanged(id);
    } else if (what === 'status-ok' && now === 'running') {
      instance.StatusOkAt = Date.now();
      ec2.effect(what, { InstanceId: id });
    } else if (what === 'console-ready' && (now === 'running' || now === 'pending')) {
      instance.ConsoleOutput = consoleText(instance, await ec2.hooks.hostKeys(id));
      ec2.effect(what, { InstanceId: id });
    } else if (what === 'instance-stopped' && now === 'stopping') {
      setState(instance, 'stopped');
      dropAddresses(instance);
      ec2.effect(what, { InstanceId: id });
      await ec2.hooks.stateChanged(id);
    } else if (what === 'instance-terminated' && now === 'shutting-down') {
      this.#terminate(instance);
      ec2.effect(what, { InstanceId: id });
      await ec2.hooks.stateChanged(id);
      await ec2.hooks.terminated(id);
    } else if (what === 'automatic-address' && now === 'running') {
      if (instance.NetworkInterfaces[0]?.Association !== undefined) return;
      automaticAddress(ec2, instance);
      ec2.effect(what, { InstanceId: id, PublicIp: instance.PublicIpAddress });
      await ec2.hooks.addressesChanged(id);
    }
  }

  /** Its volumes go or become available as DeleteOnTermination says; Elastic IPs are free again; it stays described. */
  #terminate(instance: SimInstance): void {
    const { state } = this.#ec2;
    for (const volume of Object.values(state.volumes)) {
      const attachment = volume.Attachments.find(one => one.InstanceId === instance.InstanceId);
      if (attachment === undefined) continue;
      if (attachment.DeleteOnTermination) delete state.volumes[volume.VolumeId];
      else release(volume, instance);
    }
    for (const address of Object.values(state.addresses)) {
      if (address.InstanceId !== instance.InstanceId) continue;
      delete address.AssociationId;
      delete address.InstanceId;
      delete address.NetworkInterfaceId;
    }
    setState(instance, 'terminated');
    instance.TerminatedAt = Date.now();
    instance.BlockDeviceMappings = [];
    instance.NetworkInterfaces = [];
    instance.SecurityGroups = [];
    instance.PrivateIpAddress = '';
    delete instance.PublicIpAddress;
    delete instance.Ipv6Address;
  }
}

function mapping(instance: SimInstance | undefined, volume: string, status: 'attached' | 'detaching'): void {
  const found = instance?.BlockDeviceMappings.find(one => one.Ebs.VolumeId === volume);
  if (found !== undefined) found.Ebs.Status = status;
}

function release(volume: SimVolume, instance: SimInstance | undefined): void {
  volume.Attachments = [];
  volume.State = 'available';
  if (instance === undefined) return;
  instance.BlockDeviceMappings = instance.BlockDeviceMappings.filter(one => one.Ebs.VolumeId !== volume.VolumeId);
}
