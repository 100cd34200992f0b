import type { HostRef, ShellReader } from '#ports/shell.ts';

/** As much of the beginning and of the end is read, in bytes. */
const kept = 4 * 1024 * 1024;

/**
 * All that a detached command has printed. Of more than 8 MiB the middle is left out, by whole lines, and a line in its place
 * says so.
 */
export async function wholeOutput(
  { shell }: { readonly shell: ShellReader },
  host: HostRef,
  run: string,
  key: string,
): Promise<string> {
  let whole = '';
  for (let from = 0; ; ) {
    const { text, next, size } = await shell.output(host, run, key, from);
    whole += text;
    if (next <= from) return whole;
    from = next;
    if (from < kept || size - from <= kept) continue;
    const end = await endOf(shell, { host, run, key, from: size - kept });
    const head = whole.slice(0, whole.lastIndexOf('\n') + 1);
    return `${head}[${(size - kept - from).toLocaleString('en')} bytes of output are cut here]\n${end}`;
  }
}

/** From a byte on to what the end is now, without the line that it begins in. */
async function endOf(
  shell: ShellReader,
  at: { readonly host: HostRef; readonly run: string; readonly key: string; readonly from: number },
): Promise<string> {
  let end = '';
  for (let from = at.from; from < at.from + 2 * kept; ) {
    const { text, next } = await shell.output(at.host, at.run, at.key, from);
    end += text;
    if (next <= from) break;
    from = next;
  }
  return end.slice(end.indexOf('\n') + 1);
}
