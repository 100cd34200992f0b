import { vi } from 'vitest';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a subcommand in this process, as a terminal would see it. */
export async function runCommand(command: () => Promise<number>): Promise<Ran> {
  let out = '';
  let err = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation(text => {
      err += String(text);
      return true;
    }),
  ];
  try {
    return { code: await command(), out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
