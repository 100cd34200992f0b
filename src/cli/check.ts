import { parseArgs } from 'node:util';
import { kinds } from '#changes/index.ts';
import { BadInput } from '#core/errors.ts';
import { readConfig } from '#estate/config.ts';
import { looseFiles } from '#estate/file-modes.ts';
import { remarksOn } from '#estate/lookups.ts';
import { readEstate } from '#estate/read-estate.ts';
import { steps } from '#jobs/index.ts';
import { hostKeyring } from '../app/host-keyring.ts';
import { chatOf } from '../app/open-chat.ts';
import { openCompute, openWorld, publicKeyOf, type World } from '../app/open-world.ts';
import { proposer } from '../app/proposer.ts';
import { awsProofs } from './check/aws-proofs.ts';
import { chatProofs } from './check/chat-proofs.ts';
import { hostProofs } from './check/host-proofs.ts';
import { outsideProofs } from './check/outside-proofs.ts';
import { type Proof, type Proved, prove } from './check/proof.ts';
import { storeProofs } from './check/store-proofs.ts';
import { readingKey } from './journal-key.ts';
import { mirrorFolder } from './mirror-folder.ts';
import { mirroredRuns } from './mirrored-runs.ts';
import { patient } from './patient.ts';
import { readStoreId } from './store-id.ts';
import { exit } from './subcommand.ts';
import { withoutState } from './without-state.ts';

const help = `ferry check: proves the configuration and every credential. Touches nothing.

Usage: ferry check [--env-file F] [--state DIR]

  --env-file F  variables to read (docs/configuration.md)
  --state DIR   state folder (default: FERRY_STATE, or ./state)

A line for each: ok, note, or FAIL with what to do. It reads, asks AWS by DryRun and the inventory by a dry push, and says
nothing in any room; in the state folder, where there is one, it renews its copy of the inventory.
Exit: 0 all is well, 1 something failed, 2 usage, 3 configuration.
`;

/** `ferry check`. @throws EstateError when estate or environment can't be read: file, line and key. */
export async function checkCommand(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: { 'env-file': { type: 'string' }, state: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return exit.done;
  }
  const config = readConfig({ envFile: values['env-file'], state: values.state });
  const estate = patient(await readEstate(config.estateFile));
  const count = (what: object) => Object.keys(what).length;
  const holds = `${count(estate.environments)} environments, ${count(estate.targets)} targets, ${count(estate.people)} people`;
  print('ok', 'estate', `${config.estateFile}: ${holds}`);
  for (const remark of remarksOn(estate)) print('note', 'estate', remark);

  // Made when first asked for: what is missing fails each proof that needs it, and no other.
  const compute = once(() => openCompute(estate, config));
  const runs = {
    list: async () =>
      mirroredRuns(mirrorFolder(config.stateDir), readingKey(config.journalKey?.reveal(), config.stateDir)),
  };
  const scratch = withoutState(config);
  const world = once((): World => {
    const keyring = hostKeyring({ estate: () => estate, compute: compute(), runs: () => runs });
    return openWorld(estate, scratch.config, keyring, compute());
  });
  const storage = { get: async () => undefined, set: async () => undefined };
  const chat = once(async () => chatOf(estate, config)(() => ({ storage })));
  const proofs: Proof[] = [
    {
      of: 'modes of files',
      see: async () => {
        const loose = looseFiles(config);
        if (loose.length > 0) throw new BadInput(loose[0]?.of ?? '', loose.map(one => one.sentence).join('; '));
        return 'variables, keys and state are for their owner only';
      },
      otherwise: 'who reads them is Ferry',
    },
    ...storeProofs(config, process.env.PATH ?? ''),
    {
      of: 'procedure',
      see: async () => {
        const runs = { list: async () => [] };
        proposer({
          estate: () => estate,
          procedure: { steps, kinds },
          publicKey: publicKeyOf(config),
          runs: () => runs,
        });
        return `${count(steps)} steps, ${count(kinds)} kinds of change; new hosts let Ferry's public key in`;
      },
      otherwise: 'see FERRY_SSH_KEY_FILE',
    },
    ...awsProofs(estate, compute),
    ...hostProofs(estate, config, { shell: () => world().readers.shell, compute }),
    ...outsideProofs(estate, scratch.config, () => world().readers.dns),
    ...chatProofs(estate, chat, readStoreId(config.stateDir)),
  ];
  const all: Proved[] = [];
  try {
    // All at once, shown in their order as they come.
    for (const proving of proofs.map(prove)) {
      const proved = await proving;
      all.push(proved);
      print(proved.result === 'ok' ? 'ok' : 'FAIL', proved.of, proved.says);
    }
  } finally {
    await quietly(() => world().close());
    scratch.forget();
  }
  const failed = all.filter(one => one.result !== 'ok');
  process.stdout.write(`${all.length - failed.length + 1} ok, ${failed.length} failed\n`);
  if (failed.some(one => one.result === 'configuration')) return exit.configuration;
  return failed.length === 0 ? exit.done : exit.failed;
}

/** One line each, whatever somebody else's words hold. */
function print(mark: 'ok' | 'note' | 'FAIL', of: string, says: string): void {
  process.stdout.write(`${mark.padEnd(4)}  ${of}: ${says.replaceAll(/\s*\n\s*/g, '; ')}\n`);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Closing what could not even be opened. */
async function quietly(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch {
    // Its proofs have said so already.
  }
}
