import { expect, vi } from 'vitest';
import type { Detached, HostRef, Result } from '#ports/shell.ts';
import type { Shell } from '#test/contracts/shell-contract.ts';

/** The bot's hands in a test: every change gets its own key. */
export class Bot {
  readonly shell: Shell;
  #keys = 0;

  constructor(shell: Shell) {
    this.shell = shell;
  }

  send(key = `k${++this.#keys}`) {
    return {
      run: 'run',
      key,
      lease: 1,
      sendBy: Date.now() + 20_000,
      now: () => Date.now(),
      signal: new AbortController().signal,
    };
  }

  /** Runs a command line of plain words. */
  run(
    host: HostRef,
    line: string,
    options?: { readonly as?: string; readonly stdin?: string; readonly limitMs?: number },
  ): Promise<Result> {
    return this.shell.run(host, line.split(' '), this.send(), options);
  }

  /** Like `run`, and it must pass. */
  async does(host: HostRef, line: string, options?: { readonly as?: string }): Promise<string> {
    const result = await this.run(host, line, options);
    expect(result, line).toMatchObject({ code: 0 });
    return result.stdout;
  }

  async reads(host: HostRef, line: string, options?: { readonly as?: string }): Promise<string> {
    return (await this.shell.read(host, line.split(' '), options)).stdout.trim();
  }

  /** Starts a long command and waits until it isn't running any more. */
  async plays(
    host: HostRef,
    line: string,
    options?: { readonly as?: string },
  ): Promise<Exclude<Detached, { is: 'absent' | 'running' }>> {
    const send = this.send();
    await this.shell.start(host, line.split(' '), send, options);
    return vi.waitFor(
      async () => {
        const found = await this.shell.detached(host, send.run, send.key);
        if (found.is === 'absent' || found.is === 'running') throw new Error(`${line} is ${found.is}`);
        return found;
      },
      { timeout: 20_000, interval: 20 },
    );
  }
}
