import type { Entry } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import type { ProposalRequest, Recorded, RunFilter, RunsService } from '#engine/runs.ts';
import type { History } from '#test/builders/history.ts';

/** Runs whose journals are histories in memory: for tests that script what is in them. */
export class HistoryRuns implements RunsService {
  readonly histories: History[];
  readonly proposed: ProposalRequest[] = [];
  /** Locks by target. */
  readonly locked: Record<string, string> = {};

  constructor(...histories: History[]) {
    this.histories = histories;
  }

  async list({ environment, target, open }: RunFilter = {}): Promise<readonly Run[]> {
    return this.histories
      .map(history => history.run)
      .filter(run => environment === undefined || run.environment === environment)
      .filter(run => target === undefined || run.targets.some(one => one.name === target))
      .filter(run => open === undefined || open === (run.ended === undefined))
      .reverse();
  }

  async get(id: string): Promise<Run | undefined> {
    return this.#of(id)?.run;
  }

  async entries(id: string): Promise<readonly Entry[]> {
    return this.#of(id)?.entries ?? [];
  }

  async record(id: string, cause: string | undefined, judge: Parameters<RunsService['record']>[2]): Promise<Recorded> {
    const history = this.#of(id);
    if (history === undefined) throw new Error(`no run ${id}`);
    const { run } = history;
    if (cause !== undefined && run.causes.has(cause)) return { run, entries: [], again: true };
    const before = history.entries.length;
    const entries = judge(run, history.now);
    history.add(...entries.map((entry, index) => (index === 0 && cause !== undefined ? { ...entry, cause } : entry)));
    return { run, entries: history.entries.slice(before), again: false };
  }

  async propose(request: ProposalRequest) {
    const target = request.targets.find(name => this.locked[name] !== undefined);
    if (target !== undefined) return { lockedBy: this.locked[target] ?? '', target };
    this.proposed.push(request);
    return { run: `${request.environment}-${this.proposed.length}`, made: true };
  }

  async locks(): Promise<Readonly<Record<string, string>>> {
    return this.locked;
  }

  #of(id: string): History | undefined {
    return this.histories.find(history => history.run.id === id);
  }
}
