/** Which zones are folded to a strip with their name. */

export type ZoneName = 'data' | 'network' | 'lens' | 'answer' | 'clock';
export const ZONES: readonly ZoneName[] = ['data', 'network', 'lens', 'answer', 'clock'];

export class Folds {
  #folded = $state.raw<ReadonlySet<ZoneName>>(new Set());

  is(zone: ZoneName): boolean {
    return this.#folded.has(zone);
  }

  toggle(zone: ZoneName): void {
    const folded = new Set(this.#folded);
    if (!folded.delete(zone)) folded.add(zone);
    this.#folded = folded;
  }

  open(zone: ZoneName): void {
    if (this.is(zone)) this.toggle(zone);
  }
}
