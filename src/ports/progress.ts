/** What a running step is waiting for, in words ("waiting for 1 process, prunerepo 4121"). Volatile: shown live, never judged by. */
export interface Progress {
  set(run: string, step: string, text: string | undefined): void;
  read(run: string): Promise<Readonly<Record<string, string>>>;
}
