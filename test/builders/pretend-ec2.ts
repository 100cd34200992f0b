import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ec2Compute } from '#adapters/ec2/ec2-compute.ts';
import type { Ec2Hooks } from '#sim/ec2/ec2-hooks.ts';
import { seedEc2 } from '#sim/ec2/seed.ts';
import { startEc2 } from '#sim/ec2/start-ec2.ts';
import { Kernel } from '#sim/kernel.ts';
import type { WorldState } from '#sim/state.ts';

const credentials = { accessKeyId: 'AKIASIMULATOR0000000', secretAccessKey: 'not-a-secret' };

/** The seed of EC2 with every other service empty. */
export function worldWithEc2(): WorldState {
  return {
    version: 1,
    savedAt: Date.now(),
    ...seedEc2(),
    hosts: {},
    matrix: {},
    mails: [],
    dns: {},
    ports: {},
  };
}

/** Hooks of hosts that hold nothing and have one key each; what was told to them is in `told`. */
export function quietHooks(more: Partial<Ec2Hooks> = {}): Ec2Hooks & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    launched: id => void told.push(`launched ${id}`),
    terminated: id => void told.push(`terminated ${id}`),
    stateChanged: id => void told.push(`stateChanged ${id}`),
    volumesChanged: id => void told.push(`volumesChanged ${id}`),
    addressesChanged: id => void told.push(`addressesChanged ${id}`),
    inUse: () => false,
    hostKeys: id => [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${Buffer.from(id).toString('base64')} root@${id}`],
    ...more,
  };
}

/** A pretend EC2 in a temporary folder with the real adapter on it. */
export async function pretendEc2(
  options: { readonly speed?: number | 'max'; readonly hooks?: Partial<Ec2Hooks>; readonly dir?: string } = {},
) {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'ferry-ec2-'));
  const kernel = new Kernel(dir, worldWithEc2, options.speed ?? 'max');
  const hooks = quietHooks(options.hooks);
  const service = await startEc2(kernel, { port: 0, accessKeyId: credentials.accessKeyId, hooks });
  const endpoint = `http://127.0.0.1:${service.port}`;
  const compute = ec2Compute({ region: 'us-east-1', endpoint, credentials, replyMs: 1_000, readAttempts: 2 });
  return {
    dir,
    kernel,
    hooks,
    service,
    endpoint,
    credentials,
    compute,
    /** Ends it as a stop of the simulator does; the folder stays. */
    async pause() {
      compute.close();
      await service.stop();
      kernel.stop();
    },
    async stop() {
      await this.pause();
      rmSync(dir, { recursive: true });
    },
  };
}

export type PretendEc2 = Awaited<ReturnType<typeof pretendEc2>>;
