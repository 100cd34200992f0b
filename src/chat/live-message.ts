import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { ChatWriter, OutgoingMessage } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';
import type { Progress } from '#ports/progress.ts';
import { liveCard, outageIsOver, phaseOf, preparedCard } from './cards/outage.ts';
import type { Card, Drawing } from './cards.ts';
import type { ChatEstate } from './chat-estate.ts';
import { backoff } from './items.ts';
import type { Lane } from './lanes.ts';
import { outgoing } from './outgoing.ts';
import { isRefusedForGood } from './post-surely.ts';
import { roomOfRun, threadOfRun } from './run-room.ts';
import { txnOf } from './txn.ts';

interface Live {
  readonly room: string;
  readonly event: string;
  readonly postedAt: number;
  /** Its gist as it stands there. */
  text: string;
  /** The gist of the edit that is on its way or waits for its turn; a newer one takes its place. */
  offered: string | undefined;
  editedAt: number;
  /** Messages that were said in the room since it was posted. */
  over: number;
  pinned: boolean;
}

/** However many messages lie over it, it isn't posted anew sooner than after this, ms: a flood would make another one of it. */
const repostEvery = 60_000;

type Place = 'live/thread' | 'live/room';

/**
 * The live messages: one in a run's thread while it prepares, one in the room for its outage. Edited in place as often as
 * `timing.people` allows, always with the last state; the room's is pinned, and posted anew when others lie over it.
 */
export class LiveMessages {
  readonly #runs: RunsService;
  readonly #writer: ChatWriter;
  readonly #log: Log;
  readonly #progress: Progress;
  readonly #clock: Clock;
  readonly #drawing: () => Drawing;
  readonly #live = new Map<string, Live>();
  /** Runs whose live message is being posted. */
  readonly #posting = new Set<string>();
  readonly #failed = new Map<string, { failures: number; retryAt: number }>();

  constructor(parts: {
    readonly runs: RunsService;
    readonly lane: (lane: Lane) => ChatWriter;
    readonly log: Log;
    readonly progress: Progress;
    readonly clock: Clock;
    readonly drawing: () => Drawing;
  }) {
    this.#runs = parts.runs;
    this.#writer = parts.lane('live');
    this.#log = parts.log;
    this.#progress = parts.progress;
    this.#clock = parts.clock;
    this.#drawing = parts.drawing;
  }

  /** Somebody said something in a room: it lies over the live messages there. */
  sawMessage(room: string): void {
    for (const [key, live] of this.#live) if (key.endsWith('live/room') && live.room === room) live.over += 1;
  }

  /** Posts, edits or reposts a run's live message where that is due. Never throws: a failure is logged and tried again. */
  async update(run: Run): Promise<void> {
    const now = this.#clock.now();
    if ((this.#failed.get(run.id)?.retryAt ?? 0) > now) return;
    try {
      await this.#update(run, now);
      this.#failed.delete(run.id);
    } catch (error) {
      const failures = (this.#failed.get(run.id)?.failures ?? 0) + 1;
      this.#failed.set(run.id, { failures, retryAt: now + backoff(failures) });
      if (failures === 1)
        this.#log.warn({ run: run.id, error: String(error) }, 'a live message could not be shown yet');
    }
  }

  async #update(run: Run, now: number): Promise<void> {
    const doing = await this.#progress.read(run.id);
    // The run may have gone on meanwhile: the line that the outage begins stands before its live message.
    if (run.outageBegun !== undefined && run.posted.outage === undefined) return;
    const drawing = this.#drawing();
    const place: Place = run.outageBegun === undefined ? 'live/thread' : 'live/room';
    if (place === 'live/thread' && run.posted.thread === undefined) return;
    const closing = place === 'live/room' ? this.#closePrepare(run) : undefined;
    const key = `${run.id} ${place}`;
    const known = this.#live.get(key) ?? this.#recall(run, place);
    if (known !== undefined || run.ended === undefined) {
      const card = liveCard(run, drawing, doing, now);
      if (known === undefined || this.#liesUnder(run, known, place, now)) {
        await this.#postOnce(run, place, key, card, now);
      } else {
        this.#live.set(key, known);
        await this.#edit(run, known, place, card, now);
      }
    }
    await closing;
  }

  async #postOnce(run: Run, place: Place, key: string, card: Card, now: number): Promise<void> {
    if (this.#posting.has(run.id)) return;
    this.#posting.add(run.id);
    try {
      await this.#post(run, place, key, card, now);
    } finally {
      this.#posting.delete(run.id);
    }
  }

  /** The thread's live message ends with what was prepared; it isn't looked at again. */
  async #closePrepare(run: Run): Promise<void> {
    const key = `${run.id} live/thread`;
    const live =
      this.#live.get(key) ?? (run.posted['live/room'] === undefined ? this.#recall(run, 'live/thread') : undefined);
    if (live === undefined) return;
    const message = stateOf(run, 'live/thread', preparedCard(run), live.room, this.#drawing().estate);
    try {
      await this.#writer.edit(live.room, live.event, message, txnOf(run, 'live/thread/last'));
      this.#live.delete(key);
    } catch (error) {
      if (isRefusedForGood(error)) this.#live.delete(key);
      // It is tried again with the next look; the outage's message doesn't wait for that.
      else this.#live.set(key, live);
      if (isRefusedForGood(error) || live.offered !== 'last')
        this.#log.warn({ run: run.id, error: String(error) }, 'what was prepared could not be shown to its end yet');
      live.offered = 'last';
    }
  }

  #recall(run: Run, place: Place): Live | undefined {
    const posted = run.posted[place];
    if (posted === undefined) return undefined;
    return {
      ...posted,
      postedAt: run.lastAt,
      text: '',
      offered: undefined,
      editedAt: 0,
      over: 0,
      pinned: place === 'live/room',
    };
  }

  #liesUnder(run: Run, live: Live, place: Place, now: number): boolean {
    if (run.ended === undefined && live.room !== roomOfRun(run, this.#drawing().estate)) return true;
    if (place === 'live/thread' || phaseOf(run) !== 'outage' || run.ended !== undefined) return false;
    // A way back began another outage: what was pinned for the first one isn't any more.
    if (!live.pinned) return true;
    const { repostAfter, lineEvery } = this.#drawing().estate.timing;
    const isBuried = live.over >= repostAfter && now - live.postedAt >= repostEvery;
    return isBuried || now - live.postedAt >= lineEvery;
  }

  /** The journal's head is in the transaction id: a crash before it is recorded posts it no second time. */
  async #post(run: Run, place: Place, key: string, card: Card, now: number): Promise<void> {
    const room = roomOfRun(run, this.#drawing().estate);
    const event = await this.#writer.post(
      room,
      stateOf(run, place, card, room, this.#drawing().estate),
      txnOf(run, `${place}/${run.head.seq}`),
    );
    const pinned = place === 'live/room' && !outageIsOver(run);
    this.#live.set(key, {
      room,
      event,
      postedAt: now,
      text: gist(card.text),
      offered: undefined,
      editedAt: now,
      over: 0,
      pinned,
    });
    await this.#runs.record(run.id, undefined, () => [{ type: 'posted', what: place, room, event }]);
    if (pinned) await this.#pin(room, event);
  }

  async #edit(run: Run, live: Live, place: Place, card: Card, now: number): Promise<void> {
    const { editOutage, editPrepare } = this.#drawing().estate.timing;
    const pause = place === 'live/room' || run.ended !== undefined ? editOutage : editPrepare;
    const fresh = gist(card.text);
    // One that waits for its turn is replaced at once by what is newer; the pause is between those that were sent.
    const isDue = live.offered === undefined ? now - live.editedAt >= pause : live.offered !== fresh;
    if (fresh !== live.text && isDue) {
      live.editedAt = now;
      live.offered = fresh;
      try {
        await this.#writer.edit(
          live.room,
          live.event,
          stateOf(run, place, card, live.room, this.#drawing().estate),
          txnOf(run, `${place}/edit/${now}`),
        );
        if (live.offered === fresh) live.text = fresh;
      } finally {
        if (live.offered === fresh) live.offered = undefined;
      }
    }
    if (live.pinned && (outageIsOver(run) || run.ended !== undefined)) {
      if (await this.#pin(live.room, undefined)) live.pinned = false;
    }
  }

  /** @returns whether that is settled: pinned or taken down, or not allowed, which is no reason to hold anything up. */
  async #pin(room: string, event: string | undefined): Promise<boolean> {
    try {
      await this.#writer.pin(room, event);
      return true;
    } catch (error) {
      this.#log.warn({ room, error: String(error) }, 'the live message could not be pinned or taken down');
      return isRefusedForGood(error);
    }
  }

  /** Whether the run's last state still has to be shown: its edit was too early. */
  owes(run: Run): boolean {
    const place: Place = run.outageBegun === undefined ? 'live/thread' : 'live/room';
    const live = this.#live.get(`${run.id} ${place}`);
    return live !== undefined && run.ended !== undefined && (live.pinned || !live.text.includes(`${run.id} has ended`));
  }
}

/** What makes an edit worthwhile: not the clock alone. */
function gist(text: string): string {
  return text.replace(/As of [^.]*\.\s*/, '');
}

/** It calls nobody, whoever it names. */
function stateOf(run: Run, place: Place, card: Card, room: string, estate: ChatEstate): OutgoingMessage {
  const thread = place === 'live/thread' ? threadOfRun(run, room) : undefined;
  return { ...outgoing(card, estate, thread), mentions: [], notify: false };
}
