import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Send } from '#ports/send.ts';

/**
 * Git asks its `pre-push` hook after it has read the remote's refs and before it sends anything. The hook lets the push go
 * only in time, and leaves a mark, by which it is known afterwards whether anything can have left. What it can't compare or
 * write lets nothing go. A `date` without milliseconds (not GNU's) prints a letter for them: then Node is asked, which takes
 * ten times as long to start.
 */
const hook = `#!/bin/sh
now=$(date +%s%3N)
case $now in
  '' | *[!0-9]*) now=$("$FERRY_NODE" -p 'Date.now()') ;;
esac
[ "$now" -le "$FERRY_PUSH_BY" ] && : > "$FERRY_PUSH_MARK"
`;

/** The fence of one push. */
export interface PushFence {
  readonly env: Readonly<Record<string, string>>;
  /** Whether anything may have been sent. */
  passed(): boolean;
  remove(): Promise<void>;
}

/** Writes the hook into a folder, which is then given to git as `core.hooksPath`. */
export async function writeHook(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'pre-push');
  await writeFile(file, hook);
  await chmod(file, 0o755);
}

/** `send.sendBy` is store time; the hook compares with this machine's clock, so it is told in that. */
export function pushFence(mark: string, send: Send): PushFence {
  return {
    env: {
      FERRY_NODE: process.execPath,
      FERRY_PUSH_BY: String(Math.floor(Date.now() + (send.sendBy - send.now()))),
      FERRY_PUSH_MARK: mark,
    },
    passed: () => existsSync(mark),
    remove: () => rm(mark, { force: true }),
  };
}
