import { InMemoryFs } from 'just-bash';

type Write = Parameters<InMemoryFs['writeFileSync']>;

/**
 * A pretend host's files. Every shell puts the same two hundred programs into `/bin` and `/usr/bin` before it does anything;
 * once is enough, and that is most of what a short command costs.
 */
export class HostFs extends InMemoryFs {
  readonly #programs = new Map<string, string>();

  override writeFileSync(...[path, content, options, metadata]: Write): void {
    if (typeof content === 'string' && (path.startsWith('/bin/') || path.startsWith('/usr/bin/'))) {
      if (this.#programs.get(path) === content) return;
      this.#programs.set(path, content);
    }
    super.writeFileSync(path, content, options, metadata);
  }
}
