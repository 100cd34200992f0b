import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

const example = join(import.meta.dirname, '../../estate.example.yaml');

/** The example's estate on a homeserver: dev works in #copr-work, prod in #copr-prod, both tell #fedora-buildsys. */
export function startedEstate(
  homeserver: string,
  names: { alias(name: string): string; account(name: string): string },
): string {
  const document = parseDocument(readFileSync(example, 'utf8'));
  document.setIn(['chat', 'matrix', 'homeserver'], homeserver);
  for (const [name, work] of [
    ['dev', names.alias('copr-work')],
    ['prod', names.alias('copr-prod')],
  ] as const) {
    document.setIn(['environments', name, 'rooms'], { work, tell: [names.alias('fedora-buildsys')] });
    document.setIn(['environments', name, 'page'], ['dan']);
    document.setIn(['environments', name, 'announce'], {});
  }
  for (const name of ['alice', 'bob', 'carol', 'dan'])
    document.setIn(['people', name, 'accounts', 'matrix'], names.account(name));
  return document.toString();
}
