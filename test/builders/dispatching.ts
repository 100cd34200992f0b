import type { Card } from '#chat/cards.ts';
import type { ChatEstate } from '#chat/chat-estate.ts';
import type { Parts } from '#chat/define-command.ts';
import { dispatch } from '#chat/dispatch.ts';
import { RequestWatch } from '#chat/watch-requests.ts';
import { commands } from '#commands/index.ts';
import { volatileProgress } from '#engine/volatile-progress.ts';
import type { ChatReader, Reaction } from '#ports/chat.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History } from '#test/builders/history.ts';
import { HistoryRuns } from '#test/fakes/history-runs.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Commands on histories in memory: `says('alice', '!pause dev-1')` gives the answer. */
export class Dispatching {
  readonly procedure = toyProcedure();
  readonly runs = new HistoryRuns();
  readonly reactions = new Map<string, Reaction[]>();
  readonly lines: string[] = [];
  estate: ChatEstate = chatEstate();
  chatIsAway: Error | undefined;
  #events = 0;

  /** A run that was proposed by alice, as far as its proposal. */
  run(id: string, targets: readonly string[] = ['copr-be-dev'], environment = 'dev'): History {
    const history = new History(
      toyProposal(this.procedure, { id, environment, targets, room: '!work:sim', uid: `uid${id}`, cause: `$${id}` }),
    );
    history.add({ type: 'posted', what: 'thread', room: '!work:sim', event: `$thread-${id}` });
    this.runs.histories.push(history);
    return history;
  }

  /** Ready for `!start`: prepared, asked for, approved by bob, whose reactions stand in the chat. */
  ready(id: string, targets?: readonly string[], environment?: string): History {
    const history = this.run(id, targets, environment);
    for (const target of targets ?? ['copr-be-dev']) {
      history.add({ type: 'facts', target, facts: { things: {} }, remarks: [] });
      history.finish(`${target}/check-readiness`).finish(`${target}/make-new`, { id: 'm-1' });
    }
    history.plan(this.procedure);
    this.#ask(history);
    for (const target of targets ?? ['copr-be-dev']) history.finish(`${target}/open-door`);
    history.plan(this.procedure);
    this.#ask(history);
    return history;
  }

  /** The same, its outage begun, and the step `stop-services` halted. */
  halted(id: string): History {
    const history = this.ready(id);
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' }).finish('run/announce-outage');
    const step = 'copr-be-dev/stop-services';
    return history.add(
      { type: 'begun', step },
      { type: 'halted', step, code: 'busy', sentence: 'it is busy', evidence: ['line one'] },
    );
  }

  #ask(history: History): void {
    history.add(...history.decide().append);
    for (const { request, status } of history.run.requests) {
      if (status !== 'open') continue;
      const event = `$${history.run.id}-${request}`;
      history.add({ type: 'posted', what: `request/${request}`, room: '!work:sim', event });
      history.approve(request, 'bob');
      this.reactions.set(event, [{ event: '$bob', sender: '@bob:sim', emoji: '✅', at: 0 }]);
    }
  }

  get now(): number {
    return Math.max(...this.runs.histories.map(history => history.now), Date.UTC(2026, 10, 23, 16));
  }

  parts(): Parts {
    // Time stands still while something is dispatched.
    const clock = { now: () => this.now, sleep: () => new Promise<void>(() => undefined) };
    const reader: ChatReader = {
      self: '@ferry:sim',
      reactions: async (_room, event) => {
        if (this.chatIsAway !== undefined) throw this.chatIsAway;
        return { gone: false, reactions: this.reactions.get(event) ?? [] };
      },
      member: async (_room, account) => ({ account, membership: 'join', guest: false, deactivated: false }),
      members: () => Promise.resolve([]),
      cameIn: async () => '$join',
      room: async () => ({ encrypted: false, replacedBy: undefined, showsPast: true }),
      topic: () => Promise.resolve(''),
      link: (room, event) => `https://matrix.to/#/${room}/${event}`,
    };
    return {
      runs: this.runs,
      estate: this.estate,
      drawing: { estate: this.estate, procedure: this.procedure, outlook: toyOutlook },
      procedure: this.procedure,
      clock,
      progress: volatileProgress(),
      record: { look: async () => undefined, strangers: async () => [] },
      fresh: new RequestWatch({ runs: this.runs, reader, estate: () => this.estate, clock, log }),
      proposer: {
        prepare: ({ targets }) => ({ nodes: this.procedure.nodes(targets), settings: {}, kinds: {}, targets: [] }),
      },
      lastLines: { read: () => Promise.resolve(this.lines), known: () => undefined },
      commands,
      link: reader.link,
    };
  }

  /** Somebody says something. @returns the answer. */
  async card(
    person: string,
    text: string,
    where: { thread?: string; room?: string; id?: string; waited?: number } = {},
  ): Promise<Card | undefined> {
    this.#events += 1;
    return dispatch(
      {
        type: 'said',
        room: where.room ?? '!work:sim',
        id: where.id ?? `$said${this.#events}`,
        sender: `@${person}:sim`,
        at: this.now,
        text,
        thread: where.thread,
        inReplyTo: undefined,
        mentionsUs: false,
        waited: where.waited ?? 0,
      },
      { parts: this.parts(), names: ['ferry'], log },
    );
  }

  /** The answer's text; '' for none. */
  async says(
    person: string,
    text: string,
    where: { thread?: string; room?: string; id?: string; waited?: number } = {},
  ): Promise<string> {
    return (await this.card(person, text, where))?.text ?? '';
  }
}
