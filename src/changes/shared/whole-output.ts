import type { HostRef, ShellReader } from '#ports/shell.ts';

/** All that a detached command has printed. */
export async function wholeOutput(
  { shell }: { readonly shell: ShellReader },
  host: HostRef,
  run: string,
  key: string,
): Promise<string> {
  let whole = '';
  for (let from = 0; ; ) {
    const { text, next } = await shell.output(host, run, key, from);
    whole += text;
    if (next <= from) return whole;
    from = next;
  }
}
