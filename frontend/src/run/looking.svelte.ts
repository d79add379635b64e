/** Looking at a run through a probe, for as long as a panel is mounted and seen. */

import { untrack } from 'svelte';

import type { Frame } from '../wire/frame';
import type { ProbeSettings } from '../wire/probes';
import { probeKey } from '../wire/probes';
import type { Picture } from './pictures.svelte';
import type { Tank } from './tank.svelte';

export interface LookOptions {
  /** A step that is always shown; null, or none: that of the cursor. */
  step?: () => number | null;
  /** Where it is drawn: nothing is asked for while that is off screen. */
  element?: () => Element | null | undefined;
}

/** What is seen through one probe. */
export class Looking {
  #picture = $state.raw<Picture | null>(null);
  #before = $state.raw<Frame | null>(null);

  /** The newest frame; while another one is awaited, the old one. */
  get frame(): Frame | null {
    return this.#picture?.frame ?? this.#before;
  }
  /** Whether the frame is not what is wished for, for longer than an eye overlooks: draw it at 60 %. */
  get stale(): boolean {
    return this.#picture?.stale ?? false;
  }
  /** Whether it takes so long that something should be said. */
  get slow(): boolean {
    return this.#picture?.slow ?? false;
  }
  /** Why there is nothing to see, as a sentence. */
  get error(): string | null {
    return this.#picture?.error ?? null;
  }

  use(picture: Picture | null, kind: string): void {
    const frame = this.#picture?.frame ?? this.#before;
    this.#before = frame?.probe === kind ? frame : null;
    this.#picture = picture;
  }
}

/** Look through a probe; call it while a component is set up. `settings` answers null to look at nothing. */
export function look(
  tank: Tank,
  settings: () => ProbeSettings | null,
  more: LookOptions | (() => number | null) = {},
): Looking {
  const options = typeof more === 'function' ? { step: more } : more;
  const looking = new Looking();
  let onScreen = $state(true);

  $effect(() => {
    const element = options.element?.();
    if (!element) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => (onScreen = entry?.isIntersecting ?? true),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  });

  // The text of the settings, so that equal settings written anew change nothing.
  const wanted = $derived.by(() => {
    const probe = onScreen ? settings() : null;
    return probe && tank.ready ? { probe, run: tank.runId, step: options.step?.() ?? null } : null;
  });
  const key = $derived(
    wanted ? `${wanted.run} ${wanted.step ?? ''} ${probeKey(wanted.probe)}` : null,
  );

  $effect(() => {
    if (key === null) return undefined;
    const asked = untrack(() => wanted);
    if (!asked) return undefined;
    const picture = untrack(() => tank.pictures.open(asked.run, asked.probe, asked.step));
    untrack(() => {
      looking.use(picture, asked.probe.kind);
    });
    return () => {
      tank.pictures.close(picture);
    };
  });
  return looking;
}
