import { z } from 'zod';
import {
  allocationId,
  count,
  deviceName,
  flag,
  hostKey,
  hostName,
  httpUrl,
  instanceId,
  ipv4,
  ipv6,
  list,
  mapping,
  name,
  path,
  repositoryPath,
  tagText,
  text,
  unit,
  userName,
  volumeId,
} from './values.ts';

export const roleNames = ['frontend', 'backend', 'distgit', 'keygen'] as const;
export type Role = (typeof roleNames)[number];

const section = text(/^[A-Za-z0-9_.-]+$/, 'the name of a group that lists hosts, without :children or :vars');
const label = text(/^[A-Za-z0-9._-]{1,16}$/, "a file system's label of at most 16 characters");
const uuid = text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a file system's UUID");

const address = mapping({ allocation: allocationId, address: ipv4 });
const mount = mapping({
  path,
  label: label.optional(),
  uuid: uuid.optional(),
  bind: path.optional(),
});

/** What a role may say for its targets; a target's own value wins. */
export const shared = {
  security_group: tagText.optional(),
  playbook: text(/^[a-z0-9_./-]+\.yml$/, 'a playbook like groups/copr-backend.yml').optional(),
  mounts: list(mount).min(1, 'a list with at least one mount').optional(),
  services: list(unit).min(1, 'a list with at least one unit').optional(),
  root_state: list(path).optional(),
};

export const roleSchema = mapping(shared);

export const targetSchema = mapping({
  environment: name,
  role: z.enum(roleNames),
  host: hostName,
  temporary_host: hostName.optional(),
  instance_name: tagText,
  instance: instanceId.optional(),
  type: text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type like t3a.medium'),
  root_gib: count(8, 16_384),
  elastic_ip: address,
  ipv6,
  /** It goes over to the new instance; else that one's own gets the AAAA record. */
  ipv6_moves: flag.prefault(true),
  volumes: list(mapping({ id: volumeId, device: deviceName })).min(1, 'a list with at least one volume'),
  ...shared,
  inventory: mapping({
    group: section,
    vars: repositoryPath,
    hosts: repositoryPath.prefault('inventory/inventory'),
    temporary: list(mapping({ file: repositoryPath, section })).prefault([]),
  }),
  host_keys: list(hostKey).prefault([]),
  /** Under which certbot keeps its certificate; unless told, its host. */
  certificate: hostName.optional(),
  check: mapping({
    urls: list(httpUrl).prefault([]),
    project: text(/^@?[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/, 'a project like @copr/ferry-test').optional(),
    package: text(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'a package like hello').optional(),
    copr_config: path.optional(),
    repository: httpUrl.optional(),
    commit: text(/^[0-9a-f]{40}$/, 'a commit id of 40 digits').optional(),
    key: text(/^[A-Za-z0-9@#._+-]+$/, 'a key like copr#test@copr.fedorahosted.org').optional(),
    netrc: path.optional(),
    user: userName.optional(),
  }).prefault({}),
  temporary: mapping({
    elastic_ip: address,
    volume: volumeId.optional(),
    volume_gib: count(1, 1_024).prefault(10),
    device: deviceName.prefault('/dev/sdc'),
  }).optional(),
});

type TargetInFile = z.output<typeof targetSchema>;
type Shared = 'securityGroup' | 'playbook' | 'mounts' | 'services' | 'rootState';

export type Mount = NonNullable<TargetInFile['mounts']>[number];

/** One persistent instance, with what its role says filled in. */
export type Target = Omit<TargetInFile, Shared> & {
  readonly name: string;
} & { readonly [K in Shared]-?: NonNullable<TargetInFile[K]> };
