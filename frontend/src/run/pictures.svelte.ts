/** Pictures that are watched: one subscription for equal questions, past steps kept, the newest wish wins. */

import type { Frame } from '../wire/frame';
import type { Live, Subscription } from '../wire/live';
import { probeKey } from '../wire/probes';
import type { ProbeSettings } from '../wire/probes';
import type { Beat } from './beat';
import { FrameCache } from './frames';

/** After this long without the picture that is wished for, the old one is drawn paler. */
const STALE = 150;
/** After this long it is said that something is computed. */
const SLOW = 2000;

/** What all pictures are to show. */
export interface Wish {
  step: number | 'live';
  /** Nothing is asked for while nobody can see it. */
  visible: boolean;
}

/** What is asked, of whom. */
interface Question {
  live: Live;
  cache: FrameCache;
  beat: Beat;
  seen: (frame: Frame) => void;
  run: string;
  probe: ProbeSettings;
  /** The step that is always shown; null: that of the cursor. */
  fixed: number | null;
}

/** One question to one run. */
export class Picture {
  frame = $state.raw<Frame | null>(null);
  stale = $state(false);
  slow = $state(false);
  error = $state<string | null>(null);
  users = 0;
  readonly #question: Question;
  readonly #key: string;
  #wish: Wish = { step: 'live', visible: false };
  #subscription: Subscription | null = null;
  /** The past step that is being asked for, or `live`; null: nothing is asked. */
  #asked: number | 'live' | null = null;
  #timers: ReturnType<typeof setTimeout>[] = [];
  /** Frames of the live picture that have come since it was drawn: so many credits go back. */
  #owed = 0;

  constructor(question: Question) {
    this.#question = question;
    this.#key = probeKey(question.probe);
  }

  /** Whether what is wished for is not yet there. */
  get pending(): boolean {
    const { step, visible } = this.#wish;
    return (
      visible && this.error === null && (step === 'live' ? !this.frame : this.frame?.step !== step)
    );
  }

  /** Aim at another step, or look away. */
  aim(cursor: Wish): void {
    const wish = this.#question.fixed === null ? cursor : { ...cursor, step: this.#question.fixed };
    const same = wish.step === this.#wish.step && wish.visible === this.#wish.visible;
    this.#wish = wish;
    if (same && this.#asked !== null) return;
    if (!wish.visible) this.#hangUp();
    else if (wish.step === 'live') this.#watch();
    else this.#recall(wish.step);
  }

  /** The past has changed: what was kept of it is asked for anew. */
  refresh(): void {
    const { step } = this.#wish;
    if (step === 'live' || !this.#wish.visible) return;
    this.#hangUp();
    this.#recall(step);
  }

  close(): void {
    this.#hangUp();
    this.#settle();
  }

  #watch(): void {
    if (this.#asked === 'live') return;
    this.#hangUp();
    this.#wait();
    this.#ask('live');
  }

  #recall(step: number): void {
    const kept = this.#question.cache.get(this.#question.run, this.#key, step);
    if (this.#asked === 'live') this.#hangUp();
    if (kept) {
      this.#take(kept);
      return;
    }
    this.#wait();
    // One question at a time: while one is answered, only the newest wish is remembered.
    if (this.#asked === null) this.#ask(step);
  }

  #ask(step: number | 'live'): void {
    this.#asked = step;
    const past = step === 'live' ? null : step;
    if (past !== null && this.#subscription) {
      this.#subscription.again(past);
      return;
    }
    const { live, run, probe } = this.#question;
    this.#subscription = live.subscribe(run, probe, past, {
      show: (frame) => {
        if (past === null) this.#showLive(frame);
        else this.#showPast(frame);
      },
      refuse: (sentence) => {
        this.#refuse(sentence);
      },
    });
  }

  /** What was asked for has come; if more was wished for meanwhile, that is asked next. */
  #showPast(frame: Frame): void {
    if (this.#asked === null) return;
    const asked = this.#asked;
    this.#asked = null;
    this.#question.cache.put(this.#question.run, this.#key, frame.step, frame);
    const { step } = this.#wish;
    this.#take(frame);
    if (step !== 'live' && step !== asked) this.#recall(step);
  }

  #showLive(frame: Frame): void {
    const subscription = this.#subscription;
    this.#owed++;
    this.#question.beat.next(this, () => {
      if (subscription !== this.#subscription) return;
      this.#take(frame);
      for (; this.#owed > 0; this.#owed--) subscription?.drawn();
    });
  }

  #take(frame: Frame): void {
    this.frame = frame;
    this.error = null;
    this.#question.seen(frame);
    if (this.#wish.step === 'live' || frame.step === this.#wish.step) this.#settle();
  }

  #refuse(sentence: string): void {
    const asked = this.#asked;
    this.#hangUp();
    this.#settle();
    const { step } = this.#wish;
    if (asked !== null && asked !== step && step !== 'live') {
      this.#recall(step);
      return;
    }
    this.error = sentence;
  }

  #wait(): void {
    if (this.#timers.length) return;
    this.#timers = [
      setTimeout(() => (this.stale = true), STALE),
      setTimeout(() => (this.slow = true), SLOW),
    ];
  }

  #settle(): void {
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    this.stale = false;
    this.slow = false;
  }

  #hangUp(): void {
    this.#subscription?.close();
    this.#subscription = null;
    this.#asked = null;
    this.#owed = 0;
  }
}

/** All pictures of the page. */
export class Pictures {
  readonly cache = new FrameCache();
  readonly #live: Live;
  readonly #beat: Beat;
  readonly #seen: (frame: Frame) => void;
  // Pictures are reactive by themselves; that there is one more is nobody's business.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #open = new Map<string, Picture>();
  #wish: Wish = { step: 'live', visible: true };

  /** `seen` is told of every frame that is shown. */
  constructor(live: Live, beat: Beat, seen: (frame: Frame) => void) {
    this.#live = live;
    this.#beat = beat;
    this.#seen = seen;
  }

  /** Whether every picture shows what is wished for. */
  get settled(): boolean {
    return [...this.#open.values()].every((picture) => !picture.pending);
  }

  /** Begin to look; `close` has to follow. */
  open(run: string, probe: ProbeSettings, fixed: number | null = null): Picture {
    const key = `${run} ${fixed ?? ''} ${probeKey(probe)}`;
    let picture = this.#open.get(key);
    if (!picture) {
      picture = new Picture({
        live: this.#live,
        beat: this.#beat,
        cache: this.cache,
        seen: this.#seen,
        run,
        probe,
        fixed,
      });
      this.#open.set(key, picture);
      picture.aim(this.#wish);
    }
    picture.users++;
    return picture;
  }

  close(picture: Picture): void {
    if (--picture.users > 0) return;
    picture.close();
    for (const [key, open] of this.#open) if (open === picture) this.#open.delete(key);
  }

  /** Let all pictures show another step, or rest. */
  aim(wish: Wish): void {
    this.#wish = wish;
    for (const picture of this.#open.values()) picture.aim(wish);
  }

  /** A run's past from a step on is not what it was. */
  forget(run: string, from: number): void {
    this.cache.forget(run, from);
    for (const picture of this.#open.values()) picture.refresh();
  }
}
