/** What a page does when its socket is closed, by close code: 4000 to 4499 come again, 4500 to 4999 do not. */

export type Reaction = 'retry' | 'reload' | 'stop';

export interface Close {
  reaction: Reaction;
  /** Key of the sentence that is said. */
  says: string;
}

const TABLE: Record<number, Close> = {
  1012: { reaction: 'retry', says: 'connection.restart' },
  1013: { reaction: 'retry', says: 'connection.busy' },
  4408: { reaction: 'retry', says: 'connection.slow' },
  4429: { reaction: 'retry', says: 'connection.rate' },
  4500: { reaction: 'stop', says: 'connection.protocol' },
  4501: { reaction: 'stop', says: 'connection.signed_out' },
  4503: { reaction: 'stop', says: 'connection.forbidden' },
  4509: { reaction: 'stop', says: 'connection.taken_over' },
  4510: { reaction: 'stop', says: 'connection.removed' },
  4511: { reaction: 'reload', says: 'connection.version' },
};

/** Find what a close code means; unknown ones by their range. */
export function reaction(code: number): Close {
  const known = TABLE[code];
  if (known) return known;
  const final = code >= 4500 && code <= 4999;
  return final
    ? { reaction: 'stop', says: 'connection.closed' }
    : { reaction: 'retry', says: 'connection.lost' };
}

export const CLOSE_CODES: readonly number[] = Object.keys(TABLE).map(Number);
