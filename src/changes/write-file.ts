import { hashOf } from '#core/hash.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { removeFile } from './remove-file.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { counted } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly host: HostRef;
  readonly path: string;
  readonly content: string;
  /** Mode of a file that is new, e.g. "0644"; one that stands keeps its own. */
  readonly mode: string;
};

/** Writes a whole file. Never one with a secret: its text stands in the journal. The old text comes back. */
export const writeFile: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'write-file',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, path, content }) =>
    `on ${hostName(host)} write ${path} (${counted(Buffer.byteLength(content), 'byte')}, fingerprint ${hashOf(content).slice(0, 12)})`,

  async look({ shell }, { host, path, content }) {
    const text = await shell.file(host, path);
    return text === content ? { is: 'after', output: {} } : { is: 'before', before: text ?? null };
  },

  async make({ shell }, { host, path, content, mode }, send) {
    await shell.write(host, path, content, send, { mode });
    return undefined;
  },

  inverse({ host, path, content, mode }, made) {
    if (made === undefined) return { rule: `the old text of ${path} comes back` };
    const old = made.before as string | null;
    return {
      change: old === null ? removeFile({ host, path, content }) : writeFile({ host, path, content: old, mode }),
    };
  },

  byHand: ({ host, path, content }) =>
    onHost(host, `cat > ${path} <<'END'\n${content}${content.endsWith('\n') ? '' : '\n'}END`),
});
