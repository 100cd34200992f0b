import type { Commit } from '#ports/inventory.ts';

/** Git's fields of a commit: id, author, time, subject, trailers. */
export const logFormat =
  '%H%x00%an <%ae>%x00%at%x00%s%x00%(trailers:only,unfold,separator=%x01,key_value_separator=%x02)%x1e';

/** What git's log gives of one commit, in that format. */
export function commitOfRecord(record: string): Commit {
  const [id = '', author = '', at = '0', subject = '', trailers = ''] = record.split('\0');
  return {
    id,
    author,
    at: Number(at) * 1000,
    subject,
    trailers: Object.fromEntries(
      trailers
        .split('\x01')
        .filter(Boolean)
        .map(trailer => {
          const [key = '', value = ''] = trailer.trim().split('\x02');
          return [key, value];
        }),
    ),
  };
}

/**
 * How git's log shows a commit that was just made, so that it needn't be asked. Undefined where that takes git: an author
 * who isn't plainly "Name <mail>", or a last paragraph with anything but one trailer a line.
 */
export function asLogged(commit: {
  readonly id: string;
  readonly author: string;
  readonly at: number;
  readonly message: string;
}): Commit | undefined {
  const { id, author, at, message } = commit;
  const paragraphs = message.trimEnd().split('\n\n');
  const trailers = (paragraphs.at(-1) ?? '').split('\n').map(line => /^([A-Za-z][A-Za-z-]*): (\S+)$/.exec(line));
  const [subject = ''] = paragraphs;
  const plain = /^\w[\w -]*\w <[\w.@-]+>$/.test(author) && /^\S[^\n]*\S$/.test(subject);
  if (!plain || paragraphs.length < 2 || trailers.includes(null)) return undefined;
  const seconds = Math.floor(at / 1000);
  return {
    id,
    author,
    at: seconds * 1000,
    subject,
    trailers: Object.fromEntries(trailers.map(trailer => [trailer?.[1], trailer?.[2]])),
  };
}
