/** Asking the server over HTTP. Whatever goes wrong is an error with a sentence for people. */

import type { ProblemDetails } from './schema';

/** The server said no, or could not be asked. `code` is one of its catalogue, or `unreachable`. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ProblemDetails | null;

  constructor(
    code: string,
    status: number,
    sentence: string,
    details: ProblemDetails | null = null,
  ) {
    super(sentence);
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Ask, and read the answer as `T`; throws Problem. */
export async function ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  if (response.status === 204) return undefined as T;
  if (!response.ok) throw await problem(response);
  return (await response.json()) as T;
}

/** Send a file as it is, and read the answer as `T`; throws Problem. */
export async function askFile<T>(path: string, file: Blob): Promise<T> {
  const body = new Blob([file], { type: 'application/octet-stream' });
  const response = await reach(path, { method: 'POST', credentials: 'same-origin', body });
  if (!response.ok) throw await problem(response);
  return (await response.json()) as T;
}

/** A file that the server has, and what it calls it. */
export interface Download {
  content: Blob;
  name: string;
}

/** Fetch a file to be kept; throws Problem. */
export async function fetchFile(path: string): Promise<Download> {
  const response = await reach(path, { credentials: 'same-origin' });
  if (!response.ok) throw await problem(response);
  const disposition = response.headers.get('Content-Disposition') ?? '';
  const name = /filename="([^"]+)"/.exec(disposition)?.[1] ?? 'run';
  return { content: await response.blob(), name };
}

/** Ask for an answer that comes line by line, each as soon as it is known; `signal` ends it. Throws Problem. */
export async function* askLines<T>(
  path: string,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const response = await send('POST', path, body, { signal, accept: 'application/x-ndjson' });
  if (!response.ok) throw await problem(response);
  if (!response.body) return;
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) yield JSON.parse(line) as T;
    if (done) return;
  }
}

async function send(
  method: Method,
  path: string,
  body: unknown,
  { signal, accept }: { signal?: AbortSignal; accept?: string } = {},
): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin', signal: signal ?? null };
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json', ...(accept && { Accept: accept }) };
    init.body = JSON.stringify(body);
  }
  return reach(path, init);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new Problem('unreachable', 0, '');
  }
}

async function problem(response: Response): Promise<Problem> {
  try {
    const details = (await response.json()) as ProblemDetails;
    return new Problem(details.code, response.status, sentence(details), details);
  } catch {
    return new Problem('unreadable', response.status, '');
  }
}

/** The most telling sentence of a problem: of the first field or node that is wrong, if there is one. */
function sentence(details: ProblemDetails): string {
  return details.problems?.[0]?.message ?? details.errors?.[0]?.detail ?? details.detail;
}
