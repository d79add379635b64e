/** What of a job's way back is tampered with, as plain lists: to cut and to join again is to put an entry in or out. */

/** One entry of `job.tampering`, as the server knows it. */
export type Tamper = Readonly<Record<string, unknown>>;

/** Whether two entries say the same. */
export function isSame(one: Tamper, other: Tamper): boolean {
  return canonical(one) === canonical(other);
}

/** The list without an entry if it is there, else with it. */
export function toggled(list: readonly Tamper[], entry: Tamper): Tamper[] {
  const rest = list.filter((each) => !isSame(each, entry));
  return rest.length < list.length ? rest : [...list, entry];
}

/** The list with an entry in the place of all that `replaces`; null: only without those. */
export function replaced(
  list: readonly Tamper[],
  entry: Tamper | null,
  replaces: (each: Tamper) => boolean,
): Tamper[] {
  const rest = list.filter((each) => !replaces(each));
  return entry ? [...rest, entry] : rest;
}

/** Entries are compared without what says nothing: nulls, and the order of keys. */
function canonical(entry: Tamper): string {
  const parts = Object.entries(entry).filter(([, value]) => value !== null && value !== undefined);
  return JSON.stringify(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
