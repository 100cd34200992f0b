import type { SimInstance } from '../state.ts';
import { type Action, done } from './action.ts';
import type { Ec2Context } from './ec2-context.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import { setState } from './instance-state.ts';
import type { Query } from './query.ts';
import type { Answer } from './xml.ts';

/** World times in ms. */
const timing = { start: 20_000, statusOk: 180_000, stop: 30_000, shutdownByHost: 5_000, terminate: 40_000 };

function named(ec2: Ec2Context, query: Query): SimInstance[] {
  const ids = query.list('InstanceId');
  if (ids.length === 0) throw new Ec2Error('MissingParameter', 'The request must contain the parameter InstanceId');
  return ids.map(id => ec2.instance(id));
}

function wrongState(one: SimInstance): Ec2Error {
  return new Ec2Error(
    'IncorrectInstanceState',
    `The instance '${one.InstanceId}' is not in a state from which it can be changed so: it is ${one.State.Name}.`,
  );
}

/** Moves each to a state and answers both states; those that are there already are left as they are. */
function moved(
  ec2: Ec2Context,
  instances: readonly SimInstance[],
  action: string,
  to: SimInstance['State']['Name'],
  begin: (one: SimInstance) => boolean,
): Answer {
  const answers: Answer[] = [];
  const changed: string[] = [];
  for (const one of instances) {
    const before = { code: one.State.Code, name: one.State.Name };
    if (begin(one)) {
      setState(one, to);
      changed.push(one.InstanceId);
    }
    answers.push({
      instanceId: one.InstanceId,
      currentState: { code: one.State.Code, name: one.State.Name },
      previousState: before,
    });
  }
  if (changed.length > 0) ec2.effect(action, { InstanceIds: changed });
  for (const id of changed) void ec2.hooks.stateChanged(id);
  return { instancesSet: answers };
}

export const startInstances: Action = ({ ec2, query, dryRun }) => {
  const instances = named(ec2, query);
  dryRun();
  const wrong = instances.find(one => !/^(stopped|running|pending)$/.test(one.State.Name));
  if (wrong !== undefined) throw wrongState(wrong);
  return moved(ec2, instances, 'StartInstances', 'pending', one => {
    if (one.State.Name !== 'stopped') return false;
    ec2.transitions.add('instance-running', one.InstanceId, timing.start);
    ec2.transitions.add('status-ok', one.InstanceId, timing.statusOk);
    return true;
  });
};

export const stopInstances: Action = ({ ec2, query, dryRun }) => {
  const instances = named(ec2, query);
  dryRun();
  const wrong = instances.find(one => !/^(stopped|stopping|running)$/.test(one.State.Name));
  if (wrong !== undefined) throw wrongState(wrong);
  return moved(ec2, instances, 'StopInstances', 'stopping', one => {
    if (one.State.Name !== 'running') return false;
    ec2.transitions.cancel('status-ok', one.InstanceId);
    ec2.transitions.add('instance-stopped', one.InstanceId, timing.stop);
    return true;
  });
};

/** The host shut itself down: the instance stops, as its shutdown behaviour says. */
export function stoppedByHost(ec2: Ec2Context, id: string): void {
  const one = ec2.instance(id);
  if (one.State.Name !== 'running') return;
  setState(one, 'stopping');
  ec2.transitions.cancel('status-ok', id);
  ec2.transitions.add('instance-stopped', id, timing.shutdownByHost);
  ec2.effect('instance-stopping', { InstanceId: id });
  void ec2.hooks.stateChanged(id);
}

/** AWS ends an instance by itself, running or not yet: its protection doesn't matter. @param reason `code: message`. */
export function terminatedByAws(ec2: Ec2Context, id: string, reason: string): void {
  const one = ec2.instance(id);
  if (/^(terminated|shutting-down)$/.test(one.State.Name)) return;
  const [, code = reason, message = ''] = /^([\w.]+):\s*(.*)$/s.exec(reason) ?? [];
  one.StateReason = { Code: code, Message: message === '' ? code : `${code}: ${message}` };
  setState(one, 'shutting-down');
  ec2.transitions.cancel('instance-running', id);
  ec2.transitions.add('instance-terminated', id, timing.terminate);
  ec2.effect('instance-terminating', { InstanceId: id, StateReason: code });
  void ec2.hooks.stateChanged(id);
}

export const rebootInstances: Action = ({ ec2, query, dryRun }) => {
  const instances = named(ec2, query);
  dryRun();
  const wrong = instances.find(one => one.State.Name !== 'running');
  if (wrong !== undefined) throw wrongState(wrong);
  ec2.effect('RebootInstances', { InstanceIds: instances.map(one => one.InstanceId) });
  for (const { InstanceId } of instances) void ec2.hooks.rebooted?.(InstanceId);
  return done;
};

export const terminateInstances: Action = ({ ec2, query, dryRun }) => {
  const instances = named(ec2, query);
  dryRun();
  const kept = instances.find(one => one.DisableApiTermination && one.State.Name !== 'terminated');
  if (kept !== undefined) {
    throw new Ec2Error(
      'OperationNotPermitted',
      `The instance '${kept.InstanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  }
  return moved(ec2, instances, 'TerminateInstances', 'shutting-down', one => {
    if (/^(terminated|shutting-down)$/.test(one.State.Name)) return false;
    ec2.transitions.add('instance-terminated', one.InstanceId, timing.terminate);
    return true;
  });
};

/** DisableApiTermination, or DeleteOnTermination of volumes that are attached; nothing else can be modified here. */
export const modifyInstanceAttribute: Action = ({ ec2, query, dryRun }) => {
  const one = ec2.instance(query.required('InstanceId'));
  dryRun();
  const on = query.struct('DisableApiTermination')?.flag('Value');
  const named = query.structs('BlockDeviceMapping');
  if (on === undefined && named.length === 0) {
    throw new Ec2Error('UnsupportedOperation', 'Only DisableApiTermination and BlockDeviceMapping can be modified.');
  }
  if (one.State.Name === 'terminated') throw wrongState(one);
  const mappings = named.map(mapping => {
    const device = mapping.required('DeviceName');
    const found = one.BlockDeviceMappings.find(({ DeviceName }) => DeviceName === device);
    const wanted = mapping.struct('Ebs')?.flag('DeleteOnTermination');
    if (found === undefined || wanted === undefined) {
      throw new Ec2Error('InvalidInstanceAttributeValue', `No device is currently mapped at ${device}`);
    }
    return { found, wanted, device };
  });
  if (on !== undefined) {
    one.DisableApiTermination = on;
    ec2.effect('ModifyInstanceAttribute', { InstanceId: one.InstanceId, DisableApiTermination: on });
  }
  for (const { found, wanted, device } of mappings) {
    found.Ebs.DeleteOnTermination = wanted;
    for (const attachment of ec2.state.volumes[found.Ebs.VolumeId]?.Attachments ?? []) {
      attachment.DeleteOnTermination = wanted;
    }
    ec2.effect('ModifyInstanceAttribute', {
      InstanceId: one.InstanceId,
      DeviceName: device,
      VolumeId: found.Ebs.VolumeId,
      DeleteOnTermination: wanted,
    });
  }
  return done;
};

/** @throws Ec2Error for a device name that EC2 doesn't take. @returns it without `/dev/`. */
export function deviceName(device: string): string {
  const match = /^(?:\/dev\/)?((?:sd|xvd)[a-z]{1,2}\d{0,2})$/.exec(device);
  if (match?.[1] === undefined) {
    throw invalidValue(`Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`);
  }
  return match[1];
}
