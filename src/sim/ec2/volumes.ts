import type { SimInstance, SimVolume } from '../state.ts';
import { type Action, done, once, tagSet } from './action.ts';
import { deviceName } from './change-instances.ts';
import { noVolume } from './ec2-context.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import { chosen, type Filterable, filtered, page } from './filters.ts';
import { specifiedTags } from './tags.ts';
import type { Answer } from './xml.ts';

/** What the types have of themselves: AWS describes IOPS of all SSD types, throughput of gp3 alone. */
function performance({ VolumeType, Size, Iops, Throughput }: SimVolume): Answer {
  if (VolumeType === 'gp2') return { iops: Math.min(16_000, Math.max(100, 3 * Size)) };
  if (VolumeType === 'gp3') return { iops: Iops ?? 3_000, throughput: Throughput ?? 125 };
  return Iops === undefined ? {} : { iops: Iops };
}

/** As strict as CreateVolume: IOPS of a type that has none to choose, or throughput of another than gp3, is refused. */
function checkPerformance(type: string, iops: number | undefined, throughput: number | undefined): void {
  if (iops !== undefined && !/^(gp3|io1|io2)$/.test(type)) {
    throw new Ec2Error('InvalidParameterCombination', `The parameter iops is not supported for ${type} volumes.`);
  }
  if (iops === undefined && /^io[12]$/.test(type)) {
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter iops');
  }
  if (throughput !== undefined && type !== 'gp3') {
    throw new Ec2Error('InvalidParameterCombination', `The parameter throughput is not supported for ${type} volumes.`);
  }
}

/** World times in ms; attaching and detaching take from `least` to `least + spread`. */
const timing = { create: 5_000, least: 5_000, spread: 10_000 };

const filters: Filterable<SimVolume> = {
  fields: {
    'volume-id': one => [one.VolumeId],
    status: one => [one.State],
    size: one => [String(one.Size)],
    encrypted: one => [String(one.Encrypted)],
    'volume-type': one => [one.VolumeType],
    'availability-zone': one => [one.AvailabilityZone],
    'attachment.instance-id': one => one.Attachments.map(({ InstanceId }) => InstanceId),
    'attachment.device': one => one.Attachments.map(({ Device }) => Device),
    'attachment.status': one => one.Attachments.map(({ State }) => State),
    'attachment.delete-on-termination': one => one.Attachments.map(at => String(at.DeleteOnTermination)),
  },
  tags: one => one.Tags,
};

function attachmentAnswer(one: SimVolume['Attachments'][number]): Answer {
  return {
    volumeId: one.VolumeId,
    instanceId: one.InstanceId,
    device: one.Device,
    status: one.State,
    deleteOnTermination: one.DeleteOnTermination,
  };
}

function volumeAnswer(one: SimVolume): Answer {
  return {
    volumeId: one.VolumeId,
    size: one.Size,
    availabilityZone: one.AvailabilityZone,
    status: one.State,
    attachmentSet: one.Attachments.map(attachmentAnswer),
    tagSet: tagSet(one.Tags),
    volumeType: one.VolumeType,
    ...performance(one),
    encrypted: one.Encrypted,
    multiAttachEnabled: false,
  };
}

export const describeVolumes: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const all = chosen(ec2.state.volumes, query.list('VolumeId'), noVolume);
  const { items, nextToken } = page(filtered(all, query, filters), query);
  return { volumeSet: items.map(volumeAnswer), nextToken };
};

/** Empty, or from a completed snapshot with what was on the volume when that was asked for. */
export const createVolume: Action = request => {
  const { ec2, query } = request;
  const zone = query.required('AvailabilityZone');
  if (!Object.values(ec2.state.subnets).some(({ AvailabilityZone }) => AvailabilityZone === zone)) {
    throw new Ec2Error('InvalidZone.NotFound', `The zone '${zone}' does not exist.`);
  }
  const from = query.text('SnapshotId');
  const snapshot = from === undefined ? undefined : ec2.snapshot(from);
  const size = query.count('Size') ?? snapshot?.VolumeSize;
  if (size === undefined)
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter size/snapshot');
  if (size < 1 || size > 16_384) throw invalidValue(`Volume of ${size}GiB is invalid; must be between 1 and 16384.`);
  if (snapshot !== undefined && size < snapshot.VolumeSize) {
    throw invalidValue(`Volume of ${size}GiB is smaller than the snapshot's ${snapshot.VolumeSize}GiB.`);
  }
  const tags = specifiedTags(query, ['volume']);
  const type = query.text('VolumeType') ?? 'gp2';
  const [iops, throughput] = [query.count('Iops'), query.count('Throughput')];
  checkPerformance(type, iops, throughput);
  request.dryRun();
  if (snapshot !== undefined && snapshot.State !== 'completed') {
    throw new Ec2Error('IncorrectState', `Snapshot is in invalid state - ${snapshot.State}`);
  }
  const [id] = once(request, 'CreateVolume', () => {
    const volume: SimVolume = {
      VolumeId: ec2.newId('vol'),
      State: 'creating',
      Size: size,
      AvailabilityZone: zone,
      Encrypted: query.flag('Encrypted') ?? false,
      VolumeType: type,
      ...(iops === undefined ? {} : { Iops: iops }),
      ...(throughput === undefined ? {} : { Throughput: throughput }),
      Attachments: [],
      Tags: tags('volume'),
      Content: structuredClone(snapshot?.Content ?? {}),
    };
    ec2.state.volumes[volume.VolumeId] = volume;
    ec2.transitions.add('volume-available', volume.VolumeId, timing.create);
    ec2.effect('CreateVolume', {
      VolumeId: volume.VolumeId,
      ClientToken: query.text('ClientToken') ?? '',
      Size: size,
      AvailabilityZone: zone,
      ...(from === undefined ? {} : { SnapshotId: from }),
    });
    return [volume.VolumeId];
  });
  return volumeAnswer(ec2.volume(id ?? ''));
};

export const deleteVolume: Action = ({ ec2, query, dryRun }) => {
  const volume = ec2.volume(query.required('VolumeId'));
  dryRun();
  const holder = volume.Attachments[0]?.InstanceId;
  if (holder !== undefined) {
    throw new Ec2Error('VolumeInUse', `Volume ${volume.VolumeId} is currently attached to ${holder}`);
  }
  if (volume.State !== 'available') throw notIn(volume);
  delete ec2.state.volumes[volume.VolumeId];
  ec2.effect('DeleteVolume', { VolumeId: volume.VolumeId });
  return done;
};

export const attachVolume: Action = ({ ec2, query, dryRun }) => {
  const volume = ec2.volume(query.required('VolumeId'));
  const instance = ec2.instance(query.required('InstanceId'));
  const device = query.required('Device');
  const wanted = deviceName(device);
  dryRun();
  if (volume.Attachments[0] !== undefined) {
    throw new Ec2Error('VolumeInUse', `${volume.VolumeId} is already attached to an instance`);
  }
  if (volume.State !== 'available') throw notIn(volume);
  if (!/^(running|stopped)$/.test(instance.State.Name)) throw notRunning(instance);
  if (volume.AvailabilityZone !== instance.Placement.AvailabilityZone) {
    throw new Ec2Error(
      'InvalidVolume.ZoneMismatch',
      `The volume '${volume.VolumeId}' is not in the same availability zone as instance '${instance.InstanceId}'`,
    );
  }
  if (instance.BlockDeviceMappings.some(({ DeviceName }) => deviceName(DeviceName) === wanted)) {
    throw invalidValue(`Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`);
  }
  const attachment: SimVolume['Attachments'][number] = {
    VolumeId: volume.VolumeId,
    InstanceId: instance.InstanceId,
    Device: device,
    State: 'attaching',
    DeleteOnTermination: false,
  };
  volume.Attachments = [attachment];
  volume.State = 'in-use';
  instance.BlockDeviceMappings.push({
    DeviceName: device,
    Ebs: { VolumeId: volume.VolumeId, Status: 'attaching', DeleteOnTermination: false },
  });
  ec2.transitions.add('volume-attached', volume.VolumeId, timing.least + ec2.random(timing.spread));
  ec2.effect('AttachVolume', { VolumeId: volume.VolumeId, InstanceId: instance.InstanceId, Device: device });
  return attachmentAnswer(attachment);
};

/** Waits, `busy`, while the host still uses the volume; asked again meanwhile it answers how far it is. */
export const detachVolume: Action = ({ ec2, query, dryRun, busy }) => {
  const volume = ec2.volume(query.required('VolumeId'));
  const from = query.text('InstanceId');
  if (from !== undefined) ec2.instance(from);
  dryRun();
  const attachment = volume.Attachments[0];
  if (attachment === undefined) throw notIn(volume);
  const instance = ec2.instance(attachment.InstanceId);
  const device = query.text('Device');
  if (
    (from !== undefined && from !== attachment.InstanceId) ||
    (device !== undefined && deviceName(device) !== deviceName(attachment.Device))
  ) {
    throw new Ec2Error(
      'InvalidAttachment.NotFound',
      `The volume '${volume.VolumeId}' is not attached to instance '${from ?? attachment.InstanceId}' as device '${device ?? attachment.Device}'.`,
    );
  }
  if (attachment.Device === instance.RootDeviceName && instance.State.Name !== 'stopped') {
    throw new Ec2Error(
      'OperationNotPermitted',
      `Unable to detach root volume '${volume.VolumeId}' from instance '${instance.InstanceId}'`,
    );
  }
  if (attachment.State === 'attaching') {
    throw new Ec2Error('IncorrectState', `Volume '${volume.VolumeId}' is in the 'attaching' state.`);
  }
  if (attachment.State === 'attached') {
    const mapping = instance.BlockDeviceMappings.find(({ Ebs }) => Ebs.VolumeId === volume.VolumeId);
    if (mapping !== undefined) mapping.Ebs.Status = 'detaching';
    const held = busy || (instance.State.Name === 'running' && ec2.hooks.inUse(volume.VolumeId, instance.InstanceId));
    attachment.State = held ? 'busy' : 'detaching';
    const wait = timing.least + ec2.random(timing.spread);
    ec2.transitions.add('volume-detached', volume.VolumeId, wait, busy ? query.toJson() : undefined);
    ec2.effect('DetachVolume', {
      VolumeId: volume.VolumeId,
      InstanceId: instance.InstanceId,
      Device: attachment.Device,
      ...(query.flag('Force') === true ? { Force: true } : {}),
    });
  }
  return attachmentAnswer(attachment);
};

function notIn(volume: SimVolume): Ec2Error {
  return new Ec2Error('IncorrectState', `Volume '${volume.VolumeId}' is in the '${volume.State}' state.`);
}

function notRunning(instance: SimInstance): Ec2Error {
  return new Ec2Error('IncorrectState', `Instance '${instance.InstanceId}' is not 'running'.`);
}
