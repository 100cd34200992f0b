import type { SimSnapshot, SimTag, SimVolume } from '../state.ts';
import { type Action, done, tagSet } from './action.ts';
import { type Ec2Context, noSnapshot } from './ec2-context.ts';
import { Ec2Error } from './ec2-error.ts';
import { chosen, type Filterable, filtered, page } from './filters.ts';
import { seededAccount } from './seeded-targets.ts';
import { specifiedTags } from './tags.ts';
import type { Answer } from './xml.ts';

/** World times in ms: a volume's first snapshot copies everything, later ones the difference. */
const timing = { first: 240_000, later: 60_000 };

const filters: Filterable<SimSnapshot> = {
  fields: {
    'snapshot-id': one => [one.SnapshotId],
    'volume-id': one => [one.VolumeId],
    status: one => [one.State],
    progress: one => [one.Progress],
    description: one => [one.Description],
    'owner-id': () => [seededAccount.account],
    'volume-size': one => [String(one.VolumeSize)],
  },
  tags: one => one.Tags,
};

function snapshotAnswer(one: SimSnapshot): Answer {
  return {
    snapshotId: one.SnapshotId,
    volumeId: one.VolumeId,
    status: one.State,
    startTime: one.StartTime,
    progress: one.Progress,
    ownerId: seededAccount.account,
    volumeSize: one.VolumeSize,
    description: one.Description,
    encrypted: true,
    tagSet: tagSet(one.Tags),
  };
}

export const describeSnapshots: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const all = chosen(ec2.state.snapshots, query.list('SnapshotId'), noSnapshot);
  const { items, nextToken } = page(filtered(all, query, filters), query);
  return { snapshotSet: items.map(snapshotAnswer), nextToken };
};

/** Begins a snapshot: it holds the volume as of now. There is no client token: asked twice, there are two. */
function begin(ec2: Ec2Context, volume: SimVolume, description: string, tags: SimTag[]): SimSnapshot {
  const earlier = Object.values(ec2.state.snapshots).some(one => one.VolumeId === volume.VolumeId);
  const snapshot: SimSnapshot = {
    SnapshotId: ec2.newId('snap'),
    VolumeId: volume.VolumeId,
    State: 'pending',
    Progress: '0%',
    StartTime: new Date().toISOString(),
    Description: description,
    VolumeSize: volume.Size,
    Tags: tags,
    Content: structuredClone(volume.Content),
  };
  ec2.state.snapshots[snapshot.SnapshotId] = snapshot;
  const takes = earlier ? timing.later : timing.first;
  ec2.transitions.add('snapshot-half', snapshot.SnapshotId, takes / 2);
  ec2.transitions.add('snapshot-completed', snapshot.SnapshotId, takes);
  return snapshot;
}

export const createSnapshot: Action = ({ ec2, query, dryRun }) => {
  const volume = ec2.volume(query.required('VolumeId'));
  const tags = specifiedTags(query, ['snapshot']);
  dryRun();
  if (!/^(available|in-use)$/.test(volume.State)) {
    throw new Ec2Error('IncorrectState', `Volume '${volume.VolumeId}' is in the '${volume.State}' state.`);
  }
  const snapshot = begin(ec2, volume, query.text('Description') ?? '', tags('snapshot'));
  ec2.effect('CreateSnapshot', {
    SnapshotId: snapshot.SnapshotId,
    VolumeId: volume.VolumeId,
    Description: snapshot.Description,
    Tags: snapshot.Tags,
  });
  return snapshotAnswer(snapshot);
};

/** All volumes of an instance at one moment, but the root volume and those that are left out. */
export const createSnapshots: Action = ({ ec2, query, dryRun }) => {
  const specification = query.struct('InstanceSpecification');
  const instance = ec2.instance(specification?.required('InstanceId') ?? '');
  const tags = specifiedTags(query, ['snapshot']);
  const left = specification?.list('ExcludeDataVolumeId') ?? [];
  dryRun();
  const noRoot = specification?.flag('ExcludeBootVolume') === true;
  const volumes = instance.BlockDeviceMappings.filter(
    ({ DeviceName, Ebs }) => !(noRoot && DeviceName === instance.RootDeviceName) && !left.includes(Ebs.VolumeId),
  ).map(({ Ebs }) => ec2.volume(Ebs.VolumeId));
  const copied = query.text('CopyTagsFromSource') === 'volume';
  const made = volumes.map(volume =>
    begin(ec2, volume, query.text('Description') ?? '', [
      ...(copied ? volume.Tags.map(tag => ({ ...tag })) : []).filter(
        ({ Key }) => !tags('snapshot').some(tag => tag.Key === Key),
      ),
      ...tags('snapshot'),
    ]),
  );
  ec2.effect('CreateSnapshots', {
    InstanceId: instance.InstanceId,
    Snapshots: made.map(({ SnapshotId, VolumeId }) => ({ SnapshotId, VolumeId })),
  });
  return {
    snapshotSet: made.map(one => ({ ...snapshotAnswer(one), status: undefined, state: one.State })),
  };
};

export const deleteSnapshot: Action = ({ ec2, query, dryRun }) => {
  const snapshot = ec2.snapshot(query.required('SnapshotId'));
  dryRun();
  delete ec2.state.snapshots[snapshot.SnapshotId];
  ec2.effect('DeleteSnapshot', { SnapshotId: snapshot.SnapshotId, VolumeId: snapshot.VolumeId });
  return done;
};
