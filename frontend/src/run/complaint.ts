/** What the server, or the way to it, has against a question. */

import { say } from '../messages/say';
import { Problem } from '../wire/http';

/** The sentence of a refusal; whatever else went wrong is a fault of the page, and is thrown on. */
export function sentenceOf(problem: unknown): string {
  if (!(problem instanceof Problem)) throw problem;
  return problem.message || say(`problem.${problem.code}`);
}
