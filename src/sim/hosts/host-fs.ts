import { InMemoryFs } from 'just-bash';

type Arguments<Method extends keyof InMemoryFs> = Parameters<InMemoryFs[Method]>;

/** Folders whose content is made anew from the state, or belongs to the shell itself. */
const made = ['/proc', '/dev', '/bin', '/usr/bin', '/sys'];

/** Nothing there is a difference of the host's files. */
export function isMade(path: string): boolean {
  return !path.includes('..') && made.some(folder => path === folder || path.startsWith(`${folder}/`));
}

/**
 * A pretend host's files. Every shell puts the same two hundred programs into `/bin` and `/usr/bin` before it does anything;
 * once is enough, and that is most of what a short command costs. What may have changed files is counted: most commands only
 * read, and then nothing needs to be compared.
 */
export class HostFs extends InMemoryFs {
  readonly #programs = new Map<string, string>();
  readonly #folders = new Set<string>();
  #changes = 0;

  /** Grows when files outside of the made folders may be others than before: when such an act begins, and when it ends. */
  get changes(): number {
    return this.#changes;
  }

  override writeFileSync(...args: Arguments<'writeFileSync'>): void {
    const [path, content] = args;
    if (typeof content === 'string' && (path.startsWith('/bin/') || path.startsWith('/usr/bin/'))) {
      if (this.#programs.get(path) === content) return;
      this.#programs.set(path, content);
    }
    this.#note(path);
    super.writeFileSync(...args);
  }

  override writeFileLazy(...args: Arguments<'writeFileLazy'>): void {
    this.#note(args[0]);
    super.writeFileLazy(...args);
  }

  /** A folder that is there already is no change; every shell asks for a few. */
  override mkdirSync(...args: Arguments<'mkdirSync'>): void {
    const [path] = args;
    if (!this.#folders.has(path)) this.#note(path);
    super.mkdirSync(...args);
    this.#folders.add(path);
  }

  override writeFile(...args: Arguments<'writeFile'>): Promise<void> {
    return this.#noting([args[0]], () => super.writeFile(...args));
  }

  override appendFile(...args: Arguments<'appendFile'>): Promise<void> {
    return this.#noting([args[0]], () => super.appendFile(...args));
  }

  override mkdir(...args: Arguments<'mkdir'>): Promise<void> {
    return this.#noting([args[0]], () => super.mkdir(...args));
  }

  override rm(...args: Arguments<'rm'>): Promise<void> {
    this.#folders.clear();
    return this.#noting([args[0]], () => super.rm(...args));
  }

  override cp(...args: Arguments<'cp'>): Promise<void> {
    return this.#noting([args[1]], () => super.cp(...args));
  }

  override mv(...args: Arguments<'mv'>): Promise<void> {
    this.#folders.clear();
    return this.#noting([args[0], args[1]], () => super.mv(...args));
  }

  override chmod(...args: Arguments<'chmod'>): Promise<void> {
    return this.#noting([args[0]], () => super.chmod(...args));
  }

  override symlink(...args: Arguments<'symlink'>): Promise<void> {
    return this.#noting([args[1]], () => super.symlink(...args));
  }

  override link(...args: Arguments<'link'>): Promise<void> {
    return this.#noting([args[1]], () => super.link(...args));
  }

  #note(...paths: readonly string[]): void {
    if (!paths.every(isMade)) this.#changes += 1;
  }

  /** Who looks between an act's begin and its end looks again after it. */
  async #noting(paths: readonly string[], act: () => Promise<void>): Promise<void> {
    this.#note(...paths);
    try {
      await act();
    } finally {
      this.#note(...paths);
    }
  }
}
