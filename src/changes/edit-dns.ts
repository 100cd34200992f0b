import { FerryError } from '#core/errors.ts';
import { linePatch } from '#core/zone/line-patch.ts';
import { aaaaOf, applyZoneEdit, invertZoneEdit, stateOf, type ZoneEdit, type ZonePlace } from '#core/zone/zone-edit.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { judgeCommand } from './shared/look-at-command.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';

type Args = {
  /** batcave01. */
  readonly host: HostRef;
  /** The bare repository there, and its branch. */
  readonly repository: string;
  readonly branch: string;
  readonly place: ZonePlace;
  readonly edit: ZoneEdit;
  /** "Name <mail>" of the commits. */
  readonly author: string;
  /** A subject line, and what people should know. */
  readonly message: string;
};

/** The script's exit status when somebody pushed since the zone was read: nothing was pushed then. */
const raced = 75;

/**
 * The document's way: a clone in a directory of its own, the edit, a commit, `./do-domains`, a commit of what that built,
 * one push. All of it at the very head at which the zone was read, so the patch fits exactly, or nothing is done.
 */
const script = `w="\${TMPDIR:-/tmp}/ferry-$1"; r=$2; b=$3; h=$4
rm -rf "$w" && (umask 077 && mkdir "$w") && (
  cd "$w" && git clone --quiet --branch "$b" -- "$r" dns && cd dns || exit 1
  [ "$(git rev-parse HEAD)" = "$h" ] || { echo "somebody pushed to $r meanwhile"; exit ${raced}; }
  printf '%s' "$5" | git apply --whitespace=nowarn || exit 1
  git -c "user.name=$6" -c "user.email=$7" commit --quiet -a -m "$8" || exit 1
  ./do-domains || exit 1
  git add -A || exit 1
  git diff --cached --quiet || git -c "user.name=$6" -c "user.email=$7" commit --quiet -m "$9" || exit 1
  git push --quiet origin "HEAD:refs/heads/$b" && exit 0
  [ "$(git -C "$r" rev-parse "refs/heads/$b")" = "$h" ] && exit 1
  echo "somebody pushed to $r meanwhile"; exit ${raced}
)
s=$?; rm -rf "$w"; exit "$s"`;

/**
 * Edits one record of a zone in the dns repository, by shell on batcave01: `do-domains` builds there with what only that host
 * has, and its output belongs into the same push, so a second repository beside the inventory would leave the name servers
 * with a zone that nobody built. Made when the pushed zone has the record. Source: facts, "batcave01"; the document, "Fix
 * IPv6 DNS records".
 */
export const editDns: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'edit-dns',
  version: 1,
  repeat: 'converges',
  limit: 'command',

  say: args => `in ${args.repository} on ${hostName(args.host)} ${inWords(args)}; raise the serial, do-domains, push`,

  async look(ports, args, about) {
    const { host, repository, place, edit } = args;
    // The command's state before the world: what it pushes in between shows.
    const detached = await ports.shell.detached(host, about.run, about.key);
    const { text } = await pushedZone(ports.shell, args);
    try {
      const state = stateOf(text, place, edit);
      if (state === 'after') return { is: 'after', output: {} };
      if (state === 'other') {
        const { address, ttl } = aaaaOf(text, place);
        const now = edit.op === 'set-address' ? address : (ttl ?? "the zone's time");
        return other('other-record', `${place.file} has ${now} for ${place.name}, neither what was nor what is to be`);
      }
    } catch (error) {
      if (error instanceof FerryError) return other(error.code, error.message);
      throw error;
    }
    // Nothing was pushed, and the zone is another by now: the next generation edits that one.
    if (detached.is === 'ended' && detached.code === raced)
      return other('lost', `somebody pushed to ${repository} in between`, detached.tail);
    const command = judgeCommand<Nothing>(detached, host, `the edit of ${place.file}`);
    if (command.is === 'absent') return { is: 'before' };
    if (command.is !== 'done') return command;
    return other('undone-meanwhile', `${place.name} was edited and pushed, and isn't so any more`, command.tail);
  },

  async make({ shell }, args, send) {
    const { host, repository, branch, place, edit, author, message } = args;
    const { head, text } = await pushedZone(shell, args);
    const patch = linePatch(place.file, text, applyZoneEdit(text, place, edit, send.now()));
    if (patch === '') return;
    const [, name = author, mail = ''] = /^(.*?)\s*<(.*)>$/.exec(author) ?? [];
    const approved = send.approvedBy === undefined ? '' : ` Approved by ${send.approvedBy}.`;
    const whole = `${message}${approved}\n\nFerry-Change: ${send.key}`;
    const built = `do-domains: ${whole}`;
    const words = [send.key, repository, branch, head, patch, name, mail, whole, built];
    await shell.start(host, ['sh', '-c', script, 'edit-dns', ...words], send);
  },

  inverse: args => ({
    change: editDns({
      ...args,
      edit: invertZoneEdit(args.edit),
      message: `Revert "${args.message.split('\n')[0] ?? ''}"`,
    }),
  }),

  byHand: args =>
    onHost(
      args.host,
      `git clone ${args.repository} /tmp/dns && cd /tmp/dns && vi ${args.place.file}   # ${inWords(args)}; raise the serial\n` +
        `git commit -a && ./do-domains && git add -A && git commit && git push origin HEAD:${args.branch}`,
    ).replace('# ', '$ '),
});

function inWords({ place: { file, name }, edit }: Args): string {
  if (edit.op === 'set-address') return `set the AAAA record of ${name} to ${edit.to} (was ${edit.from}) in ${file}`;
  const time = (ttl: string | null) => ttl ?? "the zone's";
  return `set the TTL of the AAAA record of ${name} to ${time(edit.to)} (was ${time(edit.from)}) in ${file}`;
}

/** The zone as it is pushed, and the head that has it. */
async function pushedZone(
  shell: ShellReader,
  { host, repository, branch, place }: Args,
): Promise<{ readonly head: string; readonly text: string }> {
  const git = (...words: readonly string[]) => readOrRefuse(shell, host, ['git', '-C', repository, ...words]);
  const head = (await git('rev-parse', `refs/heads/${branch}`)).trim();
  return { head, text: await git('show', `${head}:${place.file}`) };
}
