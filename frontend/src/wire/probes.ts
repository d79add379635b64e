/** Settings of a probe, as a panel asks for it: its kind, and what of the rest is not left to the server. */
export interface ProbeSettings {
  kind: string;
  node?: string | null;
  example?: number | null;
  [setting: string]: string | number | boolean | null | undefined | readonly string[];
}

/** One text for equal settings, whatever the order in which they were written. */
export function probeKey(probe: ProbeSettings): string {
  const settings = Object.entries(probe).filter(([, value]) => value !== undefined);
  return JSON.stringify(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
}
