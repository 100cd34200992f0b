import type { Entry } from '#core/entries.ts';
import type { SimCall } from '#sim/state.ts';

/** Ids, addresses, times and names that another game of the same upgrade may draw anew. */
export function anyGame(text: string, seed: string): string {
  return text
    .replace(/\b(?:i|vol|snap|eni|eipassoc)-[0-9a-f]{17}\b/g, id =>
      seed.includes(id) ? id : `${id.split('-')[0]}-new`,
    )
    .replace(/nvme-Amazon_Elastic_Block_Store_vol[0-9a-f]+/g, 'nvme-new')
    .replace(/\b[0-9a-f]{10}(?=\.|\b)/g, 'UID')
    .replace(/\b[0-9a-f]{40}\b/g, 'COMMIT')
    .replace(/\b(?:172|44|3|52|54)\.\d+\.\d+\.\d+\b/g, address => (seed.includes(address) ? address : 'ADDRESS'))
    .replace(/"(?:bootId|pid|birth)":(?:"[^"]*"|\d+)/g, '"ANY"');
}

/**
 * Names a request by which the bot changes something, the same in every game of an upgrade; undefined for what only reads,
 * for other people's, and for what depends on time (an edit of the live message).
 *
 * @param seed the JSON of the world before the game.
 * @param pushes how many commits the game has seen.
 */
export function placeOf(call: SimCall, seed: string, pushes: number): string | undefined {
  const args = call.args as Record<string, unknown>;
  switch (call.service) {
    case 'ec2':
      if (/^(?:Describe|Get)/.test(call.action) || args.DryRun === 'true') return undefined;
      return anyGame(`${call.action} ${JSON.stringify(args)}`, seed);
    case 'ssh':
      if (!['run', 'start', 'write'].includes(String(args.mode))) return undefined;
      return anyGame(`${call.action} on ${call.host} for ${String(args.key)}`, seed);
    case 'git':
      return call.action === 'push' ? `push number ${pushes}` : undefined;
    case 'smtp':
      return `mail ${String(args.subject)}`;
    case 'matrix':
      return args.user === '@ferry:sim' ? placeOfMessage(call.action, args) : undefined;
    default:
      return undefined;
  }
}

function placeOfMessage(action: string, args: Record<string, unknown>): string | undefined {
  const body = (args.body ?? {}) as Record<string, unknown>;
  const relation = (body['m.relates_to'] ?? {}) as Record<string, unknown>;
  const card = body['org.ferry.card'] as Record<string, unknown> | undefined;
  if (relation.rel_type === 'm.replace') return undefined;
  if (action === 'state') return `state ${String(args.type)}`;
  if (action !== 'send') return undefined;
  if (relation.rel_type === 'm.annotation') return `reaction ${String(relation.key)}`;
  return card === undefined ? undefined : `message ${String(card.kind)} ${String(card.state ?? '')}`;
}

/** Names an entry of the journal, the same in every game of an upgrade. */
export function placeOfEntry(entry: Entry): string {
  const about = 'change' in entry ? entry.change : 'step' in entry ? entry.step : '';
  return `entry ${entry.type} ${about}`;
}
