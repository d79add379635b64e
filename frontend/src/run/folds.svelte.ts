/** Which zones are folded to a strip with their name. */

export type ZoneName = 'data' | 'network' | 'lens' | 'answer' | 'clock';
export const ZONES: readonly ZoneName[] = ['data', 'network', 'lens', 'answer', 'clock'];

/** A window too low for network and lens one below the other; a phone scrolls. */
const LOW = '(max-height: 800px) and (min-width: 721px)';

export class Folds {
  #folded = $state.raw<readonly ZoneName[]>([]);

  /** Where there is no room for both, the lens begins folded, unless the address asks for it. */
  constructor(wantsLens: boolean) {
    if (matchMedia(LOW).matches && !wantsLens) this.#folded = ['lens'];
  }

  is(zone: ZoneName): boolean {
    return this.#folded.includes(zone);
  }

  toggle(zone: ZoneName): void {
    const others = this.#folded.filter((name) => name !== zone);
    this.#folded = others.length < this.#folded.length ? others : [...others, zone];
  }

  open(zone: ZoneName): void {
    if (this.is(zone)) this.toggle(zone);
  }
}
