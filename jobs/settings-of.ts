import { usualProgram } from '#changes/shared/usual-program.ts';
import { BadInput } from '#core/errors.ts';
import type { Estate, Target } from '#estate/schema.ts';
import { usualPlayLogs } from './read/play-log.ts';
import type { DnsSettings, RoleName, RunSettings, TargetSettings } from './settings.ts';

/**
 * The part of the estate that a run of an environment freezes: all its targets, since steps touch their neighbours too.
 *
 * @param publicKey Ferry's public SSH key.
 * @throws BadInput naming the environment that isn't there.
 */
export function settingsOf(estate: Estate, environment: string, publicKey: string): RunSettings {
  const env = estate.environments[environment];
  if (env === undefined) throw new BadInput(environment, `there is no environment ${environment} in the estate`);
  const targets: Record<string, TargetSettings> = {};
  const byRole: Partial<Record<RoleName, string>> = {};
  for (const target of Object.values(estate.targets)) {
    if (target.environment !== environment) continue;
    targets[target.name] = targetSettings(target);
    byRole[target.role] = target.name;
  }
  const { options, announce } = env;
  const told = (event: 'planned' | 'begins' | 'over' | 'done') => ({
    rooms: announce[event].rooms,
    mail: announce[event].mail,
  });
  return {
    environment: {
      name: environment,
      tags: { ...estate.aws.tags, ...env.tags },
      options: {
        warmUp: options.warmUp,
        powerOffOld: options.powerOffOld,
        rebootTest: options.rebootTest,
        databaseBackup: options.databaseBackup,
        databaseUpgrade: options.databaseUpgrade,
        quietOld: options.quietOld,
      },
      announce: { planned: told('planned'), begins: told('begins'), over: told('over'), done: told('done') },
      // Where planned outages are told, the topic says when one is on.
      topics: announce.planned.rooms,
      keygenAddress: env.inventory.keygenAddress,
      backendAddresses: env.inventory.backendAddresses,
    },
    aws: {
      zone: estate.aws.zone,
      subnet: estate.aws.subnet,
      keyPair: estate.aws.keyPair,
      imageOwner: estate.aws.imageOwner,
      imageName: estate.aws.imageName,
      snapshotKeep: estate.aws.snapshotKeep,
    },
    sshKey: publicKey,
    batcave: {
      host: 'batcave01',
      checkout: estate.batcave.checkout,
      ...(estate.batcave.playLogs === usualPlayLogs ? {} : { playLogs: estate.batcave.playLogs }),
      ...(estate.batcave.rbacPlaybook === usualProgram ? {} : { program: estate.batcave.rbacPlaybook }),
    },
    dns: dnsSettings(estate),
    targets,
    byRole,
  };
}

function dnsSettings({ dns: { zone }, inventory }: Estate): DnsSettings | null {
  if (zone === undefined) return null;
  const { name, repository, branch, file, lowTtl, playbook } = zone;
  return {
    zone: name,
    repository,
    branch,
    file,
    lowTtl: Math.round(lowTtl / 1_000),
    playbook,
    author: inventory.author,
  };
}

function targetSettings(target: Target): TargetSettings {
  const { temporary, check, inventory } = target;
  return {
    name: target.name,
    role: target.role,
    host: target.host,
    nameTag: target.instanceName,
    instance: target.instance ?? null,
    instanceType: target.type,
    rootGiB: target.rootGib,
    securityGroup: target.securityGroup,
    elasticIp: target.elasticIp.address,
    allocation: target.elasticIp.allocation,
    ipv6: target.ipv6,
    ipv6Moves: target.ipv6Moves,
    volumes: target.volumes.map(({ id, device }) => ({ id, device })),
    mounts: target.mounts.map(({ path, label, uuid, bind }) => ({
      path,
      label: label ?? null,
      uuid: uuid ?? null,
      bind: bind ?? null,
    })),
    services: target.services,
    playbook: target.playbook,
    group: inventory.group,
    groupVars: inventory.vars,
    hostsFile: inventory.hosts,
    rootState: target.rootState,
    hostKeys: target.hostKeys,
    certificate: target.certificate ?? null,
    temporary:
      temporary === undefined || target.temporaryHost === undefined
        ? null
        : {
            host: target.temporaryHost,
            elasticIp: temporary.elasticIp.address,
            allocation: temporary.elasticIp.allocation,
            device: temporary.device,
            sizeGiB: temporary.volumeGib,
            volume: temporary.volume ?? null,
            sections: inventory.temporary,
          },
    check: {
      urls: check.urls,
      project: check.project ?? null,
      package: check.package ?? null,
      coprConfig: check.coprConfig ?? null,
      repository: check.repository ?? null,
      commit: check.commit ?? null,
      signingKey: check.key ?? null,
      netrc: check.netrc ?? null,
      user: check.user ?? null,
    },
  };
}
